import type { Shapes } from "../../../api/client";

/** The interval of a share as a bar on a line of 100. */
export function spanOf({ lower, upper }: Pick<Shapes["Accuracy"], "lower" | "upper">) {
  return { x: 100 * lower, width: Math.max(0.5, 100 * (upper - lower)) };
}

/** A day is late once it is over and something of it is still to come. */
export function isLate(expectedOn: string, now: number): boolean {
  return Date.parse(`${expectedOn}T23:59:59`) < now;
}

export type Turn = "planned" | "underWay" | "received";

/** How far a transfer has come. */
export function turnOf(one: Pick<Shapes["SupplyTransfer"], "dispatched_at" | "received_at">): Turn {
  if (one.received_at !== null) return "received";
  return one.dispatched_at === null ? "planned" : "underWay";
}

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

/** What is on its way, the earliest first; what is late counts on no day. */
export function comingOf(terms: readonly Shapes["Term"][]): Supply[] {
  return terms
    .filter((one) => COMING.has(one.term) && one.day)
    .map((one, index) => ({
      key: `${one.term} ${one.document ?? ""} ${one.node ?? ""} ${one.day} ${index}`,
      term: one.term,
      document: one.document ?? "",
      node: one.node ?? "",
      day: one.day ?? "",
      units: one.units,
      is_late: one.is_late ?? false,
    }))
    .sort((one, other) => one.day.localeCompare(other.day) || one.key.localeCompare(other.key));
}
