import { useQueryClient } from "@tanstack/react-query";
import { api, asked, type Shapes, type Versioned, versioned } from "../../api/client";
import { useMe } from "../../app/me";
import { amountOf } from "../../model/typed";
import { type Say, useWords } from "../../model/words";
import { useEdited } from "../../ui/edited";
import { type Field, Form, type Option } from "../../ui/Form";
import { Panel } from "../../ui/Panel";
import { useServices } from "../../ui/serviceNames";
import { ABILITIES, NODE_KINDS, PATCHES, type Section, shortTime, WEEK } from "./model";
import { nodeWords } from "./nodeWords";
import { networkWords } from "./words";

type Node = Shapes["Node"];
type SayNode = Say<(typeof nodeWords)["en"]>;
type SayNetwork = Say<(typeof networkWords)["en"]>;

/** What a node is before anybody said more than it has to. */
const NEW: Node = {
  code: "",
  name: "",
  kind: "store",
  country: "FR",
  street: "",
  address_more: "",
  postcode: "",
  town: "",
  latitude: 0,
  longitude: 0,
  time_zone: "Europe/Paris",
  does_ship: true,
  does_hand_over: false,
  does_take_returns: false,
  does_gift_wrap: false,
  has_own_packaging: false,
  takes_hazardous: false,
  takes_bulky: true,
  handling_minutes: 60,
  handling_cents: 0,
  learns_handling: false,
  units_per_day: null,
  orders_per_day: null,
  overtime_units: 0,
  overtime_cents: 0,
  lead_days: 0,
  booking_days: 1,
  buffer_units: 0,
  is_open: true,
  region: "",
  keeps_holidays: true,
  hours: [],
  closures: [],
  openings: [],
  capacities: [],
  departures: [],
};

interface NewNodeProps {
  done: (code: string) => void;
  cancel: () => void;
}

export function NewNode({ done, cancel }: NewNodeProps) {
  const say = useWords(nodeWords);
  const sayNetwork = useWords(networkWords);
  const fields: Field[] = [
    { name: "code", label: say("code"), isRequired: true },
    ...basics({ ...NEW, latitude: null, longitude: null }, say, sayNetwork),
    ...abilities(NEW, say),
  ];
  return (
    <Form
      fields={fields}
      submit={sayNetwork("add")}
      cancel={cancel}
      send={async (given) => {
        const code = (given.code ?? "").trim();
        const body = { ...NEW, code, ...PATCHES.basics(given), ...PATCHES.abilities(given) };
        await asked(api.PUT("/v1/nodes/{node}", { params: { path: { node: code } }, body }));
        done(code);
      }}
    />
  );
}

interface EditNodeProps {
  node: string;
  section: Section;
  done: () => void;
}

/** One part of a node; what the others say stays, and an edit of somebody else is not run over. */
export function EditNode({ node, section, done }: EditNodeProps) {
  const say = useWords(nodeWords);
  const sayNetwork = useWords(networkWords);
  const { me } = useMe();
  const queries = useQueryClient();
  const sayMoney: SayNode = (key, values) => say(key, { currency: me.currency, ...values });
  const services = useServices();
  const one = useEdited(["node", node], () =>
    versioned(api.GET("/v1/nodes/{node}", { params: { path: { node } } })),
  );
  const form = ({ value, etag }: Versioned<Node>, known: readonly Option[]) => (
    <Form
      fields={FIELDS[section](value, sayMoney, sayNetwork, known)}
      submit={sayNetwork("save")}
      cancel={done}
      send={(given) =>
        asked(
          api.PUT("/v1/nodes/{node}", {
            params: { path: { node }, header: { "If-Match": etag } },
            body: { ...value, ...PATCHES[section](given) },
          }),
        )
      }
      done={() => {
        queries.invalidateQueries({ queryKey: ["node", node] });
        queries.invalidateQueries({ queryKey: ["node-standings"] });
        done();
      }}
    />
  );
  return (
    <Panel query={one} lines={8}>
      {(found) =>
        section === "departures" ? (
          <Panel query={services}>
            {({ items }) =>
              form(
                found,
                items.map(({ code, name }) => ({ value: code, label: `${name} · ${code}` })),
              )
            }
          </Panel>
        ) : (
          form(found, [])
        )
      }
    </Panel>
  );
}

type Spot = Omit<Node, "latitude" | "longitude"> & {
  latitude: number | null;
  longitude: number | null;
};

function basics(node: Spot, say: SayNode, sayNetwork: SayNetwork): Field[] {
  return [
    { name: "name", label: sayNetwork("name"), value: node.name, isRequired: true },
    {
      name: "kind",
      label: sayNetwork("kind"),
      type: "select",
      value: node.kind,
      options: NODE_KINDS.map((value) => ({ value, label: sayNetwork(value) })),
    },
    { name: "street", label: say("street"), value: node.street },
    { name: "address_more", label: say("address_more"), value: node.address_more },
    ...(["postcode", "town", "country"] as const).map(
      (name): Field => ({
        name,
        label: say(name),
        value: node[name],
        isRequired: true,
        abreast: 3,
      }),
    ),
    {
      name: "latitude",
      label: say("latitude"),
      type: "number",
      value: node.latitude === null ? "" : String(node.latitude),
      isRequired: true,
      abreast: 3,
    },
    {
      name: "longitude",
      label: say("longitude"),
      type: "number",
      value: node.longitude === null ? "" : String(node.longitude),
      isRequired: true,
      abreast: 3,
    },
    {
      name: "time_zone",
      label: say("time_zone"),
      value: node.time_zone,
      isRequired: true,
      abreast: 3,
    },
  ];
}

