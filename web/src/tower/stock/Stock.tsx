import { TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Route, Routes, useSearchParams } from "react-router";
import { api, asked, type Shapes } from "../../api/client";
import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { usePages } from "../../ui/pages";
import { PageHead } from "../../ui/parts";
import { type Column, Table } from "../../ui/Table";
import { Counts } from "./lists/Counts";
import { Integrity, OneRun } from "./lists/Integrity";
import { Moving, OneMoving } from "./lists/Moving";
import { Nodes, OneNode } from "./lists/Nodes";
import { OneCount } from "./lists/OneCount";
import { Parts } from "./lists/Parts";
import { Value } from "./lists/Value";
import { OneSku } from "./OneSku";
import { stockWords } from "./words";

type Sku = Shapes["Sku"];

const CALM_MS = 200;

export default function Stock() {
  return (
    <Routes>
      <Route index element={<List />} />
      <Route path="all/nodes" element={<Nodes />} />
      <Route path="nodes/:node" element={<OneNode />} />
      <Route path="all/moving" element={<Moving />} />
      <Route path="moving/:kind/:id" element={<OneMoving />} />
      <Route path="all/counts" element={<Counts />} />
      <Route path="counts/:task" element={<OneCount />} />
      <Route path="all/value" element={<Value />} />
      <Route path="all/integrity" element={<Integrity />} />
      <Route path="integrity/:run" element={<OneRun />} />
      <Route path=":sku" element={<OneSku />} />
    </Routes>
  );
}

function List() {
  const say = useWords(stockWords);
  const format = useFormat();
  const [query, setQuery] = useSearchParams();
  const typed = query.get("q") ?? "";
  const [text] = useDebouncedValue(typed.trim(), CALM_MS);
  const pages = usePages(
    ["skus", text],
    (cursor) =>
      asked(
        api.GET("/v1/skus", {
          params: { query: { q: text || undefined, cursor, limit: 100 } },
        }),
      ),
    { keeps: true },
  );
  const columns: Column<Sku>[] = [
    { key: "sku", head: say("sku"), cell: (row) => <b className="code">{row.code}</b> },
    { key: "name", head: say("name"), cell: (row) => row.name },
    { key: "category", head: say("category"), cell: (row) => row.category || "—" },
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
        title={say("menu")}
        answer={say("answer")}
        side={
          <TextInput
            size="sm"
            type="search"
            className="search-box"
            aria-label={say("search")}
            placeholder={say("searchHint")}
            value={typed}
            onChange={(event) => {
              const value = event.currentTarget.value;
              setQuery(value ? { q: value } : {}, { replace: true });
            }}
          />
        }
      />
      <Parts />
      <Table
        label={say("list")}
        columns={columns}
        pages={pages}
        rowKey={(row) => row.code}
        to={(row) => `/stock/${row.code}`}
        empty={say("empty")}
      />
    </>
  );
}
