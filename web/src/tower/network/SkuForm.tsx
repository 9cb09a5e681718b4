import { useQueryClient } from "@tanstack/react-query";
import { api, asked, type Shapes, versioned } from "../../api/client";
import { amountOf } from "../../model/typed";
import { type Say, useWords } from "../../model/words";
import { useEdited } from "../../ui/edited";
import { type Field, Form } from "../../ui/Form";
import { Panel } from "../../ui/Panel";
import { goodsWords } from "./goodsWords";
import { skuOf } from "./model";
import { networkWords } from "./words";

type Sku = Shapes["Sku"];

const NEW: Sku = {
  code: "",
  name: "",
  weight_g: 0,
  volume_cm3: 0,
  length_mm: 0,
  width_mm: 0,
  height_mm: 0,
  keeps_upright: false,
  ships_as_is: false,
  price_cents: 0,
  cost_cents: 0,
  currency: "EUR",
  is_sold: true,
  is_hazardous: false,
  is_bulky: false,
  is_digital: false,
  category: "",
  tracking: "untracked",
  withdrawal_bar: "none",
  minimum_days: 0,
  barcodes: [],
};

interface EditSkuProps {
  /** Null: a new one. */
  code: string | null;
  done: () => void;
  saved?: (code: string) => void;
}

/** A SKU, new or as it is; an edit of somebody else is not run over. */
export function EditSku({ code, done, saved }: EditSkuProps) {
  const say = useWords(goodsWords);
  const sayNetwork = useWords(networkWords);
  const queries = useQueryClient();
  const one = useEdited<Sku>(["sku", code], async () =>
    code
      ? versioned(api.GET("/v1/skus/{sku}", { params: { path: { sku: code } } }))
      : { value: NEW, etag: "" },
  );
  return (
    <Panel query={one} lines={8}>
      {({ value, etag }) => (
        <Form
          fields={fieldsOf(value, say)}
          submit={sayNetwork(code ? "save" : "add")}
          cancel={done}
          send={async (given) => {
            const sku = (given.code ?? "").trim();
            await asked(
              api.PUT("/v1/skus/{sku}", {
                params: { path: { sku }, header: { "If-Match": etag || undefined } },
                body: skuOf(sku, given),
              }),
            );
            queries.invalidateQueries({ queryKey: ["skus"] });
            queries.invalidateQueries({ queryKey: ["sku", sku] });
            done();
            saved?.(sku);
          }}
        />
      )}
    </Panel>
  );
}

const BARS = [
  "none",
  "made_to_specification",
  "perishable",
  "sealed_hygiene",
  "sealed_media",
  "mixed",
  "press",
] as const;
const SIZES = ["weight_g", "volume_cm3", "length_mm", "width_mm", "height_mm"] as const;
const FLAGS = [
  "is_sold",
  "is_hazardous",
  "is_bulky",
  "is_digital",
  "keeps_upright",
  "ships_as_is",
] as const;

function fieldsOf(sku: Sku, say: Say<(typeof goodsWords)["en"]>): Field[] {
  return [
    {
      name: "code",
      label: say("sku"),
      value: sku.code,
      isRequired: true,
      isFixed: sku.code !== "",
    },
    { name: "name", label: say("name"), value: sku.name, isRequired: true },
    { name: "category", label: say("category"), value: sku.category },
    ...(["price_cents", "cost_cents"] as const).map(
      (name): Field => ({ name, label: say(name), value: amountOf(sku[name]), abreast: 3 }),
    ),
    { name: "currency", label: say("currency"), value: sku.currency, isRequired: true, abreast: 3 },
    ...SIZES.map(
      (name, place): Field => ({
        name,
        label: say(name),
        type: "number",
        value: String(sku[name]),
        abreast: place < 2 ? 2 : 3,
      }),
    ),
    ...FLAGS.map(
      (name): Field => ({
        name,
        label: say(name),
        type: "check",
        value: sku[name] ? "true" : "",
        abreast: 2,
      }),
    ),
    {
      name: "tracking",
      label: say("tracking"),
      type: "select",
      value: sku.tracking,
      options: (["untracked", "lot", "serial"] as const).map((value) => ({
        value,
        label: say(value),
      })),
    },
    {
      name: "withdrawal_bar",
      label: say("withdrawal_bar"),
      type: "select",
      value: sku.withdrawal_bar,
      options: BARS.map((value) => ({ value, label: say(value) })),
    },
    {
      name: "minimum_days",
      label: say("minimum_days"),
      type: "number",
      value: String(sku.minimum_days),
    },
    {
      name: "barcodes",
      label: say("barcodes"),
      type: "rows",
      columns: [
        { name: "gtin", label: say("gtin"), isRequired: true },
        { name: "units", label: say("units"), type: "number", value: "1", isRequired: true },
      ],
      rows: sku.barcodes.map(({ gtin, units }) => ({ gtin, units: String(units) })),
    },
  ];
}
