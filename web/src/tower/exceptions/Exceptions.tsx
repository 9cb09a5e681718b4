import { Button, Drawer, SegmentedControl } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { api, asked, newId, type Shapes } from "../../api/client";
import { useLive } from "../../api/live";
import { useMe, useNow } from "../../app/me";
import { useFormat } from "../../model/format";
import { type Say, useWords } from "../../model/words";
import { useDoing } from "../../ui/Act";
import { Panel } from "../../ui/Panel";
import { Badge, PageHead } from "../../ui/parts";
import { type Column, Table } from "../../ui/Table";
import { Care, CareButtons } from "./Care";
import { kindWords } from "./kinds";
import { type ExceptionRow, idOf, keyOf, subjectLink } from "./model";
import { RemedyButton } from "./Remedy";
import { exceptionsWords } from "./words";

type SayKind = Say<(typeof kindWords)["en"]>;

const KEYS = [["exceptions"]];
const HEARD = ["order.*", "leg.*", "promise.*", "feed.*", "parcel.*", "count.*"];
const FOUR_HOURS_MS = 4 * 3_600_000;

export default function Exceptions() {
  const say = useWords(exceptionsWords);
  const format = useFormat();
  const { me, can } = useMe();
  const [query, setQuery] = useSearchParams();
  const kind = query.get("kind");
  const node = query.get("node");
  const show = query.get("show") ?? "awake";
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set());
  const [opened, open] = useState<ExceptionRow | null>(null);
  useLive(HEARD, KEYS, can("events.read"));
  const filter = {
    node: node ? [node] : undefined,
  };
  const causes = useQuery({
    queryKey: ["exceptions", "causes", node],
    queryFn: () => asked(api.GET("/v1/exceptions/causes", { params: { query: filter } })),
  });
  const pages = useInfiniteQuery({
    queryKey: ["exceptions", "list", kind, node, show],
    queryFn: ({ pageParam }) =>
      asked(
        api.GET("/v1/exceptions", {
          params: {
            query: {
              ...filter,
              kind: (kind ?? undefined) as undefined,
              is_snoozed: show === "mine" ? undefined : show === "snoozed",
              assigned_to: show === "mine" ? me.id : undefined,
              sort: "money",
              cursor: pageParam,
              limit: 100,
            },
          },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const set = (name: string, value: string | null) => {
    choose(new Set());
    setQuery((now) => {
      if (value === null) now.delete(name);
      else now.set(name, value);
      return now;
    });
  };
  const rows = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const picked = rows.filter((row) => chosen.has(keyOf(row)));
  return (
    <>
      <PageHead
        title={say("menu")}
        answer={causes.data && answer(causes.data.items, say, format.money)}
        side={
          <SegmentedControl
            size="xs"
            value={show}
            onChange={(value) => set("show", value === "awake" ? null : value)}
            data={(["awake", "mine", "snoozed"] as const).map((value) => ({
              value,
              label: say(value),
            }))}
          />
        }
      />
      <div className="grid">
        <div className="quarter">
          <Panel title={say("causes")} query={causes} lines={8}>
            {(found) => (
              <Causes causes={found.items} kind={kind} choose={(value) => set("kind", value)} />
            )}
          </Panel>
        </div>
        <div className="three-quarters">
          {picked.length > 0 && <Bulk rows={picked} done={() => choose(new Set())} />}
          <List
            pages={pages}
            chosen={chosen}
            choose={can("tower.write") ? choose : undefined}
            open={open}
          />
        </div>
      </div>
      <Drawer
        opened={opened !== null}
        onClose={() => open(null)}
        position="right"
        transitionProps={{ duration: 0 }}
        title={say("more")}
      >
        {opened && <Care row={opened} />}
      </Drawer>
    </>
  );
}

function answer(
  causes: readonly Shapes["Cause"][],
  say: Say<(typeof exceptionsWords)["en"]>,
  money: (cents: number) => string,
): string {
  const count = causes.reduce((sum, cause) => sum + cause.exceptions - cause.snoozed, 0);
  if (count === 0) return say("answerNone");
  const cents = causes.reduce((sum, cause) => sum + (cause.money_cents ?? 0), 0);
  return say("answer", { count, money: money(cents) });
}

interface CausesProps {
  causes: readonly Shapes["Cause"][];
  kind: string | null;
  choose: (kind: string | null) => void;
}

function Causes({ causes, kind, choose }: CausesProps) {
  const say = useWords(exceptionsWords);
  const sayKind: SayKind = useWords(kindWords);
  const format = useFormat();
  return (
    <ul className="causes">
      <li>
        <button type="button" aria-pressed={kind === null} onClick={() => choose(null)}>
          <span>{say("all")}</span>
          <b>{format.number(causes.reduce((sum, cause) => sum + cause.exceptions, 0))}</b>
        </button>
      </li>
      {causes.map((cause) => (
        <li key={cause.kind}>
          <button
            type="button"
            aria-pressed={kind === cause.kind}
            onClick={() => choose(cause.kind)}
          >
            <span>{sayKind(cause.kind as "order.waiting")}</span>
            <b>{format.number(cause.exceptions)}</b>
            <span className="hint">
              {cause.money_cents === null ? "" : format.money(cause.money_cents)}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

interface ListProps {
  pages: Parameters<typeof Table<ExceptionRow>>[0]["pages"];
  chosen: ReadonlySet<string>;
  choose?: (keys: ReadonlySet<string>) => void;
  open: (row: ExceptionRow) => void;
}

function List({ pages, chosen, choose, open }: ListProps) {
  const say = useWords(exceptionsWords);
  const sayKind: SayKind = useWords(kindWords);
  const format = useFormat();
  const now = useNow();
  const columns: Column<ExceptionRow>[] = [
    {
      key: "what",
      head: say("what"),
      cell: (row) => (
        <span className="two-lines">
          <b>{sayKind(row.kind as "order.waiting")}</b>
          <span>
            <Subject row={row} /> <span className="hint">{row.detail}</span>
          </span>
        </span>
      ),
    },
    { key: "node", head: say("node"), cell: (row) => row.node ?? "—" },
    {
      key: "since",
      head: say("since"),
      cell: (row) => (
        <span className="two-lines">
          {format.ago(row.since, now)} <span className="hint">{format.moment(row.since)}</span>
        </span>
      ),
    },
    {
      key: "money",
      head: say("money"),
      isNumber: true,
      cell: (row) => format.money(row.money_cents),
    },
    {
      key: "who",
      head: say("who"),
      cell: (row) => (
        <span className="two-lines">
          {row.assigned_name ?? row.assigned_to ?? (
            <span className="hint">
              {say("nobody")}
              {row.owner && `, ${say("role", { role: row.owner })}`}
            </span>
          )}
          {row.snoozed_until && (
            <Badge meaning="soon">{say("until", { at: format.clock(row.snoozed_until) })}</Badge>
          )}
        </span>
      ),
    },
    {
      key: "act",
      head: say("act"),
      cell: (row) => (
        <span className="acts">
          <RemedyButton row={row} />
          <CareButtons row={row} />
          <Button
            size="compact-xs"
            variant="subtle"
            aria-label={say("more")}
            onClick={() => open(row)}
          >
            {row.comments > 0 ? `💬 ${row.comments}` : "…"}
          </Button>
        </span>
      ),
    },
  ];
  return (
    <Table
      label={say("list")}
      columns={columns}
      pages={pages}
      rowKey={keyOf}
      empty={say("empty")}
      chosen={chosen}
      choose={choose}
    />
  );
}

function Subject({ row }: { row: ExceptionRow }) {
  const to = subjectLink(row);
  const id = <span className="code">{idOf(row.subject)}</span>;
  return to ? <Link to={to}>{id}</Link> : id;
}

/** What can be done with all that are chosen. */
function Bulk({ rows, done }: { rows: readonly ExceptionRow[]; done: () => void }) {
  const say = useWords(exceptionsWords);
  const doing = useDoing(KEYS);
  const now = useNow();
  const send = (more: (row: ExceptionRow) => Partial<Shapes["NewNote"]>) =>
    asked(
      api.POST("/v1/exception-notes/batch", {
        body: {
          items: rows.map((row) => ({
            id: newId("note"),
            kind: row.kind,
            subject: row.subject,
            verb: "assigned" as const,
            ...more(row),
          })),
        } as never,
      }),
    );
  const act = (said: string, notes: Partial<Shapes["NewNote"]>, back: Partial<Shapes["NewNote"]>) =>
    doing.mutate(
      { act: () => send(() => notes), done: said, undo: () => send(() => back) },
      { onSuccess: done },
    );
  return (
    <div className="bulk" role="toolbar">
      <span>{say("chosen", { count: rows.length })}</span>
      <Button
        size="xs"
        onClick={() => act(say("tookAll"), { verb: "assigned" }, { is_nobody: true })}
      >
        {say("takeAll")}
      </Button>
      <Button
        size="xs"
        variant="default"
        onClick={() =>
          act(
            say("snoozedDone"),
            { verb: "snoozed", until: new Date(now + FOUR_HOURS_MS).toISOString() },
            { verb: "snoozed" },
          )
        }
      >
        {say("snoozeAll")}
      </Button>
    </div>
  );
}
