import { useState } from "react";
import { type Fault, Problem } from "../../../api/client";
import { type Format, useFormat } from "../../../model/format";
import { centsOf } from "../../../model/typed";
import { useWords } from "../../../model/words";
import type { Field, Option, Row } from "../../../ui/Form";
import { labelOf } from "../../../ui/lines";
import { packsOf, type SaySupply } from "./model";
import { isOfLots, isOfSerials, serialsOf, unitsOf } from "./units";
import { supplyWords } from "./words";

/** Asked again once something of supply was done. */
export const SUPPLY_KEYS = [["moving"], ["stock"], ["shelves"]];

interface LinesProps {
  find: (text: string) => Promise<readonly Option[]>;
  rows?: readonly Row[];
  hint?: string;
  hasCost?: boolean;
  hasReason?: boolean;
  /** Lots and serials are asked for, of SKUs that have them; as units come, until when they last. */
  unitsOf?: "received" | "sent";
}

/** Lines of SKUs: which, how many, of what; what each comes to is said below it. */
export function useLines(props: LinesProps): Field {
  const { find, rows, hint, hasCost, hasReason, unitsOf: told } = props;
  const say = useWords(supplyWords);
  const format = useFormat();
  const cost: Field = { name: "cost_cents", label: say("cost"), type: "number", value: "0.00" };
  const reason: Field = { name: "reason", label: say("reason") };
  const expires: Field = {
    name: "expires_on",
    label: say("expires"),
    type: "date",
    isFor: isOfLots,
  };
  const units: Field[] = [
    { name: "lot", label: say("lot"), isFor: isOfLots },
    ...(told === "received" ? [expires] : []),
    { name: "serials", label: say("serials"), type: "long", isFor: isOfSerials },
  ];
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
      ...(told ? units : []),
    ],
    noteOf: (row) => noteOf(row, say, format, props),
  };
}

function noteOf(row: Row, say: SaySupply, format: Format, asked: LinesProps): string {
  const units = unitsOf(row);
  if (!row.sku || Number.isNaN(units)) return "";
  const cents = centsOf(row.cost_cents) ?? 0;
  const hasSum = asked.hasCost && row.currency && Number.isFinite(cents);
  return [
    row.planned &&
      say("plannedIn", { count: Number(row.planned), units: format.number(Number(row.planned)) }),
    row.due && say("due", { count: Number(row.due), units: format.number(Number(row.due)) }),
    say("unitsIn", { count: units, units: format.number(units) }),
    hasSum && say("costs", { money: format.money(units * cents, row.currency) }),
    row.minimum && say("minimum", { units: format.number(Number(row.minimum)) }),
    Number(row.came) > 0 &&
      say("came", { count: Number(row.came), units: format.number(Number(row.came)) }),
    told(row, say, asked.unitsOf !== undefined),
  ]
    .filter(Boolean)
    .join(" · ");
}

/** Which units they are, where they can be told apart. */
function told(row: Row, say: SaySupply, hasUnits: boolean): string {
  if (!isOfLots(row) && !isOfSerials(row)) return "";
  if (!hasUnits) return say("tracked");
  if (isOfLots(row)) return say("lotHint");
  const count = serialsOf(row).length;
  return say("named", { count, units: unitsOf(row) });
}

/** The node that a document is for: one of those that may be chosen. */
export function nodeField(
  say: SaySupply,
  { find, options }: Pick<Field, "find" | "options">,
): Field {
  return { name: "node", label: say("node"), hint: say("nodeHint"), type: "search", find, options };
}

/** The day on which units are expected. */
export function dayField(say: SaySupply, value?: string): Field {
  return { name: "expected_on", label: say("expected"), type: "date", value, isRequired: true };
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