const FIELDS: Record<
  Section,
  (node: Node, say: SayNode, sayNetwork: SayNetwork, services: readonly Option[]) => Field[]
> = {
  basics,
  abilities: (node, say) => abilities(node, say),
  capacity: (node, say) => [
    whole("units_per_day", node.units_per_day, say, say("capacityHint")),
    whole("orders_per_day", node.orders_per_day, say, say("capacityHint")),
    whole("overtime_units", node.overtime_units, say),
    money("overtime_cents", node.overtime_cents, say),
    {
      name: "capacities",
      label: say("capacities"),
      hint: say("capacitiesHint"),
      type: "rows",
      columns: [
        {
          name: "when",
          label: say("when"),
          type: "select",
          options: [{ value: "", label: say("oneDay") }, ...weekdays(say)],
        },
        { name: "day", label: say("day"), type: "date" },
        { name: "units", label: say("units"), type: "number" },
        { name: "orders", label: say("orders"), type: "number" },
      ],
      rows: node.capacities.map((one) => ({
        when: one.weekday === null ? "" : String(one.weekday),
        day: one.day ?? "",
        units: one.units === null ? "" : String(one.units),
        orders: one.orders === null ? "" : String(one.orders),
      })),
    },
  ],
  handling: (node, say) => [
    whole("handling_minutes", node.handling_minutes, say),
    money("handling_cents", node.handling_cents, say),
    check("learns_handling", node.learns_handling, say),
    whole("lead_days", node.lead_days, say),
    whole("booking_days", node.booking_days, say),
    whole("buffer_units", node.buffer_units, say),
  ],
  hours: (node, say) => [
    {
      name: "hours",
      label: say("hours"),
      hint: say("hoursHint"),
      type: "rows",
      columns: [
        { name: "weekday", label: say("weekday"), type: "select", options: weekdays(say) },
        { name: "opens", label: say("opens"), type: "time", isRequired: true },
        { name: "closes", label: say("closes"), type: "time", isRequired: true },
      ],
      rows: node.hours.map((one) => ({
        weekday: String(one.weekday),
        opens: shortTime(one.opens),
        closes: shortTime(one.closes),
      })),
    },
  ],
  days: (node, say) => [
    check("keeps_holidays", node.keeps_holidays, say),
    { name: "region", label: say("region"), hint: say("regionHint"), value: node.region },
    {
      name: "closures",
      label: say("closures"),
      type: "rows",
      columns: [
        { name: "day", label: say("day"), type: "date", isRequired: true },
        { name: "reason", label: say("reason"), isRequired: true },
      ],
      rows: node.closures.map(({ day, reason }) => ({ day, reason })),
    },
    {
      name: "openings",
      label: say("openings"),
      type: "rows",
      columns: [
        { name: "day", label: say("day"), type: "date", isRequired: true },
        { name: "opens", label: say("opens"), type: "time", isRequired: true },
        { name: "closes", label: say("closes"), type: "time", isRequired: true },
        { name: "reason", label: say("reason"), isRequired: true },
      ],
      rows: node.openings.map((one) => ({
        day: one.day,
        opens: shortTime(one.opens),
        closes: shortTime(one.closes),
        reason: one.reason,
      })),
    },
  ],
  departures: (node, say, _, services) => [
    {
      name: "departures",
      label: say("departures"),
      hint: say("departuresHint"),
      type: "rows",
      columns: [
        {
          name: "service",
          label: say("service"),
          type: "select",
          options: services,
        },
        { name: "weekday", label: say("weekday"), type: "select", options: weekdays(say) },
        { name: "cut_off", label: say("cut_off"), type: "time", isRequired: true },
      ],
      rows: node.departures.map((one) => ({
        service: one.service,
        weekday: String(one.weekday),
        cut_off: shortTime(one.cut_off),
      })),
    },
  ],
};

function weekdays(say: SayNode) {
  return WEEK.map((day) => ({ value: String(day), label: say(`d${day}`) }));
}

function abilities(node: Pick<Node, (typeof ABILITIES)[number]>, say: SayNode): Field[] {
  return ABILITIES.map((name) => ({ ...check(name, node[name], say), abreast: 2 }));
}

function check(
  name: (typeof ABILITIES)[number] | "learns_handling" | "keeps_holidays",
  value: boolean,
  say: SayNode,
): Field {
  return { name, label: say(name), type: "check", value: value ? "true" : "" };
}

function money(name: "overtime_cents" | "handling_cents", cents: number, say: SayNode): Field {
  return { name, label: say(name), type: "number", value: amountOf(cents) };
}

function whole(
  name:
    | "units_per_day"
    | "orders_per_day"
    | "overtime_units"
    | "handling_minutes"
    | "lead_days"
    | "booking_days"
    | "buffer_units",
  value: number | null,
  say: SayNode,
  hint?: string,
): Field {
  return {
    name,
    label: say(name),
    type: "number",
    hint,
    value: value === null ? "" : String(value),
  };
}
