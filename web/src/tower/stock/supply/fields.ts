import { useState } from "react";
import { type Fault, Problem } from "../../../api/client";
import { type Format, useFormat } from "../../../model/format";
import { centsOf } from "../../../model/typed";
import { useWords } from "../../../model/words";
import type { Field, Option, Row } from "../../../ui/Form";
import { labelOf } from "../../../ui/lines";
import { packsOf, type SaySupply, unitsOf } from "./model";
import { supplyWords } from "./words";

/** Asked again once something of supply was done. */
export const SUPPLY_KEYS = [["moving"], ["stock"], ["shelves"]];

interface LinesProps {
  find: (text: string) => Promise<readonly Option[]>;
  rows?: readonly Row[];
  hint?: string;
  hasCost?: boolean;
  hasReason?: boolean;
}

/** Lines of SKUs: which, how many, of what; what each comes to is said below it. */
export function useLines({ find, rows, hint, hasCost, hasReason }: LinesProps): Field {
  const say = useWords(supplyWords);
  const format = useFormat();
  const cost: Field = { name: "cost_cents", label: say("cost"), type: "number", value: "0.00" };
  const reason: Field = { name: "reason", label: say("reason") };
  return {
    name: "lines",
    label: say("lines"),
    hint: hint ?? say("linesHint"),
    type: "rows",
    rows: rows ?? [
      { sku: "", quantity: "1", pack: "1", ...(hasCost ? { cost_cents: "0.00" } : {}) },
    ],
    columns: [
      { name: "sku", label: say("sku"), type: "search", find },
      { name: "quantity", label: say("quantity"), type: "number", value: "1" },
      {
        name: "pack",
        label: say("pack"),
        type: "select",
        value: "1",
        optionsOf: (row) =>
          packsOf(row).map((units) => ({
            value: String(units),
            label: units === 1 ? say("unit") : say("packOf", { units: format.number(units) }),
          })),
      },
      ...(hasCost ? [cost] : []),
      ...(hasReason ? [reason] : []),
    ],
    noteOf: (row) => noteOf(row, say, format, hasCost),
  };
}

function noteOf(row: Row, say: SaySupply, format: Format, hasCost?: boolean): string {
  const units = unitsOf(row);
  if (!row.sku || Number.isNaN(units)) return "";
  const cents = centsOf(row.cost_cents) ?? 0;
  const hasSum = hasCost && row.currency && Number.isFinite(cents);
  return [
    row.due && say("due", { count: Number(row.due), units: format.number(Number(row.due)) }),
    say("unitsIn", { count: units, units: format.number(units) }),
    hasSum && say("costs", { money: format.money(units * cents, row.currency) }),
    row.minimum && say("minimum", { units: format.number(Number(row.minimum)) }),
    Number(row.came) > 0 &&
      say("came", { count: Number(row.came), units: format.number(Number(row.came)) }),
    row.tracking && row.tracking !== "untracked" && say("tracked"),
  ]
    .filter(Boolean)
    .join(" · ");
}

/** The number of a document that is made: one of its own is proposed. */
export function useNumber(prefix: string): Field {
  const say = useWords(supplyWords);
  const [value] = useState(() => proposed(prefix));
  return { name: "id", label: say("number"), hint: say("numberHint"), value, isRequired: true };
}

/** A line of a document as one that can be edited, with what is known of its SKU. */
export function rowOf(known: ReadonlyMap<string, Option>, sku: string, quantity: number): Row {
  const option = known.get(sku);
  return {
    ...option?.fills,
    sku,
    [labelOf("sku")]: option?.label ?? sku,
    quantity: String(quantity),
    pack: "1",
  };
}

/** Nobody is asked for what cannot be: it is said at its field, as a refusal would be. */
export function refuse(faults: readonly Fault[], say: (key: "wrong" | "wrongTodo") => string) {
  if (faults.length === 0) return;
  throw new Problem("invalid", 422, say("wrong"), say("wrongTodo"), faults);
}

/** A number of one's own for a document that is made: sent again, it is the same one. */
export function proposed(prefix: string): string {
  return `${prefix}-${crypto.randomUUID().slice(0, 8)}`;
}
