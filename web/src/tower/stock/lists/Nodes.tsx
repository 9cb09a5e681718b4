import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearchParams } from "react-router";
import { api, asked, type Shapes } from "../../../api/client";
import { useMe } from "../../../app/me";
import { useFormat } from "../../../model/format";
import { nodeKindWords } from "../../../model/nodeKinds";
import { mayNetwork } from "../../../model/reach";
import { useWords } from "../../../model/words";
import { Panel } from "../../../ui/Panel";
import { PAGE_ROWS, usePages } from "../../../ui/pages";
import { Badge, PageHead } from "../../../ui/parts";
import { type Column, Table } from "../../../ui/Table";
import { AccuracyOf } from "./Accuracy";
import { type Stocked, stockedAt } from "./model";
import { Parts } from "./Parts";
import { listWords } from "./words";

type Row = Shapes["Node"] & Stocked;

/** A page of nodes, with what lies there and what it is worth, as far as one may see it. */
async function stocked(cursor: string | undefined, mayCount: boolean, mayValue: boolean) {
  const found = await asked(
    api.GET("/v1/nodes", { params: { query: { cursor, limit: PAGE_ROWS } } }),
  );
  const node = found.items.map(({ code }) => code);
  const query = { node, limit: 1000 };
  const isAny = node.length > 0;
  const [units, worth] = await Promise.all([
    mayCount && isAny ? asked(api.GET("/v1/node-units", { params: { query } })) : null,
    mayValue && isAny
      ? asked(api.GET("/v1/stock-value", { params: { query: { ...query, by: "node" } } }))
      : null,
  ]);
  const items: Row[] = found.items.map((one) => ({
    ...one,
    ...stockedAt(one.code, units?.items ?? null, worth?.items ?? null),
  }));
  return { items, next: found.next };
}

/** Every node with its units and what they are worth. */
export function Nodes() {
  const say = useWords(listWords);
  const sayKind = useWords(nodeKindWords);
  const format = useFormat();
  const { me, can } = useMe();
  const mayCount = can("stock.read");
  const mayValue = can("value.read");
  const pages = usePages<Row>(["nodes", "stocked", mayCount, mayValue], (cursor) =>
    stocked(cursor, mayCount, mayValue),
  );
  const columns: Column<Row>[] = [
    { key: "node", head: say("node"), cell: (row) => <b className="code">{row.code}</b> },
    { key: "name", head: say("name"), cell: (row) => row.name },
    { key: "kind", head: say("kind"), cell: (row) => sayKind(row.kind) },
  ];
  if (mayCount) {
    columns.push({
      key: "units",
      head: say("units"),
      isNumber: true,
      cell: (row) => format.number(can("stock.read", row.code) ? row.units : null),
    });
  }
  if (mayValue) {
    columns.push({
      key: "worth",
      head: say("worth"),
      isNumber: true,
      cell: (row) =>
        can("value.read", row.code) && row.worth?.length === 0
          ? format.money(0, me.currency)
          : format.sums(can("value.read", row.code) ? row.worth : null),
    });
  }
  return (
    <>
      <PageHead title={say("nodes")} answer={say("nodesAnswer")} />
      <Parts />
      <Table
        list="stock-nodes"
        label={say("nodes")}
        columns={columns}
        pages={pages}
        rowKey={(row) => row.code}
        to={(row) => `/stock/nodes/${row.code}`}
        empty={say("nodesEmpty")}
      />
    </>
  );
}

type Shelf = Shapes["NodeShelf"] & { free: number | null };

async function shelves(
  node: string,
  isDoubtful: boolean,
  mayPromise: boolean,
  cursor: string | undefined,
) {
  const query = { is_doubtful: isDoubtful, cursor, limit: PAGE_ROWS };
  const found = await asked(
    api.GET("/v1/nodes/{node}/shelves", { params: { path: { node }, query } }),
  );
  const skus = found.items.map(({ sku }) => sku);
  const free =
    mayPromise && skus.length > 0
      ? await asked(api.GET("/v1/availability", { params: { query: { sku: skus, node: [node] } } }))
      : null;
  const units = new Map(free?.items.map((one) => [one.sku, one.units]));
  const items: Shelf[] = found.items.map((row) => ({
    ...row,
    free: free && (units.get(row.sku) ?? 0),
  }));
  return { items, next: found.next };
}

