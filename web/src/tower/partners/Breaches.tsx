import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { api, asked, type Shapes, versioned } from "../../api/client";
import { useMe } from "../../app/me";
import { span, useFormat } from "../../model/format";
import { useLanguage, useWords } from "../../model/words";
import { useEdited } from "../../ui/edited";
import { Form } from "../../ui/Form";
import { Loading } from "../../ui/Panel";
import { usePages } from "../../ui/pages";
import { type Column, Table } from "../../ui/Table";
import { Window } from "../../ui/Window";
import { roleWords } from "../exceptions/words";
import { useOpen } from "./asking";
import { OpenTable } from "./Open";
import { partnersWords } from "./words";

type Rule = Shapes["BreachRule"];

/** What partners have not done, what their feeds do, and when that is a breach. */
export function Breaches() {
  const say = useWords(partnersWords);
  const { can } = useMe();
  const maySee = can("tower.read");
  const legs = useOpen("partner", [], maySee);
  const feeds = useOpen("feed", [], maySee);
  return (
    <div className="grid">
      <div className="two-thirds stack">
        {maySee ? (
          <>
            <header className="panel-head">
              <h2>{say("breachesOf")}</h2>
              <Link to="/exceptions?kind=partner">{say("allOpen")}</Link>
            </header>
            <OpenTable label={say("breachesOf")} pages={legs} />
            <h2>{say("feeds")}</h2>
            <OpenTable label={say("feeds")} pages={feeds} />
          </>
        ) : (
          <p className="empty">{say("mayNot")}</p>
        )}
      </div>
      <div className="third">
        <Rules />
      </div>
    </div>
  );
}

function Rules() {
  const say = useWords(partnersWords);
  const sayRole = useWords(roleWords);
  const format = useFormat();
  const day = useLanguage() === "fr" ? "j" : "d";
  const { canEverywhere } = useMe();
  const [changing, change] = useState<string | null>(null);
  const pages = usePages(["partners", "breach-rules"], (cursor) =>
    asked(api.GET("/v1/breach-rules", { params: { query: { cursor, limit: 50 } } })),
  );
  const columns: Column<Rule>[] = [
    {
      key: "rule",
      head: say("rule"),
      cell: (row) => (
        <span className="two-lines">
          <b>{say(row.kind)}</b>
          <span className="hint">
            {row.partner ?? say("allPartners")} · {row.reason}
            {row.valid_from && ` · ${say("validFrom")} ${format.day(row.valid_from)}`}
            {row.valid_until && ` · ${say("validUntil")} ${format.day(row.valid_until)}`}
          </span>
        </span>
      ),
    },
    {
      key: "after",
      head: say("after"),
      cell: (row) => (
        <span className="two-lines">
          {span(row.minutes * 60_000, day)}
          <span className="hint">{sayRole(row.owner_role as "operations")}</span>
        </span>
      ),
    },
    {
      key: "act",
      head: "",
      cell: (row) =>
        canEverywhere("partners.write") && (
          <Button size="compact-xs" variant="subtle" onClick={() => change(row.id)}>
            {say("change")}
          </Button>
        ),
    },
  ];
  return (
    <section className="stack" aria-labelledby="rules">
      <h2 id="rules">{say("rules")}</h2>
      <Table
        label={say("rules")}
        columns={columns}
        pages={pages}
        rowKey={(row) => row.id}
        empty={say("rulesEmpty")}
      />
      {changing && <ChangeRule rule={changing} close={() => change(null)} />}
    </section>
  );
}

/** How long it takes until something not done is a breach, as it is read now. */
function ChangeRule({ rule, close }: { rule: string; close: () => void }) {
  const say = useWords(partnersWords);
  const queries = useQueryClient();
  const found = useEdited<Rule>(["breach-rule", rule], () =>
    versioned<Rule>(api.GET("/v1/breach-rules/{rule}", { params: { path: { rule } } }) as never),
  );
  const one = found.data;
  const save = async (values: Record<string, string>) => {
    if (!one) return;
    const { minutes = "", reason = "", valid_from, valid_until } = values;
    await asked(
      api.PUT("/v1/breach-rules/{rule}", {
        params: { path: { rule } },
        headers: { "If-Match": one.etag },
        body: {
          ...one.value,
          minutes: Number(minutes),
          reason,
          valid_from: valid_from || null,
          valid_until: valid_until || null,
        },
      }),
    );
    queries.invalidateQueries({ queryKey: ["partners"] });
  };
  return (
    <Window close={close} title={say("changeTitle", { rule })}>
      {one ? (
        <div className="stack">
          <p>{say("changeText", { what: say(one.value.kind) })}</p>
          <Form
            fields={[
              {
                name: "minutes",
                label: say("minutes"),
                type: "number",
                value: String(one.value.minutes),
                isRequired: true,
              },
              { name: "reason", label: say("reason"), value: one.value.reason, isRequired: true },
              {
                name: "valid_from",
                label: say("validFrom"),
                type: "date",
                value: one.value.valid_from ?? "",
              },
              {
                name: "valid_until",
                label: say("validUntil"),
                type: "date",
                value: one.value.valid_until ?? "",
              },
            ]}
            submit={say("save")}
            send={save}
            done={close}
            cancel={close}
          />
        </div>
      ) : (
        <Loading lines={4} />
      )}
    </Window>
  );
}
