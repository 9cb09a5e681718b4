import type { Shapes } from "../../api/client";
import { centsOf } from "../../model/typed";
import type { Meaning, Part } from "../../ui/parts";

type Row = Shapes["OrderRow"];
type Order = Shapes["Order"];
type Compared = Shapes["Compared"];

/** What an order's page asks again once something was done to it. */
export const KEYS = [["order"], ["orders"], ["exceptions"], ["today"]];

export const STAGES = [
  "waiting",
  "sourced",
  "picked",
  "packed",
  "shipped",
  "delivered",
  "cancelled",
] as const;
export type Stage = (typeof STAGES)[number];

export function meaningOf(row: Pick<Row, "stage" | "is_held">): Meaning {
  if (row.is_held || row.stage === "waiting") return "soon";
  return row.stage === "delivered" ? "good" : "plain";
}

/** What an order is judged by next: its departure while it has not left, else the promised day. */
export function deadlineOf(row: Pick<Row, "stage" | "leaves_at" | "promised_to">): string | null {
  const leaves = ["sourced", "picked", "packed"].includes(row.stage) ? row.leaves_at : null;
  return leaves ?? row.promised_to ?? null;
}

export function isOver(stage: string): boolean {
  return stage === "delivered" || stage === "cancelled";
}

const TERMS = [
  "freight",
  "shipping",
  "goods",
  "handling",
  "overtime",
  "split",
  "lateness",
  "waiting",
  "not_found",
  "opportunity",
  "markdown",
] as const;
export type TermName = (typeof TERMS)[number];

/** What something costs as parts of a bar, in a fixed order; what is nothing is left out. */
export function parts(
  terms: Readonly<Record<string, number>>,
  say: (term: TermName) => string,
  money: (cents: number) => string,
): Part[] {
  const known = new Set<string>(TERMS);
  const names = [...TERMS, ...Object.keys(terms).filter((name) => !known.has(name))];
  return names
    .filter((name) => terms[name])
    .map((name) => ({
      key: name,
      label: known.has(name) ? say(name as TermName) : name,
      value: terms[name] ?? 0,
      said: money(terms[name] ?? 0),
    }));
}

export function costOf(terms: Readonly<Record<string, number>>): number {
  return Object.values(terms).reduce((sum, cents) => sum + cents, 0);
}

/** The dearest plan: all bars are drawn to its length. */
export function dearest(compared: readonly Pick<Compared, "terms">[]): number {
  return Math.max(
    1,
    ...compared.map(({ terms }) =>
      Object.values(terms).reduce((sum, cents) => sum + Math.max(0, cents), 0),
    ),
  );
}

/** Legs that can still go from elsewhere: nobody has picked them. */
export function openLegs(order: Pick<Order, "legs">): string[] {
  return order.legs
    .filter((leg) => leg.picked_at === null && leg.withdrawn_at === null)
    .map((leg) => leg.id);
}

/** What it takes to lift a hold of each kind. */
const LIFTED_BY: Readonly<Record<string, string>> = {
  payment: "orders.pay",
  fraud: "orders.clear",
  address: "orders.write",
  manual: "orders.write",
};

/** Of what holds an order, the kinds that this reader may lift. */
export function liftable(
  kinds: readonly string[],
  can: (permission: string) => boolean,
): readonly string[] {
  return kinds.filter((kind) => can(LIFTED_BY[kind] ?? "orders.write"));
}

/** Whether what is added to it is owed: some of it was paid before. */
export function isPaidFor(order: Pick<Order, "payment" | "owed_cents">): boolean {
  return order.payment === "paid" || (order.owed_cents ?? 0) > 0;
}

export function mayChange(order: Pick<Order, "editable">, what: string): boolean {
  return order.editable.some((one) => one.what === what && one.is_open);
}

/** Of a SKU the last so many orders are found at each node, by any other way of asking more. */
const LEAST_FOUND = 20;

/** Whether a search that found so many may have left others out. */
export function isMaybeMore(found: number): boolean {
  return found >= LEAST_FOUND;
}

type Person = Readonly<Partial<Record<string, string>>>;

/**
 * Of who opens the door, what was typed otherwise than it is known. Where it is not known to whoever
 * types (undefined), a field that was left empty stays as it is.
 */
export function changedPerson(
  known: Person | null | undefined,
  typed: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(typed)
      .map(([name, text]) => [name, text.trim()] as const)
      .filter(([name, text]) => text !== (known?.[name] ?? "")),
  );
}

