import { Link } from "react-router";
import { api, asked, type Shapes } from "../../api/client";
import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { PAGE_ROWS, usePages } from "../../ui/pages";
import { type Column, Table } from "../../ui/Table";
import type { State } from "./model";
import { movementWords, stockWords } from "./words";

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
          <Cause cause={row.cause} /> <span className="hint">{row.reason}</span>
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

function Cause({ cause }: { cause: string }) {
  return cause.startsWith("order:") ? (
    <Link to={`/orders/${cause.slice("order:".length)}`} className="code">
      {cause}
    </Link>
  ) : (
    <code>{cause}</code>
  );
}