/** All SKUs of a node: what lies there, what of it can be promised, and where the book is doubted. */
export function OneNode() {
  const say = useWords(listWords);
  const format = useFormat();
  const { reach, can } = useMe();
  const { node = "" } = useParams();
  const [query, setQuery] = useSearchParams();
  const isDoubtful = query.get("only") === "doubtful";
  const mayPromise = can("promise.read", node);
  const named = useQuery({
    queryKey: ["node", node],
    queryFn: () => asked(api.GET("/v1/nodes/{node}", { params: { path: { node } } })),
  });
  const pages = usePages(["shelves", node, isDoubtful, mayPromise], (cursor) =>
    shelves(node, isDoubtful, mayPromise, cursor),
  );
  const number = (key: "available" | "reserved" | "hold" | "damaged" | "in_transit") => ({
    key,
    head: say(key),
    isNumber: true,
    cell: (row: Shelf) => (row[key] > 0 ? format.number(row[key]) : ""),
  });
  const columns: Column<Shelf>[] = [
    {
      key: "sku",
      head: say("sku"),
      cell: (row) => (
        <>
          <b className="code">{row.sku}</b> <span className="hint">{row.name}</span>
        </>
      ),
    },
    number("available"),
    number("reserved"),
    number("hold"),
    number("damaged"),
    number("in_transit"),
    {
      key: "free",
      head: say("free"),
      isNumber: true,
      cell: (row) =>
        row.free !== null && row.free <= 0 && row.available > 0 ? (
          <span className="soon">{say("nothingFree")}</span>
        ) : (
          format.number(row.free)
        ),
    },
    ...(can("value.read", node)
      ? [
          {
            key: "worth",
            head: say("worth"),
            isNumber: true,
            cell: (row: Shelf) => format.money(row.value_cents, row.currency),
          },
        ]
      : []),
    {
      key: "looked",
      head: say("looked"),
      cell: (row) => (row.looked_at ? format.day(row.looked_at) : say("never")),
    },
    { key: "doubt", head: say("doubt"), cell: (row) => <Doubt row={row} /> },
  ];
  return (
    <>
      <PageHead
        title={named.data ? `${node} · ${named.data.name}` : node}
        answer={named.data && `${named.data.postcode} ${named.data.town}`}
        side={
          <>
            {mayNetwork(reach) && <Link to={`/network/nodes/${node}`}>{say("edited")}</Link>}
            <Link to="/stock/all/nodes">{say("back")}</Link>
          </>
        }
      />
      <Parts />
      <AccuracyOf node={node} />
      <SegmentedControl
        className="above-table"
        size="xs"
        aria-label={say("doubt")}
        value={isDoubtful ? "doubtful" : "all"}
        onChange={(only) => setQuery(only === "all" ? {} : { only }, { replace: true })}
        data={[
          { value: "all", label: say("all") },
          { value: "doubtful", label: say("doubtful") },
        ]}
      />
      <Table
        list="stock-of-node"
        label={say("shelves")}
        columns={columns}
        pages={pages}
        rowKey={(row) => row.sku}
        to={(row) => `/stock/${row.sku}`}
        empty={say(isDoubtful ? "shelvesSure" : "shelvesEmpty")}
      />
    </>
  );
}

function Doubt({ row }: { row: Shelf }) {
  const say = useWords(listWords);
  if (row.gaps === 0 && row.refused === 0) return null;
  return (
    <Badge meaning="soon">
      {[
        row.gaps > 0 && say("gaps", { count: row.gaps }),
        row.refused > 0 && say("refused", { count: row.refused }),
      ]
        .filter(Boolean)
        .join(" · ")}
    </Badge>
  );
}

/** What a SKU costs at each node. */
export function Costs({ sku }: { sku: string }) {
  const say = useWords(listWords);
  const format = useFormat();
  const costs = useQuery({
    queryKey: ["stock", sku, "cost"],
    queryFn: () => asked(api.GET("/v1/skus/{sku}/cost", { params: { path: { sku } } })),
  });
  return (
    <Panel
      title={say("costs")}
      query={costs}
      empty={(found) => found.items.length === 0 && say("costsEmpty")}
    >
      {(found) => (
        <table className="small-table">
          <thead>
            <tr>
              <th>{say("node")}</th>
              <th className="number">{say("average")}</th>
              <th className="number">{say("worth")}</th>
            </tr>
          </thead>
          <tbody>
            {found.items.map((one) => (
              <tr key={one.node}>
                <th scope="row">{one.node}</th>
                <td className="number">{format.money(one.average_cents, one.currency)}</td>
                <td className="number">{format.money(one.value_cents, one.currency)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
