import type { Shapes } from "../../api/client";
import { centsOf, numberOf, rowsOf } from "../../model/typed";
import type { Meaning } from "../../ui/parts";

type Node = Shapes["Node"];
type Standing = Shapes["NodeStanding"];

export const WEEK = [0, 1, 2, 3, 4, 5, 6] as const;

/** How full a node's day is: the fuller of its units and its orders; null where nobody knows. */
export function loadOf(one: Pick<Standing, "legs" | "units" | "units_today" | "orders_today">) {
  const shares = [share(one.units, one.units_today), share(one.legs, one.orders_today)].filter(
    (found) => found !== null,
  );
  return shares.length > 0 ? Math.max(...shares) : null;
}

function share(waits: number | null, most: number | null): number | null {
  if (waits === null || most === null) return null;
  if (most === 0) return waits > 0 ? 2 : 0;
  return waits / most;
}

export function loadMeaning(load: number | null): Meaning {
  if (load === null) return "plain";
  return load > 1 ? "late" : load > 0.75 ? "soon" : "plain";
}

/** 09:00:00 as people write it. */
export function shortTime(time: string): string {
  return time.slice(0, 5);
}

/** The spans of a weekday, in order: those of `hours`, or none. */
export function spansOn(hours: readonly Shapes["Hours"][], weekday: number): string[] {
  return hours
    .filter((one) => one.weekday === weekday)
    .map((one) => `${shortTime(one.opens)}–${shortTime(one.closes)}`)
    .sort();
}

type Values = Readonly<Record<string, string>>;

/** What a part of a node's form says of it: the other parts are left as they are. */
export const PATCHES = {
  basics: (given: Values): Partial<Node> => ({
    name: given.name,
    kind: given.kind as Node["kind"],
    country: given.country,
    street: given.street ?? "",
    address_more: given.address_more ?? "",
    postcode: given.postcode,
    town: given.town,
    latitude: numberOf(given.latitude) as number,
    longitude: numberOf(given.longitude) as number,
    time_zone: given.time_zone,
  }),
  abilities: (given: Values): Partial<Node> =>
    Object.fromEntries(ABILITIES.map((name) => [name, given[name] === "true"])),
  capacity: (given: Values): Partial<Node> => ({
    units_per_day: numberOf(given.units_per_day),
    orders_per_day: numberOf(given.orders_per_day),
    overtime_units: numberOf(given.overtime_units) ?? 0,
    overtime_cents: centsOf(given.overtime_cents) ?? 0,
    capacities: rowsOf(given.capacities).map((row) => ({
      weekday: row.when ? Number(row.when) : null,
      day: row.when ? null : row.day || null,
      units: numberOf(row.units),
      orders: numberOf(row.orders),
    })),
  }),
  handling: (given: Values): Partial<Node> => ({
    handling_minutes: numberOf(given.handling_minutes) ?? 0,
    handling_cents: centsOf(given.handling_cents) ?? 0,
    learns_handling: given.learns_handling === "true",
    lead_days: numberOf(given.lead_days) ?? 0,
    booking_days: numberOf(given.booking_days) ?? 1,
    buffer_units: numberOf(given.buffer_units) ?? 0,
  }),
  hours: (given: Values): Partial<Node> => ({
    hours: rowsOf(given.hours).map((row) => ({
      weekday: Number(row.weekday),
      opens: row.opens ?? "",
      closes: row.closes ?? "",
    })),
  }),
  days: (given: Values): Partial<Node> => ({
    region: given.region,
    keeps_holidays: given.keeps_holidays === "true",
    closures: rowsOf(given.closures).map((row) => ({
      day: row.day ?? "",
      reason: row.reason ?? "",
    })),
    openings: rowsOf(given.openings).map((row) => ({
      day: row.day ?? "",
      opens: row.opens ?? "",
      closes: row.closes ?? "",
      reason: row.reason ?? "",
    })),
  }),
  departures: (given: Values): Partial<Node> => ({
    departures: rowsOf(given.departures).map((row) => ({
      service: row.service ?? "",
      weekday: Number(row.weekday),
      cut_off: row.cut_off ?? "",
    })),
  }),
};

export type Section = keyof typeof PATCHES;

export const ABILITIES = [
  "is_open",
  "does_ship",
  "does_hand_over",
  "does_take_returns",
  "does_gift_wrap",
  "has_own_packaging",
  "takes_hazardous",
  "takes_bulky",
] as const;

export const NODE_KINDS = [
  "warehouse",
  "store",
  "dark_store",
  "supplier",
  "printer",
  "maker",
  "third_party",
  "marketplace",
  "relay",
  "digital",
] as const satisfies readonly Node["kind"][];

/** Cut-offs by service: each with its time on each weekday, or none. */
export function cutOffs(departures: readonly Shapes["Departure"][]) {
  const found = new Map<string, (string | null)[]>();
  for (const { service, weekday, cut_off } of departures) {
    const week = found.get(service) ?? WEEK.map(() => null);
    week[weekday] = shortTime(cut_off);
    found.set(service, week);
  }
  return [...found].sort(([one], [other]) => one.localeCompare(other));
}

/** What the form of a SKU says of it. */
export function skuOf(code: string, given: Values): Shapes["Sku"] {
  const whole = (name: string) => numberOf(given[name]) ?? 0;
  return {
    code,
    name: given.name ?? "",
    category: given.category ?? "",
    weight_g: whole("weight_g"),
    volume_cm3: whole("volume_cm3"),
    length_mm: whole("length_mm"),
    width_mm: whole("width_mm"),
    height_mm: whole("height_mm"),
    keeps_upright: given.keeps_upright === "true",
    ships_as_is: given.ships_as_is === "true",
    price_cents: centsOf(given.price_cents) ?? 0,
    cost_cents: centsOf(given.cost_cents) ?? 0,
    currency: given.currency ?? "",
    is_sold: given.is_sold === "true",
    is_hazardous: given.is_hazardous === "true",
    is_bulky: given.is_bulky === "true",
    is_digital: given.is_digital === "true",
    tracking: given.tracking as Shapes["Sku"]["tracking"],
    withdrawal_bar: given.withdrawal_bar as Shapes["Sku"]["withdrawal_bar"],
    minimum_days: whole("minimum_days"),
    barcodes: rowsOf(given.barcodes).map((row) => ({
      gtin: row.gtin ?? "",
      units: numberOf(row.units) ?? 1,
    })),
  };
}

/** What the form of a box says of it. */
export function boxOf(node: string, given: Values): Shapes["Box"] {
  const whole = (name: string) => numberOf(given[name]) ?? 0;
  return {
    node,
    code: (given.code ?? "").trim(),
    length_mm: whole("length_mm"),
    width_mm: whole("width_mm"),
    height_mm: whole("height_mm"),
    tare_g: whole("tare_g"),
    max_weight_g: whole("max_weight_g"),
  };
}
