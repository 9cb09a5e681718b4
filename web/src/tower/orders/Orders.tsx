import { Select, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useEffect, useState } from "react";
import { Link, Route } from "react-router";
import { api, asked, type Shapes } from "../../api/client";
import { useLive } from "../../api/live";
import { PageRoutes } from "../../app/Missing";
import { useMe, useNow } from "../../app/me";
import { useFormat } from "../../model/format";
import { useLanguage, useWords } from "../../model/words";
import { useFilters } from "../../ui/filters";
import { usePages } from "../../ui/pages";
import { Badge, Deadline, PageHead } from "../../ui/parts";
import { useServiceName } from "../../ui/serviceNames";
import { type Column, Table } from "../../ui/Table";
import { deadlineOf, isMaybeMore, isOver, meaningOf, STAGES, type Stage } from "./model";
import { narrowedWords } from "./narrowedWords";
import { OneOrder } from "./OneOrder";
import page from "./page";
import { ordersWords } from "./words";

type Row = Shapes["OrderRow"];

export default function Orders() {
  return (
    <PageRoutes>
      <Route index element={<List />} />
      <Route path=":order" element={<OneOrder />} />
    </PageRoutes>
  );
}

function List() {
  const say = useWords(ordersWords);
  const title = page.title[useLanguage()];
  const { can } = useMe();
  const [query, set] = useFilters();
  const text = query.get("q") ?? "";
  const stage = query.get("stage");
  const sort = query.get("sort") === "oldest" ? "oldest" : "youngest";
  const reached = query.get("reached");
  const since = query.get("since");
  const node = query.get("node");
  useLive(["order.*", "leg.*", "shipment.*"], [["orders"]], can("events.read"));
  const pages = usePages(
    ["orders", text, stage, sort, reached, since, node],
    (cursor) =>
      asked(
        api.GET("/v1/orders", {
          params: {
            query: {
              q: text || undefined,
              stage: (stage as Stage | null) ?? undefined,
              reached: (reached as Stage | null) ?? undefined,
              placed_since: since ?? undefined,
              node: node ? [node] : undefined,
              sort,
              cursor,
              limit: 100,
            },
          },
        }),
      ),
    { keeps: true },
  );
  const count = pages.data?.pages.reduce((sum, page) => sum + page.items.length, 0) ?? 0;
  return (
    <>
      <PageHead
        title={title}
        answer={
          reached || since || node ? <Narrowed by={{ reached, since, node }} /> : say("answer")
        }
        side={
          <>
            <SearchBox text={text} search={(value) => set("q", value)} />
            <Select
              size="sm"
              aria-label={say("list")}
              value={stage ?? ""}
              onChange={(value) => set("stage", value)}
              data={[
                { value: "", label: say("any") },
                ...STAGES.map((value) => ({ value, label: say(value) })),
              ]}
              allowDeselect={false}
              comboboxProps={{ transitionProps: { duration: 0 } }}
            />
            <Select
              size="sm"
              aria-label={say("youngest")}
              value={sort}
              onChange={(value) => set("sort", value === "oldest" ? value : null)}
              data={(["youngest", "oldest"] as const).map((value) => ({
                value,
                label: say(value),
              }))}
              allowDeselect={false}
              comboboxProps={{ transitionProps: { duration: 0 } }}
            />
          </>
        }
      />
      <Table
        list="orders"
        label={say("list")}
        columns={useColumns()}
        pages={pages}
        rowKey={(row) => row.id}
        to={(row) => `/orders/${row.id}`}
        empty={say("empty")}
        end={text && isMaybeMore(count) ? say("firstFound") : undefined}
      />
    </>
  );
}

interface NarrowedProps {
  by: { reached: string | null; since: string | null; node: string | null };
}

/** What a number of another page has narrowed the list to, and the way back to all. */
function Narrowed({ by: { reached, since, node } }: NarrowedProps) {
  const say = useWords(narrowedWords);
  const sayOrders = useWords(ordersWords);
  const format = useFormat();
  const told = [
    since && say("placedSince", { at: format.moment(since) }),
    reached && say("orFurther", { stage: sayOrders(reached as Stage) }),
    node && say("atNode", { node }),
  ];
  return (
    <>
      {told.filter(Boolean).join(" · ")} <Link to="/orders">{say("showAll")}</Link>
    </>
  );
}

const CALM_MS = 200;

/** What is typed is asked for once the hand rests. */
function SearchBox({ text, search }: { text: string; search: (text: string) => void }) {
  const say = useWords(ordersWords);
  const [typed, type] = useState(text);
  const [wanted] = useDebouncedValue(typed, CALM_MS);
  useEffect(() => type(text), [text]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed is searched for
  useEffect(() => {
    if (wanted === typed && wanted.trim() !== text) search(wanted.trim());
  }, [wanted]);
  return (
    <TextInput
      size="sm"
      type="search"
      className="search-box"
      aria-label={say("search")}
      placeholder={say("searchHint")}
      value={typed}
      onChange={(event) => type(event.currentTarget.value)}
    />
  );
}

/** The five fixed slots: who, from where, how it moves, age, deadline with time left. */
function useColumns(): Column<Row>[] {
  const say = useWords(ordersWords);
  const nameOf = useServiceName();
  const format = useFormat();
  const now = useNow();
  return [
    {
      key: "who",
      head: say("who"),
      cell: (row) => (
        <span className="two-lines">
          <span>
            <b className="code">{row.id}</b> {row.customer}
          </span>
          <span className="hint">
            {row.town} · {row.channel}
          </span>
        </span>
      ),
    },
    {
      key: "from",
      head: say("from"),
      cell: (row) =>
        row.nodes.length > 0 ? (
          row.nodes.join(" + ")
        ) : (
          <span className="hint">{say("nowhere")}</span>
        ),
    },
    {
      key: "how",
      head: say("how"),
      cell: (row) => (
        <span className="two-lines">
          <span>
            <Badge meaning={meaningOf(row)}>{say(row.stage)}</Badge>{" "}
            {row.is_held && <Badge meaning="soon">{say("held")}</Badge>}
          </span>
          <span className="hint">
            {[row.option && say(row.option), ...row.services.map(nameOf)]
              .filter(Boolean)
              .join(" · ")}
          </span>
        </span>
      ),
    },
    {
      key: "age",
      head: say("age"),
      cell: (row) => (
        <span className="two-lines">
          {format.ago(row.placed_at, now)}
          <span className="hint">{format.moment(row.placed_at)}</span>
        </span>
      ),
    },
    {
      key: "deadline",
      head: say("deadline"),
      cell: (row) => <Deadline at={deadlineOf(row)} now={now} isDone={isOver(row.stage)} />,
    },
    {
      key: "value",
      head: say("value"),
      isNumber: true,
      cell: (row) => (
        <span className="two-lines">
          {format.money(row.value_cents, row.currency)}
          <span className="hint">{say("units", { count: row.units })}</span>
        </span>
      ),
    },
  ];
}