/** Whether an order has to do with a node where `may` holds: collected, sent or once picked there. */
export function isTheirs(
  order: Pick<Order, "store" | "legs">,
  may: (node: string) => boolean,
): boolean {
  const nodes = order.legs
    .filter((leg) => leg.withdrawn_at === null || leg.picked_at !== null)
    .map((leg) => leg.node);
  return [...nodes, order.store].some((node) => node !== null && may(node));
}

export type Way = "wayPlanned" | "wayUnder" | "wayOver";

/** How far a leg is on its way: a plan, under way, or over. */
export function wayOf(leg: Pick<Shapes["Leg"], "shipped_at" | "delivered_at">): Way {
  if (leg.delivered_at) return "wayOver";
  return leg.shipped_at ? "wayUnder" : "wayPlanned";
}

/** Lines whose wanted units were changed, as an edit says them. */
export function changedLines(
  lines: readonly Pick<Shapes["OrdersLine"], "line" | "quantity" | "cancelled">[],
  typed: Readonly<Record<string, string>>,
): { line: number; quantity: number }[] {
  return lines.flatMap(({ line, quantity, cancelled }) => {
    const wanted = Number(typed[`line-${line}`]);
    const isChanged = typed[`line-${line}`] !== undefined && wanted !== quantity - cancelled;
    return isChanged && Number.isInteger(wanted) && wanted >= 0 ? [{ line, quantity: wanted }] : [];
  });
}

/** Deliveries that can be asked for without a window: the day follows from the nodes. */
export const PLAIN_WAYS = ["home_standard", "home_express", "relay", "pick_up"] as const;

type Delivery = NonNullable<Shapes["EditBody"]["delivery"]>;
type Promised = Pick<
  Shapes["PromiseWay"],
  "option" | "store" | "relay" | "first" | "last" | "chance" | "ready_at"
>;

/** The delivery that was chosen: one of the ways, by its place, with its window; or a plain one. */
export function deliveryOf(
  typed: Readonly<Record<string, string>>,
  ways: readonly Promised[],
  paid: Pick<Order, "delivery_cents" | "delivery_tax_cents">,
): Delivery {
  const price_cents = centsOf(typed.price) ?? 0;
  const tax_cents = taxOf(price_cents, paid);
  const way = ways[Number(typed.way)];
  if (way) {
    const { option, store, relay, first, last, chance, ready_at } = way;
    return {
      option,
      store,
      relay,
      price_cents,
      tax_cents,
      told: { first, last, chance, ready_at },
    };
  }
  const option = typed.way as Delivery["option"];
  const point = typed.point?.trim() || null;
  return {
    option,
    relay: option === "relay" ? point : null,
    store: option === "pick_up" ? point : null,
    price_cents,
    tax_cents,
    told: null,
  };
}

/** The same share of tax as in what was paid until now. */
function taxOf(price: number, paid: Pick<Order, "delivery_cents" | "delivery_tax_cents">): number {
  if (!paid.delivery_cents) return 0;
  return Math.round((price * paid.delivery_tax_cents) / paid.delivery_cents);
}

/** So many stores are asked about at once. */
const MOST_STORES = 20;

type Spot = { latitude?: number | null; longitude?: number | null };

/** The stores that hand over, the nearest to a place first, as far as they are asked about. */
export function nearest(
  nodes: readonly Pick<
    Shapes["Node"],
    "code" | "kind" | "does_hand_over" | "latitude" | "longitude"
  >[],
  { latitude, longitude }: Spot,
): string[] {
  const far = (one: Spot) =>
    Math.hypot(
      (one.latitude ?? 0) - (latitude ?? 0),
      ((one.longitude ?? 0) - (longitude ?? 0)) * Math.cos(((latitude ?? 0) * Math.PI) / 180),
    );
  return nodes
    .filter(({ kind, does_hand_over }) => kind === "store" && does_hand_over)
    .sort((one, other) => far(one) - far(other) || one.code.localeCompare(other.code))
    .slice(0, MOST_STORES)
    .map(({ code }) => code);
}

const MESSAGE_MEANINGS: Readonly<Record<string, Meaning>> = { failed: "late", waiting: "soon" };

export function meaningOfMessage(state: string): Meaning {
  return MESSAGE_MEANINGS[state] ?? "plain";
}

const PARCEL_MEANINGS: Readonly<Record<string, Meaning>> = {
  delivered: "good",
  ready: "good",
  failed: "late",
  lost: "late",
  returning: "soon",
  returned: "soon",
};

export function meaningOfParcel(progress: string): Meaning {
  return PARCEL_MEANINGS[progress] ?? "plain";
}
