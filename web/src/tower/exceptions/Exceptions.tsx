import { Button, Drawer, SegmentedControl, Select } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { api, asked, type Shapes } from "../../api/client";
import { useLive } from "../../api/live";
import { useMe, useNow } from "../../app/me";
import { useFormat } from "../../model/format";
import { type Say, useLanguage, useWords } from "../../model/words";
import { useDoing } from "../../ui/Act";
import { type Deed, Deeds } from "../../ui/Deeds";
import { Failure, Panel } from "../../ui/Panel";
import { usePages } from "../../ui/pages";
import { Badge, PageHead } from "../../ui/parts";
import { type Column, Table } from "../../ui/Table";
import { useAssignees } from "./assignees";
import { Care, useCare } from "./Care";
import { useExceptionColumns } from "./columns";
import { asBefore, asleep, byAction, type ExceptionRow, idOf, ofMany } from "./model";
import { type Noted, noteEach } from "./notes";
import page from "./page";
import { RemedyForAll, useRemedy } from "./Remedy";
import { exceptionsWords, roleWords } from "./words";

type Note = Partial<Shapes["NoteBody"]>;

const KEYS = [["exceptions"]];
/** What opens or ends an exception; levels of stock, which move all the time, open none. */
const HEARD = [
  ...[
    "order.*",
    "leg.*",
    "promise.*",
    "day.*",
    "feed.*",
    "parcel.*",
    "count.*",
    "audit.*",
    "exception.*",
    "label.*",
    "pickup.*",
    "manifest.*",
    "message.*",
  ],
  ...["wave.*", "task.*", "pick.*", "stock.gap.found", "purchase.*", "transfer.*", "asn.*"],
];

type Show = "awake" | "mine" | "snoozed";

/** An event may come before the server has looked at what it brought about. */
const LOOKED_MS = 15_000;

/** What the list is narrowed by, in the address. */
interface Filter {
  kind: string | null;
  node: string | null;
  show: Show;
}

/** What there is of it: the list, its causes, and what is at risk. */
function useFound({ kind, node, show }: Filter) {
  const { me, can } = useMe();
  const filter = { node: node ? [node] : undefined };
  useLive(HEARD, KEYS, can("events.read"), undefined, LOOKED_MS);
  const those = {
    ...filter,
    is_snoozed: show === "mine" ? undefined : show === "snoozed",
    assigned_to: show === "mine" ? me.id : undefined,
  };
  const causes = useQuery({
    queryKey: ["exceptions", "causes", node, show],
    queryFn: () => asked(api.GET("/v1/exceptions/causes", { params: { query: those } })),
    placeholderData: keepPreviousData,
  });
  const atRisk = useQuery({
    queryKey: ["exceptions", "at-risk", node],
    queryFn: () => asked(api.GET("/v1/exceptions/at-risk", { params: { query: filter } })),
  });
  const pages = usePages<ExceptionRow>(["exceptions", "list", kind, node, show], (cursor) =>
    asked(
      api.GET("/v1/exceptions", {
        params: {
          query: {
            ...those,
            kind: (kind ?? undefined) as undefined,
            sort: "urgent",
            cursor,
            limit: 100,
          },
        },
      }),
    ),
  );
  return { causes, atRisk, pages };
}

