import { Button, Group, Modal, Select, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useParams, useSearchParams } from "react-router";
import { api, asked, type Shapes } from "../../../api/client";
import { useLive } from "../../../api/live";
import { useMe } from "../../../app/me";
import { useFormat } from "../../../model/format";
import { useLanguage, useWords } from "../../../model/words";
import { Act, useDoing } from "../../../ui/Act";
import { PAGE_ROWS, usePages } from "../../../ui/pages";
import { Badge, PageHead } from "../../../ui/parts";
import { type Column, Table } from "../../../ui/Table";
import { statusOf } from "./Counts";
import { COUNT_KEYS } from "./model";
import { Parts } from "./Parts";
import { WriteDown } from "./Reading";
import { listWords } from "./words";

const STAGES = [
  "open",
  "recount",
  "approval",
  "settled",
  "booked",
  "superseded",
  "dropped",
] as const;
type Line = Shapes["Line"];

/** One count: how far it is, its differences, and what a person has to say yes to. */
export function OneCount() {
  const say = useWords(listWords);
  const format = useFormat();
  const { can } = useMe();
  const { task: id = "" } = useParams();
  const [query, setQuery] = useSearchParams();
  const stage = STAGES.find((one) => one === query.get("stage"));
  const path = { task: id };
  const task = useQuery({
    queryKey: ["count", id],
    queryFn: () => asked(api.GET("/v1/count-tasks/{task}", { params: { path } })),
  });
  const pages = usePages<Line>(
    ["count", id, "lines", stage],
    (cursor) =>
      asked(
        api.GET("/v1/count-tasks/{task}/lines", {
          params: { path, query: { stage, cursor, limit: PAGE_ROWS } },
        }),
      ),
    { keeps: true },
  );
  useLive(["count.*"], [["count", id]], can("events.read"));
  const node = task.data?.node ?? "";
  const mayApprove = can("counts.approve", node);
  const isOpen = task.data?.ended_at === null;
  const columns: Column<Line>[] = [
    {
      key: "sku",
      head: say("sku"),
      cell: (row) => (
        <Link className="code" to={`/stock/${row.sku}`}>
          {row.sku}
        </Link>
      ),
    },
    {
      key: "expected",
      head: say("wasExpected"),
      isNumber: true,
      cell: (row) => format.number(row.expected),
    },
    {
      key: "counted",
      head: say("counted"),
      isNumber: true,
      cell: (row) => format.number(row.counted),
    },
    {
      key: "difference",
      head: say("difference"),
      isNumber: true,
      cell: (row) => (
        <span className={row.difference ? "soon" : undefined}>
          {(row.difference ?? 0) > 0 && "+"}
          {format.number(row.difference)}
        </span>
      ),
    },
    {
      key: "worth",
      head: say("worth"),
      isNumber: true,
      cell: (row) => format.money(row.value_cents, row.currency),
    },
    {
      key: "stage",
      head: say("stage"),
      cell: (row) => (
        <Badge meaning={row.stage === "approval" ? "soon" : "plain"}>
          {say(`stage_${row.stage}`)}
        </Badge>
      ),
    },
    {
      key: "act",
      head: "",
      cell: (row) => isOpen && <LineActs line={row} node={node} />,
    },
  ];
  return (
    <>
      <PageHead
        title={`${say("task")} ${id}`}
        answer={
          task.data && (
            <>
              <Badge>{say(statusOf(task.data))}</Badge> {node} · {say(task.data.kind)}
              {task.data.is_blind && ` · ${say("blind")}`} ·{" "}
              {say("progressOf", {
                done: format.number(task.data.done),
                lines: format.number(task.data.lines),
              })}
            </>
          )
        }
        side={
          isOpen && (
            <>
              {can("counts.work", node) && <Book task={id} />}
              {mayApprove && <GiveUp task={id} />}
            </>
          )
        }
      />
      <Parts />
      <Select
        className="above-table"
        size="sm"
        w={240}
        aria-label={say("stage")}
        value={stage ?? ""}
        onChange={(value) => setQuery(value ? { stage: value } : {}, { replace: true })}
        data={[
          { value: "", label: say("anyStage") },
          ...STAGES.map((value) => ({ value, label: say(`stage_${value}`) })),
        ]}
        allowDeselect={false}
        comboboxProps={{ transitionProps: { duration: 0 } }}
      />
      <Table
        label={say("lines")}
        columns={columns}
        pages={pages}
        rowKey={(row) => row.sku}
        empty={say("linesEmpty")}
      />
    </>
  );
}

