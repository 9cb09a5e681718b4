import { Checkbox, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Route } from "react-router";
import { api, asked, type Shapes } from "../../api/client";
import { PageRoutes } from "../../app/Missing";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { isLetIn } from "../../model/reach";
import { useLanguage, useWords } from "../../model/words";
import { useFilters } from "../../ui/filters";
import { later } from "../../ui/later";
import { PAGE_ROWS, usePages } from "../../ui/pages";
import { PageHead } from "../../ui/parts";
import { type Column, Table } from "../../ui/Table";
import { Nodes, OneNode } from "./lists/Nodes";
import { Parts } from "./lists/Parts";
import { Value } from "./lists/Value";
import { OneSku } from "./OneSku";
import page from "./page";
import { stockWords } from "./words";

// Whoever looks at stock does not wait for what is on other tabs, nor for its forms.
const moving = () => import("./lists/Moving");
const Moving = later(moving, "Moving");
const OneMoving = later(moving, "OneMoving");
const Kept = later(() => import("./kept/Kept"), "Kept");
const Counts = later(() => import("./lists/Counts"), "Counts");
const OneCount = later(() => import("./lists/OneCount"), "OneCount");
const integrity = () => import("./lists/Integrity");
const Integrity = later(integrity, "Integrity");
const OneRun = later(integrity, "OneRun");

type Shelves = Shapes["SkuShelves"];

const CALM_MS = 200;

export default function Stock() {
  const { reach } = useMe();
  const hasIntegrity = isLetIn(reach, "/stock/all/integrity");
  return (
    <PageRoutes>
      <Route index element={<List />} />
      <Route path="all/nodes" element={<Nodes />} />
      <Route path="nodes/:node" element={<OneNode />} />
      <Route path="all/moving" element={<Moving />} />
      <Route path="moving/:kind/:id" element={<OneMoving />} />
      <Route path="all/kept" element={<Kept />} />
      <Route path="all/counts" element={<Counts />} />
      <Route path="counts/:task" element={<OneCount />} />
      <Route path="all/value" element={<Value />} />
      {hasIntegrity && <Route path="all/integrity" element={<Integrity />} />}
      {hasIntegrity && <Route path="integrity/:run" element={<OneRun />} />}
      <Route path=":sku" element={<OneSku />} />
    </PageRoutes>
  );
}

function List() {
  const say = useWords(stockWords);
  const title = page.title[useLanguage()];
  const format = useFormat();
  const [query, set] = useFilters();
  const typed = query.get("q") ?? "";
  const isStocked = query.get("stocked") === "1";
  const [text] = useDebouncedValue(typed.trim(), CALM_MS);
  const pages = usePages(
    ["shelves", text, isStocked],
    (cursor) =>
      asked(
        api.GET("/v1/shelves", {
          params: {
            query: { q: text || undefined, is_stocked: isStocked, cursor, limit: PAGE_ROWS },
          },
        }),
      ),
    { keeps: true },
  );
  const columns: Column<Shelves>[] = [
    {
      key: "sku",
      head: say("sku"),
      isWide: true,
      cell: (row) => (
        <span className="two-lines">
          <b className="code">{row.sku}</b>
          <span>{row.name}</span>
          {row.category && <span className="hint">{row.category}</span>}
        </span>
      ),
    },
    {
      key: "available",
      head: say("availableHead"),
      isNumber: true,
      cell: (row) => <b>{format.number(row.available)}</b>,
    },
    {
      key: "reserved",
      head: say("reservedHead"),
      isNumber: true,
      cell: (row) => format.number(row.reserved),
    },
    { key: "else", head: say("elseHead"), isNumber: true, cell: (row) => <Else of={row} /> },
    {
      key: "nodes",
      head: say("nodesHead"),
      isNumber: true,
      cell: (row) => format.number(row.nodes),
    },
    {
      key: "price",
      head: say("price"),
      isNumber: true,
      cell: (row) => format.money(row.price_cents, row.currency),
    },
  ];
  return (
    <>
      <PageHead
        title={title}
        answer={say("answer")}
        side={
          <>
            <Checkbox
              size="sm"
              label={say("stocked")}
              checked={isStocked}
              onChange={(event) => set("stocked", event.currentTarget.checked ? "1" : "")}
            />
            <TextInput
              size="sm"
              type="search"
              className="search-box"
              aria-label={say("search")}
              placeholder={say("searchHint")}
              value={typed}
              onChange={(event) => set("q", event.currentTarget.value)}
            />
          </>
        }
      />
      <Parts />
      <Table
        list="stock"
        label={say("list")}
        columns={columns}
        pages={pages}
        rowKey={(row) => row.sku}
        to={(row) => `/stock/${row.sku}`}
        empty={say(isStocked ? "emptyStocked" : "empty")}
      />
    </>
  );
}

const ELSE = ["in_transit", "returning", "hold", "damaged"] as const;

/** Units that are there and not for sale, state by state; most SKUs have none. */
function Else({ of }: { of: Shelves }) {
  const say = useWords(stockWords);
  const format = useFormat();
  const some = ELSE.filter((state) => of[state] > 0);
  if (some.length === 0) return format.number(0);
  return some.map((state) => (
    <div key={state}>
      {format.number(of[state])} <span className="hint">{say(state)}</span>
    </div>
  ));
}