export default function Exceptions() {
  const say = useWords(exceptionsWords);
  const title = page.title[useLanguage()];
  const format = useFormat();
  const { can } = useMe();
  const [query, setQuery] = useSearchParams();
  const filter: Filter = {
    kind: query.get("kind"),
    node: query.get("node"),
    show: (query.get("show") ?? "awake") as Show,
  };
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set());
  const [opened, open] = useState<ExceptionRow | null>(null);
  const { causes, atRisk, pages } = useFound(filter);
  const set = (name: string, value: string | null) => {
    choose(new Set());
    setQuery((now) => {
      if (value === null) now.delete(name);
      else now.set(name, value);
      return now;
    });
  };
  const rows = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const picked = rows.filter((row) => chosen.has(row.key));
  return (
    <>
      <PageHead
        title={title}
        answer={atRisk.data && answer(atRisk.data, say, format.sums)}
        side={<Shown show={filter.show} choose={(value) => set("show", value)} />}
      />
      {atRisk.error && <Failure error={atRisk.error} retry={() => atRisk.refetch()} />}
      <div className="grid exceptions">
        <div className="quarter">
          <Panel title={say("causes")} query={causes} lines={8}>
            {({ items }) => (
              <Causes causes={items} kind={filter.kind} choose={(value) => set("kind", value)} />
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

function Shown({ show, choose }: { show: Show; choose: (show: Show | null) => void }) {
  const say = useWords(exceptionsWords);
  return (
    <SegmentedControl
      size="xs"
      value={show}
      onChange={(value) => choose(value === "awake" ? null : (value as Show))}
      data={(["awake", "mine", "snoozed"] as const).map((value) => ({ value, label: say(value) }))}
    />
  );
}

/** How much waits for somebody, and what is at risk: each currency by itself. */
function answer(
  { exceptions, money }: Shapes["AtRisk"],
  say: Say<(typeof exceptionsWords)["en"]>,
  sums: (money: Shapes["AtRisk"]["money"]) => string,
): string {
  if (exceptions === 0) return say("answerNone");
  return say("answer", { count: exceptions, money: sums(money) });
}

interface CausesProps {
  causes: readonly Shapes["Cause"][];
  kind: string | null;
  choose: (kind: string | null) => void;
}

function Causes({ causes, kind, choose }: CausesProps) {
  const say = useWords(exceptionsWords);
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
            <span>{cause.name}</span>
            <b>{format.number(cause.exceptions)}</b>
            <span className="hint">{cause.money.length > 0 && format.sums(cause.money)}</span>
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
  const sayRole = useWords(roleWords);
  const format = useFormat();
  const shared = useExceptionColumns();
  const columns: Column<ExceptionRow>[] = [
    ...shared,
    {
      key: "who",
      head: say("who"),
      cell: (row) => (
        <span className="two-lines">
          {row.assigned_name ?? row.assigned_to ?? (
            <span className="hint">
              {say("nobody")}
              {row.owner && `, ${say("role", { role: sayRole(row.owner as "operations") })}`}
            </span>
          )}
          {row.escalated_to && row.escalated_at && (
            <span className="hint soon">
              {say("wentOn", {
                role: sayRole(row.escalated_to as "operations"),
                at: format.moment(row.escalated_at),
              })}
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
      isWide: true,
      cell: (row) => <Acts row={row} open={() => open(row)} />,
    },
  ];
  return (
    <Table
      list="exceptions"
      label={say("list")}
      columns={columns}
      pages={pages}
      rowKey={(row) => row.key}
      rowName={(row) => `${row.name} · ${idOf(row.subject)}`}
      empty={say("empty")}
      chosen={chosen}
      choose={choose}
    />
  );
}

/** What is proposed, and beside it whatever else may be done about one. */
function Acts({ row, open }: { row: ExceptionRow; open: () => void }) {
  const say = useWords(exceptionsWords);
  const why: Deed = { label: say("more"), isBusy: false, run: open };
  return (
    <span className="acts">
      <Deeds isQuiet deeds={[...useRemedy(row), ...useCare(row), why]} />
      {row.comments > 0 && (
        <Button size="compact-xs" variant="subtle" aria-label={say("more")} onClick={open}>
          {`💬 ${row.comments}`}
        </Button>
      )}
    </span>
  );
}

/** What can be done with all that are chosen. */
function Bulk({ rows, done }: { rows: readonly ExceptionRow[]; done: () => void }) {
  const say = useWords(exceptionsWords);
  const doing = useDoing<Noted, Noted>(KEYS);
  const now = useNow();
  const assignees = useAssignees(rows);
  const give = (person: string) => {
    const name = assignees.find(({ value }) => value === person)?.label ?? person;
    act(say("gaveAll", { name }), { verb: "assigned", person });
  };
  const act = (said: string, body: Note & { verb: "assigned" | "snoozed" }) =>
    doing.mutate(
      {
        act: () => noteEach(rows, () => body),
        done: ({ rows: noted, refused }) => ofMany(said, noted.length, refused, say),
        undo: ({ rows: noted }) => noteEach(noted, (row) => asBefore(row, body.verb)),
        undone: ({ rows: noted, refused }) => ofMany(say("undone"), noted.length, refused, say),
      },
      { onSuccess: done },
    );
  return (
    <div className="bulk" role="toolbar">
      <span>{say("chosen", { count: rows.length })}</span>
      {byAction(rows).map((some) => (
        <RemedyForAll key={some[0]?.proposal?.label} rows={some} done={done} />
      ))}
      <Button
        size="xs"
        loading={doing.isPending}
        onClick={() => act(say("tookAll"), { verb: "assigned" })}
      >
        {say("takeAll")}
      </Button>
      {assignees.length > 0 && (
        <Select
          size="xs"
          aria-label={say("giveAll")}
          placeholder={say("giveAll")}
          searchable
          value={null}
          onChange={(person) => person && give(person)}
          data={assignees}
          disabled={doing.isPending}
          comboboxProps={{ transitionProps: { duration: 0 } }}
        />
      )}
      <Button size="xs" variant="default" onClick={() => act(say("snoozedDone"), asleep(now))}>
        {say("snoozeAll")}
      </Button>
    </div>
  );
}
