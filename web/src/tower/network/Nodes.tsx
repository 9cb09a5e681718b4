import { Button, Modal, NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useNavigate } from "react-router";
import { api, asked, type Shapes } from "../../api/client";
import { useMe, useNow } from "../../app/me";
import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { useFilters } from "../../ui/filters";
import { usePages } from "../../ui/pages";
import { Badge, PageHead } from "../../ui/parts";
import { useServiceName } from "../../ui/serviceNames";
import { type Column, Table } from "../../ui/Table";
import { loadMeaning, loadOf, NODE_KINDS } from "./model";
import { NewNode } from "./NodeForm";
import { networkWords } from "./words";

type Standing = Shapes["NodeStanding"];

const CALM_MS = 200;
const AGAIN_MS = 60_000;

export function Nodes() {
  const say = useWords(networkWords);
  const { canEverywhere } = useMe();
  const navigate = useNavigate();
  const [query, set] = useFilters();
  const [isAdding, setAdding] = useState(false);
  const typed = query.get("q") ?? "";
  const kind = query.get("kind") ?? "";
  const [text] = useDebouncedValue(typed.trim(), CALM_MS);
  const pages = usePages(
    ["node-standings", text, kind],
    (cursor) =>
      asked(
        api.GET("/v1/tower/nodes", {
          params: {
            query: {
              q: text || undefined,
              kind: (kind || undefined) as Standing["kind"] | undefined,
              cursor,
              limit: 100,
            },
          },
        }),
      ),
    { keeps: true, everyMs: AGAIN_MS },
  );
  return (
    <>
      <PageHead
        title={say("nodes")}
        answer={say("nodesAnswer")}
        side={
          <>
            <NativeSelect
              aria-label={say("kind")}
              value={kind}
              onChange={(event) => set("kind", event.currentTarget.value)}
              data={[
                { value: "", label: say("allKinds") },
                ...NODE_KINDS.map((value) => ({ value, label: say(value) })),
              ]}
            />
            <TextInput
              type="search"
              aria-label={say("search")}
              placeholder={say("searchNode")}
              value={typed}
              onChange={(event) => set("q", event.currentTarget.value)}
            />
            {canEverywhere("network.write") && (
              <Button onClick={() => setAdding(true)}>{say("newNode")}</Button>
            )}
          </>
        }
      />
      <List pages={pages} isAll={!text && !kind} />
      <Modal
        opened={isAdding}
        onClose={() => setAdding(false)}
        title={say("newNode")}
        size="lg"
        transitionProps={{ duration: 0 }}
      >
        <NewNode
          done={(code) => navigate(`/network/nodes/${code}`)}
          cancel={() => setAdding(false)}
        />
      </Modal>
    </>
  );
}

interface ListProps {
  pages: Parameters<typeof Table<Standing>>[0]["pages"];
  isAll: boolean;
}

function List({ pages, isAll }: ListProps) {
  const say = useWords(networkWords);
  const nameOf = useServiceName();
  const now = useNow();
  const format = useFormat();
  const columns: Column<Standing>[] = [
    {
      key: "node",
      head: say("code"),
      cell: (row) => (
        <span className="two-lines">
          <b className="code">{row.node}</b> <span>{row.name}</span>
        </span>
      ),
    },
    { key: "kind", head: say("kind"), cell: (row) => say(row.kind) },
    {
      key: "town",
      head: say("town"),
      cell: (row) => (
        <>
          {row.town} <span className="hint">{row.country}</span>
        </>
      ),
    },
    { key: "now", head: say("now"), cell: (row) => <OpenNow row={row} /> },
    {
      key: "cut-off",
      head: say("nextCutOff"),
      cell: (row) =>
        row.next_cut_off ? (
          <span className="two-lines">
            <span>
              {Date.parse(row.next_cut_off.at) < now
                ? say("hasLeft")
                : format.left(Date.parse(row.next_cut_off.at), now)}
            </span>
            <span className="hint">
              {format.moment(row.next_cut_off.at, row.time_zone)} ·{" "}
              {nameOf(row.next_cut_off.service)}
            </span>
          </span>
        ) : (
          <span className="hint">{say("nothingLeaves")}</span>
        ),
    },
    { key: "load", head: say("load"), cell: (row) => <Load row={row} /> },
  ];
  return (
    <Table
      list="nodes"
      label={say("nodes")}
      columns={columns}
      pages={pages}
      rowKey={(row) => row.node}
      to={(row) => `/network/nodes/${row.node}`}
      empty={say(isAll ? "nodesEmpty" : "empty")}
    />
  );
}

/** Whether somebody is there, and until when that is so. */
export function OpenNow({ row }: { row: Standing }) {
  const say = useWords(networkWords);
  const format = useFormat();
  if (!row.is_working) return <Badge meaning="late">{say("notWorking")}</Badge>;
  const at = format.moment(row.changes_at, row.time_zone);
  return (
    <span className="two-lines">
      <span>
        <Badge meaning={row.is_open ? "good" : "plain"}>
          {say(row.is_open ? "open" : "closed")}
        </Badge>
      </span>
      <span className="hint">
        {row.changes_at ? say(row.is_open ? "until" : "opens", { at }) : say("always")}
      </span>
    </span>
  );
}

/** What waits beside what the day can hold. */
export function Load({ row }: { row: Standing }) {
  const say = useWords(networkWords);
  const format = useFormat();
  const load = loadOf(row);
  if (row.units === null || row.legs === null) return <span>—</span>;
  const meaning = loadMeaning(load);
  const told =
    row.units_today === null
      ? say("units", { count: row.units, units: format.number(row.units) })
      : say("ofUnits", {
          units: format.number(row.units),
          most: format.number(row.units_today),
        });
  return (
    <span className="two-lines">
      {load === null ? (
        <span className="hint">{say("noLimit")}</span>
      ) : (
        <span className="load">
          <span className="load-bar" aria-hidden="true">
            <span className={meaning} style={{ width: `${Math.min(100, 100 * load)}%` }} />
          </span>
          <b className={meaning}>{format.percent(load)}</b>
        </span>
      )}
      <span className="hint">
        {told}
        {row.late_legs ? ` · ${format.number(row.late_legs)} ${say("late")}` : ""}
      </span>
    </span>
  );
}
