import type { Shapes } from "../../api/client";
import type { Format } from "../../model/format";
import { can, canEverywhere, isLetIn, type Reach, type Role, roleOf } from "../../model/reach";

type Look = Shapes["Look"];

const DAY_MS = 86_400_000;

/** What a file of each kind takes to be brought in, beside `files.import`. */
const WRITES: Readonly<Record<string, string>> = {
  catalog: "catalog.write",
  network: "network.write",
  zonings: "network.write",
  tariffs: "network.write",
  stock: "stock.write",
  orders: "orders.write",
  "keep-backs": "promise.write",
  asns: "supply.write",
  "channel-measures": "policies.write",
  locations: "fulfilment.manage",
  boxes: "fulfilment.manage",
};
/** What belongs to the whole network is brought in by whoever may do so everywhere. */
const WHOLE = new Set([
  "catalog",
  "network",
  "zonings",
  "tariffs",
  "keep-backs",
  "channel-measures",
]);

const LOOKED_AT_BYTES = 1_000_000;
/** The first bytes of a workbook (PK), of Parquet (PAR), of an old workbook, of UTF-16. */
const NOT_CUT = ["504b", "5041", "d0cf", "fffe", "feff"];

/** What of a file is enough to look at: of a CSV its first lines, of others all. */
export async function firstLines(file: Blob): Promise<Blob> {
  if (file.size <= LOOKED_AT_BYTES) return file;
  const bytes = new Uint8Array(await file.slice(0, LOOKED_AT_BYTES).arrayBuffer());
  const mark = [...bytes.slice(0, 2)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const end = bytes.lastIndexOf(10) + 1;
  return NOT_CUT.includes(mark) || end === 0 ? file : file.slice(0, end);
}

export function mayBring(reach: Reach, kind: string): boolean {
  const permission = WRITES[kind];
  if (!permission || !can(reach, "files.import")) return false;
  return WHOLE.has(kind)
    ? canEverywhere(reach, "files.import") && canEverywhere(reach, permission)
    : can(reach, permission);
}

/** What each column of the file is to us, in its order; empty: left out. */
export type Chosen = readonly string[];

export function chosenBy(look: Pick<Look, "columns">): Chosen {
  return look.columns.map(({ column }) => column ?? "");
}

/** One column changed; what another had before it has no more: each of ours is there once. */
export function withColumn(chosen: Chosen, place: number, column: string): Chosen {
  return chosen.map((one, index) => {
    if (index === place) return column;
    return column && one === column ? "" : one;
  });
}

export function missingOf(look: Pick<Look, "known">, chosen: Chosen): string[] {
  return look.known
    .filter(({ name, is_required }) => is_required && !chosen.includes(name))
    .map(({ name }) => name);
}

/** Where what was found is put right; whoever may not open the network sees the stock of it. */
export function placeOf(
  subject: string,
  found: { key: string; sku: string | null; node: string | null },
  mayNetwork: boolean,
) {
  const edited = mayNetwork && subject !== "shelf";
  if (subject === "order") return `/orders/${found.key}`;
  if (found.sku) return edited ? `/network/skus/${found.sku}` : `/stock/${found.sku}`;
  if (found.node) return edited ? `/network/nodes/${found.node}` : `/stock/nodes/${found.node}`;
  return null;
}

/** The last day of what ends today; null: it has not held before, so there is nothing to keep. */
export function lastDay(valid_from: string | null, day: string): string | null {
  if (valid_from !== null && valid_from >= day) return null;
  return new Date(Date.parse(day) - DAY_MS).toISOString().slice(0, 10);
}

/** An id that nothing has yet: an edit of what is there would have to name its version. */
export function freeId(stem: string, taken: readonly string[]): string {
  const tries = [stem, ...taken.map((_, index) => `${stem}-${index + 2}`)];
  return tries.find((id) => !taken.includes(id)) ?? stem;
}

/** What the stores of a launch are judged by. */
export const CRITERIA = ["legs", "refused", "not_found", "on_time", "accuracy"] as const;

/** Legs are a number, the others are shares. */
export function writtenAs(criterion: string, value: number | null, format: Format): string {
  return criterion === "legs" ? format.number(value) : format.percent(value);
}

export type Hint =
  | "today"
  | "exceptions"
  | "orders"
  | "stock"
  | "stores"
  | "nextCounts"
  | "bring"
  | "docs"
  | "audit"
  | "integrity"
  | "value"
  | "moving";

const PLACES: Readonly<Record<Hint, string>> = {
  today: "/today",
  exceptions: "/exceptions",
  orders: "/orders",
  stock: "/stock",
  stores: "/first-hour#launches",
  nextCounts: "/stock/all/counts?show=next",
  bring: "/first-hour#load",
  docs: "/docs",
  audit: "/first-hour#audit",
  integrity: "/stock/all/integrity",
  value: "/stock/all/value",
  moving: "/stock/all/moving",
};

const GUIDES: Readonly<Record<Role, readonly Hint[]>> = {
  director: ["bring", "audit", "stores", "today", "value", "integrity"],
  operations: ["exceptions", "stores", "today", "orders", "nextCounts"],
  planner: ["stock", "moving", "audit", "value", "today"],
  integrator: ["docs", "bring", "audit", "orders"],
  auditor: ["integrity", "value", "nextCounts", "today"],
  store_manager: ["exceptions", "orders", "nextCounts", "moving"],
  store_associate: ["orders", "stock", "nextCounts"],
  read_only: ["today", "orders", "stock"],
};

/** The first steps of a reader: the kind of work that their permissions are for. */
export function guideOf(reach: Reach): { role: Role; steps: { hint: Hint; to: string }[] } {
  const role = roleOf(reach);
  const steps = GUIDES[role].map((hint) => ({ hint, to: PLACES[hint] }));
  return { role, steps: steps.filter(({ to }) => isLetIn(reach, to)) };
}
