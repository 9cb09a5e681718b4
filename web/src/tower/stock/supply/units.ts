import type { Fault, Shapes } from "../../../api/client";
import { numberOf } from "../../../model/typed";
import type { Row } from "../../../ui/Form";
import type { SaySupply } from "./model";

/** As printed on a unit: no blanks, and short enough to be a code. */
const PRINTED = /^[!-~]{1,64}$/;
/** What the API keeps for units that nobody told apart. */
const UNTOLD = "?";

/** Units of a line: so many, of one unit or of a pack of several. */
export function unitsOf(row: Row): number {
  return (numberOf(row.quantity) ?? Number.NaN) * Number(row.pack || 1);
}

export function isOfLots(row: Row): boolean {
  return row.tracking === "lot";
}

export function isOfSerials(row: Row): boolean {
  return row.tracking === "serial";
}

/** Scanned one after another, or typed with blanks or commas between. */
export function serialsOf(row: Row): string[] {
  if (!isOfSerials(row)) return [];
  return (row.serials ?? "").split(/[\s,;]+/).filter(Boolean);
}

function lotOf(row: Row): string {
  return isOfLots(row) ? (row.lot ?? "").trim() : "";
}

/** What tells lines apart: a SKU may have one for each of its lots. */
export function lineKey(row: Row): string {
  const lot = lotOf(row);
  return lot ? `${row.sku} ${lot}` : (row.sku ?? "");
}

/** What cannot be a lot or a serial, or is more than there are units. */
export function wrongUnits(rows: readonly Row[], say: SaySupply): Fault[] {
  return rows.flatMap((row, index) => {
    const at = (name: string, message: string) => ({ pointer: `/lines/${index}/${name}`, message });
    const lot = lotOf(row);
    if (lot && !PRINTED.test(lot)) return [at("lot", say("notPrinted", { code: lot }))];
    if (!lot && isOfLots(row) && row.expires_on) return [at("lot", say("whichLot"))];
    const serials = serialsOf(row);
    const odd = serials.find((one) => !PRINTED.test(one) || one === UNTOLD);
    if (odd) return [at("serials", say("notPrinted", { code: odd }))];
    const again = serials.find((one, place) => serials.indexOf(one) < place);
    if (again) return [at("serials", say("twice", { sku: again }))];
    const count = unitsOf(row);
    return serials.length > count
      ? [at("serials", say("tooMany", { count, named: serials.length }))]
      : [];
  });
}

/** The rows of one SKU as the line of a receipt: what is told of its units comes with it. */
export function lineOf(sku: string, rows: readonly Row[]): Shapes["ReceivedLine"] {
  const lots = rows.flatMap((row) => {
    const lot = lotOf(row);
    const quantity = unitsOf(row);
    return lot && quantity > 0 ? [{ lot, quantity, expires_on: row.expires_on || null }] : [];
  });
  const quantity = sum(rows.map(unitsOf));
  return { sku, quantity, reason: reasonOf(rows), lots, serials: rows.flatMap(serialsOf) };
}

/**
 * A line of a SKU that has lots, as a line for each that is to be taken: the first to expire first;
 * what no lot is proposed for stays to be told.
 */
export function lotRows(row: Row, next: readonly { lot: string; quantity: number }[] = []): Row[] {
  const named = next.map(({ lot, quantity }) => ({
    ...row,
    lot: lot === UNTOLD ? "" : lot,
    quantity: String(quantity),
  }));
  const left = unitsOf(row) - sum(next.map(({ quantity }) => quantity));
  const untold = named.find(({ lot }) => lot === "");
  if (untold) untold.quantity = String(Number(untold.quantity) + left);
  return untold || left === 0 ? named : [...named, { ...row, quantity: String(left) }];
}

export function reasonOf(rows: readonly Row[]): string {
  return rows.map((row) => (row.reason ?? "").trim()).find(Boolean) ?? "";
}

/** The rows of each SKU, in the order in which it was first named. */
export function bySku(rows: readonly Row[]): Map<string, Row[]> {
  const found = new Map<string, Row[]>();
  for (const row of rows) {
    const sku = row.sku ?? "";
    found.set(sku, [...(found.get(sku) ?? []), row]);
  }
  return found;
}

export function sum(units: readonly number[]): number {
  return units.reduce((total, one) => total + one, 0);
}
