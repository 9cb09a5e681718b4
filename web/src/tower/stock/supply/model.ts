import type { Fault, Shapes } from "../../../api/client";
import { isLive } from "../../../model/dated";
import { amountOf, centsOf } from "../../../model/typed";
import type { Say } from "../../../model/words";
import type { Option, Row } from "../../../ui/Form";
import { bySku, lineKey, lineOf, reasonOf, sum, unitsOf } from "./units";
import type { supplyWords } from "./words";

export type SaySupply = Say<(typeof supplyWords)["en"]>;

/** Documents of more SKUs than this are changed by naming what is other, not by a form of them all. */
export const SHOWN_AT_ONCE = 50;

interface Packed {
  code: string;
  name: string;
  cost_cents: number;
  currency: string;
  tracking: string;
  barcodes: readonly { units: number }[];
}

/** A SKU as something to choose, counted in `pack` units; what is known of it fills its line. */
export function skuOption(sku: Packed, pack = 1): Option {
  const packs = [...new Set([1, pack, ...sku.barcodes.map(({ units }) => units)])];
  return {
    value: sku.code,
    label: `${sku.code} · ${sku.name}`,
    fills: {
      pack: String(pack),
      packs: packs.sort((one, other) => one - other).join(","),
      cost_cents: amountOf(sku.cost_cents),
      currency: sku.currency,
      tracking: sku.tracking,
      minimum: "",
      lot: "",
      expires_on: "",
      serials: "",
    },
  };
}

interface Term {
  price_cents: number;
  minimum_units: number;
  pack_units: number;
  valid_from: string;
  valid_until?: string | null;
}

/** What a line of it says once its supplier's terms are known: those that began last count. */
export function filledBy(terms: readonly Term[], fills: Row, day: string): Row {
  const live = terms.filter((term) => isLive(term, day));
  const term = live.sort((one, other) => one.valid_from.localeCompare(other.valid_from)).at(-1);
  if (!term) return {};
  const packs = new Set([...packsOf(fills), term.pack_units]);
  const chosen = Number(fills.pack ?? 1);
  return {
    cost_cents: amountOf(term.price_cents),
    packs: [...packs].sort((one, other) => one - other).join(","),
    pack: String(chosen > 1 ? chosen : term.pack_units),
    minimum: term.minimum_units > 1 ? String(term.minimum_units) : "",
  };
}

export function packsOf(row: Row): number[] {
  return (row.packs || "1").split(",").map(Number);
}

interface Bounds {
  /** The fewest units that a line may have. */
  least?: number;
  /** What has come of each SKU already. */
  came?: ReadonlyMap<string, number>;
  mayBeEmpty?: boolean;
}

/** What is wrong with lines, each at its place, before anybody is asked. */
export function wrongLines(rows: readonly Row[], say: SaySupply, bounds: Bounds = {}): Fault[] {
  const { least = 1, came, mayBeEmpty = false } = bounds;
  if (rows.length === 0) return mayBeEmpty ? [] : [{ pointer: "/lines", message: say("noLines") }];
  const seen = new Set<string>();
  return rows.flatMap((row, index) => {
    const wrong: Fault[] = [];
    const at = (name: string, message: string) =>
      wrong.push({ pointer: `/lines/${index}/${name}`, message });
    const sku = row.sku ?? "";
    if (sku === "") at("sku", say("noSku"));
    else if (seen.has(lineKey(row))) at("sku", say("twice", { sku }));
    seen.add(lineKey(row));
    const units = unitsOf(row);
    const already = came?.get(sku) ?? 0;
    if (!Number.isInteger(units) || units < least) at("quantity", say("notWhole", { least }));
    else if (units < already) at("quantity", say("tooFew", { count: already, units: already }));
    return wrong;
  });
}

export interface Wanted {
  sku: string;
  quantity: number;
  cost_cents?: number | null;
}

/** Lines of units, as they are ordered or planned; an empty cost says nothing of it. */
export function wantedOf(rows: readonly Row[], hasCost: boolean): Wanted[] {
  return rows.map((row) => {
    const cost_cents = hasCost ? centsOf(row.cost_cents) : null;
    const line = { sku: row.sku ?? "", quantity: unitsOf(row) };
    return cost_cents === null ? line : { ...line, cost_cents };
  });
}

/**
 * SKUs that a document has already, filled with what it says of them: what they would cost or how
 * they would be packed today changes nothing that was agreed.
 */
export function asItStands(
  options: readonly Option[],
  before: readonly Wanted[],
  came: ReadonlyMap<string, number>,
): Option[] {
  const known = new Map(before.map((line) => [line.sku, line]));
  return options.map((option) => {
    const line = known.get(option.value);
    const fills = { ...option.fills, ...(line ? standing(line, came) : { came: "0" }) };
    return { ...option, fills, learn: line ? undefined : option.learn };
  });
}

/** The cells of a line of a document as it stands. */
export function standing(line: Wanted, came: ReadonlyMap<string, number>): Row {
  return {
    quantity: String(line.quantity),
    pack: "1",
    cost_cents: amountOf(line.cost_cents ?? 0),
    came: String(came.get(line.sku) ?? 0),
  };
}

/**
 * What is other than it was, and of it only what is: a cost that is left out stays. A line that was
 * shown and is there no more is wanted no more.
 */
