import { Button, Select } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { api, asked } from "../../../api/client";
import { useDay, useMe } from "../../../app/me";
import { useFormat } from "../../../model/format";
import { nodeKindWords } from "../../../model/nodeKinds";
import { useWords } from "../../../model/words";
import { Act } from "../../../ui/Act";
import { Deeds } from "../../../ui/Deeds";
import { useFilters } from "../../../ui/filters";
import { PAGE_ROWS, usePages } from "../../../ui/pages";
import { Badge, PageHead } from "../../../ui/parts";
import { type Column, Table } from "../../../ui/Table";
import { Window } from "../../../ui/Window";
import { NodeChoice, Parts } from "../lists/Parts";
import { KEPT_KEYS, KeptForm } from "./KeptForm";
import { isOwn, keepsAll, PURPOSES, type Kept as Rule, whenOf } from "./model";
import { keptWords } from "./words";

/** What is kept back, by which rule and why; rules are added, changed and ended here. */
export function Kept() {
  const say = useWords(keptWords);
  const { can } = useMe();
  const [query, set] = useFilters();
  const [changing, change] = useState<string | null>(null);
  const purpose = PURPOSES.find((one) => one === query.get("purpose"));
  const node = query.get("node");
  const sku = query.get("sku") ?? undefined;
  const pages = usePages<Rule>(["kept", purpose, node, sku], (cursor) =>
    asked(
      api.GET("/v1/keep-backs", {
        params: { query: { purpose, node: node ?? undefined, sku, cursor, limit: PAGE_ROWS } },
      }),
    ),
  );
  return (
    <>
      <PageHead
        title={say("kept")}
        answer={say("answer")}
        side={
          <>
            <Select
              size="sm"
              aria-label={say("purpose")}
              value={purpose ?? ""}
              onChange={(value) => set("purpose", value)}
              data={[
                { value: "", label: say("anyPurpose") },
                ...PURPOSES.map((value) => ({ value, label: say(value) })),
              ]}
              allowDeselect={false}
              comboboxProps={{ transitionProps: { duration: 0 } }}
            />
            <NodeChoice
              value={node}
              choose={(value) => set("node", value)}
              permission="promise.read"
            />
            {can("promise.write") && (
              <Deeds
                deeds={[
                  {
                    label: say("add"),
                    title: say("add"),
                    size: "lg",
                    window: (close) => <KeptForm id={null} close={close} />,
                  },
                ]}
              />
            )}
          </>
        }
      />
      <Parts />
      <Table
        list="kept"
        label={say("list")}
        columns={useColumns(change)}
        pages={pages}
        rowKey={(row) => row.id}
        empty={say(purpose || node || sku ? "emptyHere" : "empty")}
      />
      {changing && (
        <Window close={() => change(null)} title={say("changeTitle", { id: changing })} size="lg">
          <KeptForm id={changing} close={() => change(null)} />
        </Window>
      )}
    </>
  );
}

function useColumns(change: (id: string) => void): Column<Rule>[] {
  const say = useWords(keptWords);
  const sayKind = useWords(nodeKindWords);
  return [
    {
      key: "purpose",
      head: say("purpose"),
      cell: (row) => (
        <span className="two-lines">
          <b>{say(row.purpose)}</b>
          <span className="hint">{say(`${row.purpose}Hint`)}</span>
        </span>
      ),
    },
    {
      key: "of",
      head: say("of"),
      cell: (row) =>
        row.sku ? (
          <Link className="code" to={`/stock/${row.sku}`}>
            {row.sku}
          </Link>
        ) : (
          (row.category ?? say("allGoods"))
        ),
    },
    {
      key: "at",
      head: say("at"),
      cell: (row) =>
        row.node ? (
          <Link to={`/stock/nodes/${row.node}`}>{row.node}</Link>
        ) : row.node_kind ? (
          sayKind(row.node_kind)
        ) : (
          say("everywhere")
        ),
    },
    { key: "channel", head: say("channel"), cell: (row) => row.channel ?? say("allChannels") },
    { key: "amount", head: say("amount"), isNumber: true, cell: (row) => <Amount of={row} /> },
    { key: "holds", head: say("holds"), cell: (row) => <Holds rule={row} /> },
    { key: "reason", head: say("reason"), isWide: true, cell: (row) => row.reason },
    { key: "act", head: "", cell: (row) => <RuleActs rule={row} change={change} /> },
  ];
}

function Amount({ of: rule }: { of: Rule }) {
  const say = useWords(keptWords);
  const format = useFormat();
  const count = rule.units ?? rule.days ?? 0;
  const said = { count, shown: format.number(count) };
  return (
    <span className="two-lines">
      <span>
        {keepsAll(rule) ? say("everything") : say(rule.units === null ? "daysOf" : "unitsOf", said)}
      </span>
      {rule.below_accuracy !== null && (
        <span className="hint">
          {say("belowOf", { share: format.percent(rule.below_accuracy) })}
        </span>
      )}
    </span>
  );
}

function Holds({ rule }: { rule: Rule }) {
  const say = useWords(keptWords);
  const format = useFormat();
  const day = useDay().data;
  const { valid_from: from, valid_until: until } = rule;
  const when = day ? whenOf(rule, day) : "now";
  const days = [
    from && say("fromDay", { day: format.day(from) }),
    until && say("untilDay", { day: format.day(until) }),
  ].filter(Boolean);
  return (
    <>
      {days.length > 0 ? days.join(", ") : say("always")}{" "}
      {when !== "now" && <Badge>{say(when)}</Badge>}
    </>
  );
}

interface RuleActsProps {
  rule: Rule;
  change: (id: string) => void;
}

/** What may be done with a rule; those that come with partners and channels are changed there. */
function RuleActs({ rule, change }: RuleActsProps) {
  const say = useWords(keptWords);
  const { can, canEverywhere } = useMe();
  const isMine = rule.node ? can("promise.write", rule.node) : canEverywhere("promise.write");
  if (!isMine || !isOwn(rule.purpose)) return null;
  const path = { rule: rule.id };
  return (
    <span className="acts">
      <Button
        size="compact-xs"
        variant="subtle"
        aria-label={`${say("change")} ${rule.id}`}
        onClick={() => change(rule.id)}
      >
        {say("change")}
      </Button>
      <Act
        variant="subtle"
        label={say("end")}
        confirm={say("endConfirm", { reason: rule.reason })}
        act={() => asked(api.DELETE("/v1/keep-backs/{rule}", { params: { path } }))}
        done={say("endDone")}
        undo={() => asked(api.PUT("/v1/keep-backs/{rule}", { params: { path }, body: rule }))}
        undone={() => say("endUndone")}
        stale={KEPT_KEYS}
      />
    </span>
  );
}
