import { Button, Modal } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, asked, type Shapes, versioned } from "../../api/client";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { amountOf, centsOf, numberOf, rowsOf } from "../../model/typed";
import { useWords } from "../../model/words";
import { useEdited } from "../../ui/edited";
import { type Field, Form } from "../../ui/Form";
import { Panel } from "../../ui/Panel";
import { WEEK } from "./model";
import { nodeWords } from "./nodeWords";
import { wayWords } from "./wayWords";
import { networkWords } from "./words";

type Service = Shapes["Service"];

const FLAGS = ["goes_to_relays", "delivers_daily", "takes_hazardous", "takes_bulky"] as const;

export function Services() {
  const say = useWords(wayWords);
  const sayNetwork = useWords(networkWords);
  const format = useFormat();
  const { canEverywhere } = useMe();
  const [editing, edit] = useState<string | null>(null);
  const mayEdit = canEverywhere("network.write");
  const services = useQuery({
    queryKey: ["services"],
    queryFn: () => asked(api.GET("/v1/services")),
  });
  return (
    <Panel
      title={say("services")}
      query={services}
      side={
        mayEdit && (
          <Button size="xs" variant="default" onClick={() => edit("")}>
            {say("newService")}
          </Button>
        )
      }
      empty={({ items }) => items.length === 0 && say("servicesEmpty")}
    >
      {({ items }) => (
        <>
          <div className="small-scroll is-long">
            <table className="small-table">
              <thead>
                <tr>
                  <th scope="col">{say("service")}</th>
                  <th scope="col">{say("carrier")}</th>
                  <th scope="col" className="number">
                    {say("chance")}
                  </th>
                  <th scope="col" className="number">
                    {say("rates")}
                  </th>
                  <td />
                </tr>
              </thead>
              <tbody>
                {items.map((one) => (
                  <tr key={one.code}>
                    <th scope="row">
                      <b className="code">{one.code}</b> {one.name}
                    </th>
                    <td>{one.carrier}</td>
                    <td className="number">{format.percent(one.chance)}</td>
                    <td className="number">{format.number(one.rates.length)}</td>
                    <td>
                      {mayEdit && (
                        <Button
                          size="compact-xs"
                          variant="subtle"
                          aria-label={`${sayNetwork("edit")} ${one.code}`}
                          onClick={() => edit(one.code)}
                        >
                          {sayNetwork("edit")}
                        </Button>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <Modal
            opened={editing !== null}
            onClose={() => edit(null)}
            title={editing || say("newService")}
            size="lg"
            transitionProps={{ duration: 0 }}
          >
            {editing !== null && <EditService code={editing} done={() => edit(null)} />}
          </Modal>
        </>
      )}
    </Panel>
  );
}

const NEW: Service = {
  code: "",
  carrier: "",
  name: "",
  goes_to_relays: false,
  delivers_daily: false,
  takes_hazardous: false,
  takes_bulky: true,
  chance: 0.95,
  rates: [],
  delivers_on: [],
  closures: [],
};

function EditService({ code, done }: { code: string; done: () => void }) {
  const say = useWords(wayWords);
  const sayNode = useWords(nodeWords);
  const sayNetwork = useWords(networkWords);
  const { me } = useMe();
  const queries = useQueryClient();
  const one = useEdited<Service>(["service", code], async () =>
    code
      ? versioned(api.GET("/v1/services/{service}", { params: { path: { service: code } } }))
      : { value: NEW, etag: "" },
  );
  return (
    <Panel query={one} lines={8}>
      {({ value, etag }) => (
        <Form
          fields={fieldsOf(value, say, sayNode, me.currency)}
          submit={sayNetwork("save")}
          cancel={done}
          send={(given) => {
            const service = (given.code ?? "").trim();
            return asked(
              api.PUT("/v1/services/{service}", {
                params: { path: { service }, header: { "If-Match": etag || undefined } },
                body: serviceOf(service, given),
              }),
            );
          }}
          done={() => {
            queries.invalidateQueries({ queryKey: ["services"] });
            done();
          }}
        />
      )}
    </Panel>
  );
}

function fieldsOf(
  one: Service,
  say: ReturnType<typeof useWords<(typeof wayWords)["en"]>>,
  sayNode: ReturnType<typeof useWords<(typeof nodeWords)["en"]>>,
  currency: string,
): Field[] {
  return [
    {
      name: "code",
      label: say("service"),
      value: one.code,
      isRequired: true,
      isFixed: one.code !== "",
    },
    { name: "carrier", label: say("carrier"), value: one.carrier, isRequired: true },
    { name: "name", label: say("name"), value: one.name, isRequired: true },
    {
      name: "chance",
      label: say("chance"),
      hint: say("chanceHint"),
      type: "number",
      value: String(one.chance),
    },
    ...FLAGS.map(
      (name): Field => ({
        name,
        label: say(name),
        type: "check",
        value: one[name] ? "true" : "",
        abreast: 2,
      }),
    ),
    {
      name: "delivers_on",
      label: say("delivers_on"),
      hint: say("deliversOnHint"),
      type: "checks",
      value: one.delivers_on.join(","),
      options: WEEK.map((day) => ({ value: String(day), label: sayNode(`d${day}`) })),
    },
    {
      name: "closures",
      label: say("closures"),
      hint: say("closuresHint"),
      type: "rows",
      columns: [
        { name: "day", label: sayNode("day"), type: "date", isRequired: true },
        { name: "reason", label: sayNode("reason"), isRequired: true },
      ],
      rows: one.closures.map(({ day, reason }) => ({ day, reason })),
    },
    {
      name: "rates",
      label: say("rates"),
      hint: say("ratesHint"),
      type: "rows",
      columns: [
        { name: "max_km", label: say("max_km"), type: "number", isRequired: true },
        { name: "max_weight_g", label: say("max_weight_g"), type: "number", isRequired: true },
        { name: "cents", label: say("cents", { currency }), type: "number", isRequired: true },
        { name: "transit_days", label: say("transit_days"), type: "number", isRequired: true },
      ],
      rows: one.rates.map((rate) => ({
        max_km: String(rate.max_km),
        max_weight_g: String(rate.max_weight_g),
        cents: amountOf(rate.cents),
        transit_days: String(rate.transit_days),
      })),
    },
  ];
}

function serviceOf(code: string, given: Record<string, string>): Service {
  return {
    code,
    carrier: given.carrier ?? "",
    name: given.name ?? "",
    chance: numberOf(given.chance) as number,
    goes_to_relays: given.goes_to_relays === "true",
    delivers_daily: given.delivers_daily === "true",
    takes_hazardous: given.takes_hazardous === "true",
    takes_bulky: given.takes_bulky === "true",
    delivers_on: (given.delivers_on ?? "").split(",").filter(Boolean).map(Number),
    closures: rowsOf(given.closures).map((row) => ({
      day: row.day ?? "",
      reason: row.reason ?? "",
    })),
    rates: rowsOf(given.rates).map((row) => ({
      max_km: numberOf(row.max_km) as number,
      max_weight_g: numberOf(row.max_weight_g) as number,
      cents: centsOf(row.cents) as number,
      transit_days: numberOf(row.transit_days) as number,
    })),
  };
}
