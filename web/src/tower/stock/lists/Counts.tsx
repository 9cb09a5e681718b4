import { SegmentedControl } from "@mantine/core";
import { api, asked, type Shapes } from "../../../api/client";
import { useMe } from "../../../app/me";
import { useFormat } from "../../../model/format";
import { useWords } from "../../../model/words";
import { Act } from "../../../ui/Act";
import { useFilters } from "../../../ui/filters";
import { PAGE_ROWS, usePages } from "../../../ui/pages";
import { Badge, PageHead } from "../../../ui/parts";
import { type Column, Table } from "../../../ui/Table";
import { AccuracyOf } from "./Accuracy";
import { COUNTED_AT_ONCE } from "./model";
import { OpenCounts, useOpenCount } from "./OpenCounts";
import { NodeChoice, Parts } from "./Parts";
import { listWords } from "./words";

type Task = Shapes["Task"];

/** What to count next at a node and why, how right it is, and every count with its progress. */
export function Counts() {
  const say = useWords(listWords);
  const { reach } = useMe();
  const [query, set] = useFilters();
  const own = reach["stock.read"];
  const node = query.get("node") ?? (own?.length === 1 ? (own[0] ?? null) : null);
  const isNext = query.get("show") === "next";
  return (
    <>
      <PageHead
        title={say("counts")}
        answer={say("countsAnswer")}
        side={
          <NodeChoice value={node} choose={(value) => set("node", value)} permission="stock.read" />
        }
      />
      <Parts />
      {node && <AccuracyOf node={node} />}
      {node && <OpenCounts node={node} />}
      <SegmentedControl
        className="above-table"
        size="xs"
        aria-label={say("counts")}
        value={isNext ? "next" : "tasks"}
        onChange={(value) => set("show", value === "next" ? value : null)}
        data={[
          { value: "tasks", label: say("tasks") },
          { value: "next", label: say("next") },
        ]}
      />
      {isNext ? <Next node={node} /> : <Tasks node={node} />}
    </>
  );
}

function Tasks({ node }: { node: string | null }) {
  const say = useWords(listWords);
  const format = useFormat();
  const pages = usePages<Task>(
    ["counts", node],
    (cursor) =>
      asked(
        api.GET("/v1/count-tasks", {
          params: { query: { node: node ? [node] : undefined, cursor, limit: PAGE_ROWS } },
        }),
      ),
    { keeps: true },
  );
  const columns: Column<Task>[] = [
    { key: "task", head: say("task"), cell: (row) => <b className="code">{row.id}</b> },
    { key: "node", head: say("node"), cell: (row) => row.node },
    { key: "kind", head: say("kind"), cell: (row) => say(row.kind) },
    {
      key: "progress",
      head: say("progress"),
      cell: (row) => (
        <>
          {say("progressOf", { done: format.number(row.done), lines: format.number(row.lines) })}{" "}
          {(row.stages.approval ?? 0) > 0 && (
            <Badge meaning="soon">{say("waits", { count: row.stages.approval ?? 0 })}</Badge>
          )}
        </>
      ),
    },
    { key: "status", head: say("status"), cell: (row) => say(statusOf(row)) },
    { key: "opened", head: say("opened"), cell: (row) => format.moment(row.opened_at) },
  ];
  return (
    <Table
      list="counts"
      label={say("tasks")}
      columns={columns}
      pages={pages}
      rowKey={(row) => row.id}
      to={(row) => `/stock/counts/${row.id}`}
      empty={say("tasksEmpty")}
    />
  );
}

export function statusOf(task: Task): "given" | "ended" | "isOpen" {
  if (task.is_cancelled) return "given";
  return task.ended_at ? "ended" : "isOpen";
}

function Next({ node }: { node: string | null }) {
  const say = useWords(listWords);
  const format = useFormat();
  const { can } = useMe();
  const put = useOpenCount();
  const pages = usePages(
    ["counts", "next", node],
    (cursor) =>
      asked(
        api.GET("/v1/counts/next", {
          params: { query: { node: node ?? "", cursor, limit: PAGE_ROWS } },
        }),
      ),
    { enabled: node !== null },
  );
  if (node === null) return <p className="hint">{say("chooseNode")}</p>;
  const first = (pages.data?.pages[0]?.items ?? []).slice(0, COUNTED_AT_ONCE);
  const open = () => put({ node, skus: first.map(({ sku }) => sku) }, node);
  const columns: Column<Shapes["Candidate"]>[] = [
    { key: "sku", head: say("sku"), cell: (row) => <b className="code">{row.sku}</b> },
    {
      key: "units",
      head: say("units"),
      isNumber: true,
      cell: (row) => format.number(row.units),
    },
    {
      key: "chance",
      head: say("chance"),
      isNumber: true,
      cell: (row) => format.percent(row.chance),
    },
    {
      key: "score",
      head: say("score"),
      isNumber: true,
      cell: (row) => format.money(row.score_cents, row.currency),
    },
    { key: "why", head: say("why"), cell: (row) => row.reasons.join(" · ") },
  ];
  return (
    <>
      {first.length > 0 && can("counts.work", node) && (
        <p>
          <Act
            label={say("open")}
            confirm={say("openConfirm", { count: format.number(first.length), node })}
            act={open}
            done={say("openDone")}
            stale={[["counts"]]}
          />
        </p>
      )}
      <Table
        list="next-counts"
        label={say("next")}
        columns={columns}
        pages={pages}
        rowKey={(row) => row.sku}
        to={(row) => `/stock/${row.sku}`}
        empty={say("nextEmpty")}
      />
    </>
  );
}