/** What a line waits for: to be counted, or to be agreed to. */
function LineActs({ line, node }: { line: Line; node: string }) {
  const { can } = useMe();
  if (line.stage === "open" || line.stage === "recount") {
    return can("counts.work", node) && <WriteDown line={line} />;
  }
  if (line.stage !== "approval" || !can("counts.approve", node)) return null;
  return (
    <Group gap={8} wrap="nowrap">
      <Approve line={line} />
      <Recount line={line} />
    </Group>
  );
}

/** Say yes to a difference, with the reason why the book was wrong. */
function Approve({ line }: { line: Line }) {
  const say = useWords(listWords);
  const format = useFormat();
  const language = useLanguage();
  const [isOpen, open] = useState(false);
  const [cause, setCause] = useState<string | null>(null);
  const [note, setNote] = useState("");
  const causes = useQuery({
    queryKey: ["root-causes"],
    queryFn: () => asked(api.GET("/v1/root-causes")),
    enabled: isOpen,
  });
  const doing = useDoing(COUNT_KEYS);
  const approve = () =>
    asked(
      api.PUT("/v1/count-tasks/{task}/lines/{sku}/approval", {
        params: { path: { task: line.task, sku: line.sku } },
        body: { difference: line.difference ?? 0, root_cause: cause ?? "", note },
      }),
    );
  return (
    <>
      <Button size="compact-xs" variant="default" onClick={() => open(true)}>
        {say("approve")}
      </Button>
      <Modal
        opened={isOpen}
        onClose={() => open(false)}
        title={say("approveTitle", { difference: format.number(line.difference), sku: line.sku })}
      >
        <Text>{say("approveText")}</Text>
        <Select
          mt="md"
          data-autofocus
          label={say("cause")}
          value={cause}
          onChange={setCause}
          data={(causes.data?.items ?? [])
            .filter((one) => one.is_offered)
            .map((one) => ({ value: one.code, label: language === "fr" ? one.fr : one.en }))}
          comboboxProps={{ transitionProps: { duration: 0 } }}
        />
        <TextInput
          mt="md"
          label={say("note")}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        <Group mt="md" justify="flex-end">
          <Button
            disabled={!cause}
            loading={doing.isPending}
            onClick={() =>
              doing.mutate(
                { act: approve, done: say("approved") },
                { onSuccess: () => open(false) },
              )
            }
          >
            {say("approve")}
          </Button>
        </Group>
      </Modal>
    </>
  );
}

function Recount({ line }: { line: Line }) {
  const say = useWords(listWords);
  return (
    <Act
      variant="subtle"
      label={say("recount")}
      confirm={say("recountConfirm", { sku: line.sku })}
      done={say("recountDone")}
      stale={COUNT_KEYS}
      act={() =>
        asked(
          api.PUT("/v1/count-tasks/{task}/lines/{sku}/recount", {
            params: { path: { task: line.task, sku: line.sku } },
          }),
        )
      }
    />
  );
}

function Book({ task }: { task: string }) {
  const say = useWords(listWords);
  return (
    <Act
      label={say("book")}
      confirm={say("bookConfirm")}
      done={say("bookDone")}
      stale={COUNT_KEYS}
      act={() =>
        asked(
          api.POST("/v1/count-tasks/{task}/booking", {
            params: { path: { task } },
            body: { uncounted: "keep" },
          }),
        )
      }
    />
  );
}

function GiveUp({ task }: { task: string }) {
  const say = useWords(listWords);
  return (
    <Act
      isLate
      label={say("giveUp")}
      confirm={say("giveUpConfirm")}
      done={say("giveUpDone")}
      stale={COUNT_KEYS}
      act={() =>
        asked(api.PUT("/v1/count-tasks/{task}/cancellation", { params: { path: { task } } }))
      }
    />
  );
}
