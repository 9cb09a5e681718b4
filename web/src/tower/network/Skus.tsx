import { Button, Modal, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { api, asked, type Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { usePages } from "../../ui/pages";
import { PageHead } from "../../ui/parts";
import { type Column, Table } from "../../ui/Table";
import { goodsWords } from "./goodsWords";
import { EditSku } from "./SkuForm";
import { networkWords } from "./words";

type Sku = Shapes["Sku"];

const CALM_MS = 200;

export function Skus() {
  const say = useWords(networkWords);
  const sayGoods = useWords(goodsWords);
  const format = useFormat();
  const navigate = useNavigate();
  const { canEverywhere } = useMe();
  const [query, setQuery] = useSearchParams();
  const [isAdding, setAdding] = useState(false);
  const typed = query.get("q") ?? "";
  const [text] = useDebouncedValue(typed.trim(), CALM_MS);
  const pages = usePages(
    ["skus", "catalog", text],
    (cursor) =>
      asked(
        api.GET("/v1/skus", {
          params: { query: { q: text || undefined, cursor, limit: 100 } },
        }),
      ),
    { keeps: true },
  );
  const columns: Column<Sku>[] = [
    {
      key: "sku",
      head: sayGoods("sku"),
      cell: (row) => (
        <span className="two-lines">
          <b className="code">{row.code}</b> <span>{row.name}</span>
        </span>
      ),
    },
    { key: "category", head: sayGoods("category"), cell: (row) => row.category || "—" },
    {
      key: "barcodes",
      head: sayGoods("barcodes"),
      cell: (row) =>
        row.barcodes.length > 0 ? (
          <code>
            {row.barcodes[0]?.gtin}
            {row.barcodes.length > 1 ? ` +${row.barcodes.length - 1}` : ""}
          </code>
        ) : (
          "—"
        ),
    },
    {
      key: "weight",
      head: sayGoods("weight_g"),
      isNumber: true,
      cell: (row) => (row.weight_g > 0 ? format.number(row.weight_g) : "—"),
    },
    {
      key: "price",
      head: sayGoods("price"),
      isNumber: true,
      cell: (row) =>
        row.is_sold ? format.money(row.price_cents, row.currency) : sayGoods("notSold"),
    },
  ];
  return (
    <>
      <PageHead
        title={say("skus")}
        answer={say("skusAnswer")}
        side={
          <>
            <TextInput
              type="search"
              className="search-box"
              aria-label={say("search")}
              placeholder={say("searchSku")}
              value={typed}
              onChange={({ currentTarget }) =>
                setQuery(currentTarget.value ? { q: currentTarget.value } : {}, { replace: true })
              }
            />
            {canEverywhere("catalog.write") && (
              <Button onClick={() => setAdding(true)}>{sayGoods("newSku")}</Button>
            )}
          </>
        }
      />
      <Table
        list="skus"
        label={say("skus")}
        columns={columns}
        pages={pages}
        rowKey={(row) => row.code}
        to={(row) => `/network/skus/${row.code}`}
        empty={sayGoods("skusEmpty")}
      />
      <Modal
        opened={isAdding}
        onClose={() => setAdding(false)}
        title={sayGoods("newSku")}
        size="lg"
        transitionProps={{ duration: 0 }}
      >
        <EditSku
          code={null}
          done={() => setAdding(false)}
          saved={(code) => navigate(`/network/skus/${code}`)}
        />
      </Modal>
    </>
  );
}
