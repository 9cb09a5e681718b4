import type { Shapes } from "../../api/client";
import type { Sum } from "../../model/format";
import type { Meaning } from "../../ui/parts";

type Node = Shapes["NodeLoad"];

/** What waits at a node beside what it can do in a day: 1 is a full day; null where nobody knows. */
export function loadOf(node: Node): number | null {
  const shares = [
    node.units_per_day ? node.units / node.units_per_day : null,
    node.orders_per_day ? node.legs / node.orders_per_day : null,
  ].filter((share) => share !== null);
  return shares.length > 0 ? Math.max(...shares) : null;
}

export function meaningOf(node: Node): Meaning {
  const load = loadOf(node);
  if (node.late_legs > 0 || (load !== null && load > 1)) return "late";
  return load !== null && load > 0.75 ? "soon" : "plain";
}

export interface Bar {
  at: string;
  orders: number;
  money: readonly Sum[];
}

/** The next 24 hours, one bar each, also where nothing is due; the first holds what was due before. */
export function hoursFrom(now: string, risk: readonly Bar[]): Bar[] {
  const hour = 3_600_000;
  const first = Math.floor(Date.parse(now) / hour) * hour;
  const known = new Map(risk.map((bar) => [Date.parse(bar.at), bar]));
  return Array.from({ length: 24 }, (_, index) => {
    const at = first + index * hour;
    return known.get(at) ?? { at: new Date(at).toISOString(), orders: 0, money: [] };
  });
}

/** Of the promises at risk, those whose next step is due when the hours that are shown are over. */
export function dueLater(today: { at_risk: number; risk: readonly Pick<Bar, "orders">[] }): number {
  return Math.max(0, today.at_risk - today.risk.reduce((sum, bar) => sum + bar.orders, 0));
}

/** The list behind a number of the day: its orders, all or those that came so far. */
export function placedSince(data: { since: string } | undefined, reached?: string): string {
  if (!data) return "/orders";
  const query = new URLSearchParams({ since: data.since, ...(reached && { reached }) });
  return `/orders?${query}`;
}

/** The list behind the legs of a node: what it has to pick, the oldest first. */
export function toPick(node: string): string {
  return `/orders?${new URLSearchParams({ node, stage: "sourced", sort: "oldest" })}`;
}
