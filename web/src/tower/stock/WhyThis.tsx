import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { api, asked, type Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { useLanguage, useWords } from "../../model/words";
import { PAGE_ROWS, usePages } from "../../ui/pages";
import { useReason } from "../../ui/reasons";
import { type Column, Table } from "../../ui/Table";
import { causeOf } from "./causes";
import type { State } from "./model";
import { causeWords, movementWords, stockWords } from "./words";

type Entry = Shapes["StockEntry"];

/** A figure that somebody asks about. */
export interface About {
  node: string;
  state: State;
  units: number;
}

/** Every change of a SKU's units in one state at a node, newest first, from the first one on. */
export function WhyThis({ sku, about: { node, state } }: { sku: string; about: About }) {
  const say = useWords(stockWords);
  const sayKind = useWords(movementWords);
  const why = useWhy();
  const format = useFormat();
  const pages = usePages<Entry>(["stock", sku, "why", node, state], (cursor) =>
    asked(
      api.GET("/v1/skus/{sku}/nodes/{node}/entries", {
        params: { path: { sku, node }, query: { state: [state], cursor, limit: PAGE_ROWS } },
      }),
    ),
  );
  const columns: Column<Entry>[] = [
    { key: "when", head: say("when"), cell: (row) => format.moment(row.happened_at) },
    { key: "kind", head: say("kind"), cell: (row) => sayKind(row.kind as "sold") },
    {
      key: "before",
      head: say("before"),
      isNumber: true,
      cell: (row) => format.number(row.before),
    },
    {
      key: "change",
      head: say("change"),
      isNumber: true,
      cell: (row) => `${row.change > 0 ? "+" : ""}${format.number(row.change)}`,
    },
    {
      key: "after",
      head: say("after"),
      isNumber: true,
      cell: (row) => <b>{format.number(row.after)}</b>,
    },
    {
      key: "cause",
      head: say("cause"),
      isWide: true,
      cell: (row) => (
        <>
          <Cause cause={row.cause} /> <span className="hint">{why(row)}</span>
        </>
      ),
    },
  ];
  return (
    <Table
      label={say("whyOf", { sku, node, state: say(state) })}
      columns={columns}
      pages={pages}
      rowKey={(row) => `${row.seq} ${row.line} ${row.change}`}
      empty={say("whyEmpty")}
    />
  );
}

/** Why it moved: what Noria wrote and the root causes of counts in the reader's words. */
function useWhy(): (row: Entry) => string {
  const said = useReason();
  const language = useLanguage();
  const { data } = useQuery({
    queryKey: ["root-causes"],
    queryFn: () => asked(api.GET("/v1/root-causes")),
  });
  return ({ kind, cause, reason }) => {
    const isCount = kind === "counted" && cause.startsWith("count:");
    const root = isCount && data?.items.find(({ code }) => code === reason);
    return root ? root[language] : said(reason);
  };
}

/** What it was for, in words, with its page where it has one; of others' systems as they said it. */
function Cause({ cause }: { cause: string }) {
  const say = useWords(causeWords);
  const { can } = useMe();
  const { kind, id, to } = causeOf(cause);
  if (!(kind in causeWords.en)) return <code>{cause}</code>;
  const needs = kind === "order" ? "orders.read" : "supply.read";
  return (
    <>
      {say(kind as "order")}{" "}
      {to && can(needs) ? (
        <Link to={to} className="code">
          {id}
        </Link>
      ) : (
        <code>{id}</code>
      )}
    </>
  );
}