export function changesOf(
  before: readonly Wanted[],
  wanted: readonly Wanted[],
  areAllShown: boolean,
): Wanted[] {
  const known = new Map(before.map((line) => [line.sku, line]));
  const kept = new Set(wanted.map(({ sku }) => sku));
  const gone = areAllShown ? before.filter(({ sku }) => !kept.has(sku)) : [];
  const other = wanted.flatMap((line) => {
    const { sku, quantity, cost_cents } = line;
    const was = known.get(sku);
    if (!was) return quantity > 0 ? [line] : [];
    if (cost_cents != null && was.cost_cents !== cost_cents) return [line];
    return was.quantity !== quantity ? [{ sku, quantity }] : [];
  });
  return [...other, ...gone.map(({ sku }) => ({ sku, quantity: 0 }))];
}

interface Changed {
  before: readonly Wanted[];
  came: ReadonlyMap<string, number>;
  rows: readonly Row[];
  changes: readonly Wanted[];
  areAllShown: boolean;
}

/** What is wrong with a change: what has come cannot go, and something has to be left. */
export function wrongChange(of: Changed, say: SaySupply): Fault[] {
  const { before, came, rows, changes, areAllShown } = of;
  const named = new Set(rows.map(({ sku }) => sku));
  const taken = changes.filter(({ sku }) => !named.has(sku) && (came.get(sku) ?? 0) > 0);
  const wrong = [
    ...wrongLines(rows, say, { least: areAllShown ? 1 : 0, came, mayBeEmpty: true }),
    ...taken.map(({ sku }) => {
      const units = came.get(sku) ?? 0;
      return { pointer: "/lines", message: `${sku} · ${say("tooFew", { count: units, units })}` };
    }),
  ];
  if (wrong.length > 0 || leavesAny(before, changes)) return wrong;
  return [{ pointer: "/lines", message: say("nothingLeft") }];
}

/** All that was said, with what is named now in its place; of nothing, it is gone. */
export function withNamed(before: readonly Wanted[], named: readonly Wanted[]): Wanted[] {
  const after = new Map([...before, ...named].map((line) => [line.sku, line]));
  return [...after.values()].filter(({ quantity }) => quantity > 0);
}

/** The change that makes of these what they were before. */
export function undoOf(before: readonly Wanted[], changes: readonly Wanted[]): Wanted[] {
  const known = new Map(before.map((line) => [line.sku, line]));
  return changes.map(({ sku }) => known.get(sku) ?? { sku, quantity: 0 });
}

/** Whether anything would still be wanted after these changes. */
export function leavesAny(before: readonly Wanted[], changes: readonly Wanted[]): boolean {
  const after = new Map([...before, ...changes].map(({ sku, quantity }) => [sku, quantity]));
  return [...after.values()].some((quantity) => quantity > 0);
}

export interface Due {
  sku: string;
  due: number;
}

/** Lines of a receipt: what was counted, and of what was not shown all that was due. */
export function receivedOf(due: readonly Due[], rows: readonly Row[], areAllShown: boolean) {
  const counted = [...bySku(rows)].map(([sku, its]) => lineOf(sku, its));
  const named = new Set(counted.map(({ sku }) => sku));
  const rest = areAllShown ? [] : due.filter((one) => !named.has(one.sku) && one.due > 0);
  return [...counted, ...rest.map(({ sku, due }) => lineOf(sku, [{ quantity: String(due) }]))];
}

/** Lines that are not as they were due need a reason; what is short, only if nothing more comes. */
export function unexplained(
  due: readonly Due[],
  rows: readonly Row[],
  isLast: boolean,
  say: SaySupply,
): Fault[] {
  const known = new Map(due.map((one) => [one.sku, one.due]));
  return [...bySku(rows)].flatMap(([sku, its]) => {
    const expected = known.get(sku) ?? 0;
    const count = sum(its.map(unitsOf));
    const isOther = count > expected || (count < expected && isLast);
    if (!isOther || reasonOf(its)) return [];
    const index = rows.findIndex((row) => row.sku === sku);
    return [
      { pointer: `/lines/${index}/reason`, message: say("whyOther", { due: expected, count }) },
    ];
  });
}

/** Lines of what leaves: as it was loaded, and of what was not shown all that was planned. */
export function sentOf(
  planned: ReadonlyMap<string, number>,
  rows: readonly Row[],
  areAllShown: boolean,
): Shapes["UnitLine"][] {
  const loaded = receivedOf(
    [...planned].map(([sku, due]) => ({ sku, due })),
    rows,
    areAllShown,
  );
  return loaded.map(({ sku, quantity, lots, serials }) => ({ sku, quantity, lots, serials }));
}

/** What is loaded beyond the plan, or is not of it at all. */
export function unplanned(
  planned: ReadonlyMap<string, number>,
  rows: readonly Row[],
  say: SaySupply,
): Fault[] {
  return [...bySku(rows)].flatMap(([sku, its]) => {
    const units = planned.get(sku) ?? 0;
    if (sku === "" || sum(its.map(unitsOf)) <= units) return [];
    const index = rows.findLastIndex((row) => row.sku === sku);
    return [
      { pointer: `/lines/${index}/quantity`, message: say("tooMuch", { count: units, units }) },
    ];
  });
}
