import type { Shapes } from "../../../api/client";

export interface Stocked {
  /** On hand there; null for whoever may not see it. */
  units: number | null;
  /** What that is worth, each currency by itself; null for whoever may not see it. */
  worth: readonly { cents: number; currency: string }[] | null;
}

/** A line of what stock is worth: of a node, in one of the currencies that it has there. */
export interface Worth {
  key: string;
  currency: string;
  value_cents: number;
}

const ON_HAND = ["available", "reserved", "hold", "damaged"] as const;

/** What lies at a node and what it is worth, of what was told of many. */
export function stockedAt(
  node: string,
  units: readonly Shapes["NodeUnits"][] | null,
  worth: readonly Worth[] | null,
): Stocked {
  const there = units?.find((one) => one.node === node)?.units ?? {};
  return {
    units: units && ON_HAND.reduce((sum, state) => sum + (there[state] ?? 0), 0),
    worth:
      worth
        ?.filter(({ key }) => key === node)
        .map(({ currency, value_cents }) => ({ cents: value_cents, currency }))
        .sort((one, other) => other.cents - one.cents) ?? null,
  };
}

/** The interval of a share as a bar on a line of 100. */
export function spanOf({ lower, upper }: Pick<Shapes["Accuracy"], "lower" | "upper">) {
  return { x: 100 * lower, width: Math.max(0.5, 100 * (upper - lower)) };
}

/** A day is late once it is over and something of it is still to come. */
export function isLate(expectedOn: string, now: number): boolean {
  return Date.parse(`${expectedOn}T23:59:59`) < now;
}

export type Turn = "planned" | "underWay" | "received" | "cancelled";

/** How far a transfer has come. */
export function turnOf(
  one: Pick<Shapes["SupplyTransfer"], "dispatched_at" | "received_at"> &
    Partial<Pick<Shapes["SupplyTransfer"], "cancelled">>,
): Turn {
  if (one.cancelled) return "cancelled";
  if (one.received_at !== null) return "received";
  return one.dispatched_at === null ? "planned" : "underWay";
}

/** What is stale once something of a count changed. */
export const COUNT_KEYS = [["counts"], ["count"], ["accuracy"]];

/** The SKUs that a count is opened with: as many as one person walks in a while. */
export const COUNTED_AT_ONCE = 20;

export interface Supply {
  key: string;
  term: string;
  document: string;
  node: string;
  day: string;
  units: number;
  is_late: boolean;
}

const COMING = new Set(["purchase", "asn", "transfer", "production"]);

/** The API says what sort of document it is before its number: `purchase:PO-1`. */
function numberOf(document: string): string {
  return document.slice(document.indexOf(":") + 1);
}

/** What is on its way, the earliest first; what is late counts on no day. */
export function comingOf(terms: readonly Shapes["Term"][]): Supply[] {
  return terms
    .filter((one) => COMING.has(one.term) && one.day)
    .map((one, index) => ({
      key: `${one.term} ${one.document ?? ""} ${one.node ?? ""} ${one.day} ${index}`,
      term: one.term,
      document: numberOf(one.document ?? ""),
      node: one.node ?? "",
      day: one.day ?? "",
      units: one.units,
      is_late: one.is_late ?? false,
    }))
    .sort((one, other) => one.day.localeCompare(other.day) || one.key.localeCompare(other.key));
}
