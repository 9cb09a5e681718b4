import type { Fault, Shapes } from "../../api/client";
import { settingWords } from "./settingWords";

export type Content = Shapes["Content"];
export type Override = Shapes["Override"];
export type Protection = Shapes["Protection"];
export type Setting = Shapes["Setting"];
export interface Difference {
  pointer: string;
  before: unknown;
  after: unknown;
}
export type Value = number | boolean | string;

/** In what a setting is written: what is kept is `factor` times what is shown. */
export type Unit = "money" | "percent" | "chance" | "minutes" | "days" | "ms" | "times" | "plain";

export function unitOf(name: string): Unit {
  if (name.endsWith("_cents")) return "money";
  if (name.endsWith("_percent")) return "percent";
  if (name.endsWith("_minutes")) return "minutes";
  if (name.endsWith("_days")) return "days";
  if (name.endsWith("_ms")) return "ms";
  if (name.endsWith("_at_most")) return "times";
  return SHARES.has(name) ? "chance" : "plain";
}

const SHARES = new Set(["promised_chance", "late_told_below", "fraud_score_held"]);
const FACTORS: Readonly<Partial<Record<Unit, number>>> = { money: 100, chance: 0.01 };

/** What is kept as a person reads it: cents as money, shares as percents. */
export function shown(value: number, unit: Unit): number {
  return tidy(value / (FACTORS[unit] ?? 1));
}

/** What a person wrote as it is kept. */
export function kept(written: number, unit: Unit): number {
  const value = tidy(written * (FACTORS[unit] ?? 1));
  return unit === "money" ? Math.round(value) : value;
}

function tidy(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

export type Wrong = "missing" | "notWhole" | "beyond" | null;

/** What is wrong with a value, by the bounds that the API gives. */
export function wrongValue(setting: Setting, value: unknown): Wrong {
  if (setting.kind === "switch") return typeof value === "boolean" ? null : "missing";
  if (setting.kind === "choice") {
    return setting.choices.includes(String(value)) ? null : "missing";
  }
  if (typeof value !== "number" || Number.isNaN(value)) return "missing";
  if (setting.kind === "whole" && !Number.isInteger(value)) return "notWhole";
  const { minimum, maximum } = setting;
  const isBeyond = (minimum !== null && value < minimum) || (maximum !== null && value > maximum);
  return isBeyond ? "beyond" : null;
}

export const GROUPS = {
  promise: ["promised_chance", "late_day_cents", "late_told_below"],
  splitting: ["split", "split_value_cents", "most_legs", "split_cents", "waiting_day_cents"],
  window: ["window_minutes", "window_margin_minutes"],
  again: ["reoptimise_minutes", "reoptimise_at_most", "reoptimise_saves_cents"],
  cost: [
    ...["freight_percent", "handling_percent", "overtime_percent", "lateness_percent"],
    ...["not_found_percent", "not_found_cents", "markdown_percent", "markdown_cents"],
    ...["markdown_days", "preference", "preference_cents", "is_excluded"],
  ],
  worth: [
    "weighs_own_goods",
    "opportunity_percent",
    "missed_cents",
    "left_cents",
    "prices_fresh_minutes",
  ],
  pickup: ["collect_days", "collect_reminded_days"],
  back: [
    ...["withdrawal_days", "return_missing_days", "return_uninspected_days"],
    "refund_overdue_days",
  ],
  safety: ["fraud_score_held", "unpaid_days", "solve_ms"],
  channels: ["priority"],
} as const;
export type Group = keyof typeof GROUPS;

/** Settings that a form shows: one that changes nothing any more is kept as it is. */
export const SHOWN: readonly string[] = Object.values(GROUPS).flat();

export const PLACES = ["channel", "country", "category", "node", "node_kind"] as const;
export type PlaceName = (typeof PLACES)[number];

/** An id that no other one in the list has. */
export function freeId(base: string, taken: readonly string[]): string {
  let number = taken.length + 1;
  while (taken.includes(`${base}-${number}`)) number += 1;
  return `${base}-${number}`;
}

export function newOverride(taken: readonly string[]): Override {
  return {
    id: freeId("exception", taken),
    channel: null,
    country: null,
    category: null,
    node: null,
    node_kind: null,
    valid_from: null,
    valid_until: null,
    sets: {},
    reason: "",
  };
}

export function newProtection(taken: readonly string[], channel: string): Protection {
  return {
    id: freeId("protection", taken),
    channel,
    sku: null,
    category: null,
    node: null,
    node_kind: null,
    units: 1,
    days: null,
    valid_from: null,
    valid_until: null,
    reason: "",
  };
}

/** What can be told to be wrong before the API is asked; `message` is a word of the page. */
export function localFaults(content: Content, settings: readonly Setting[]): Fault[] {
  const known = new Map(settings.map((one) => [one.name, one]));
  const found: Fault[] = [];
  const values = content.settings as unknown as Readonly<Record<string, unknown>>;
  for (const setting of settings) {
    const wrong = wrongValue(setting, values[setting.name]);
    if (wrong) found.push({ pointer: `/settings/${setting.name}`, message: wrong });
  }
  for (const name of ["conversion", "margin", "rotation", "fresh_days"] as const) {
    if (!Number.isFinite(content.ranking[name])) {
      found.push({ pointer: `/ranking/${name}`, message: "missing" });
    }
  }
  content.overrides.forEach((one, index) => {
    const at = `/overrides/${index}`;
    found.push(...shared(one, at));
    if (PLACES.every((place) => one[place] === null) && !one.valid_from && !one.valid_until) {
      found.push({ pointer: at, message: "namesNothing" });
    }
    if (Object.keys(one.sets).length === 0) {
      found.push({ pointer: `${at}/sets`, message: "setsNothing" });
    }
    for (const [name, value] of Object.entries(one.sets)) {
      const setting = known.get(name);
      const wrong = setting && wrongValue(setting, value);
      if (wrong) found.push({ pointer: `${at}/sets/${name}`, message: wrong });
      if (setting && !setting.is_of_a_node && (one.node || one.node_kind)) {
        found.push({ pointer: `${at}/sets/${name}`, message: "notByNode" });
      }
    }
  });
  content.protections.forEach((one, index) => {
    const at = `/protections/${index}`;
    found.push(...shared(one, at));
    if ((one.units === null) === (one.days === null)) {
      found.push({ pointer: `${at}/units`, message: "unitsOrDays" });
    }
    if (one.sku && one.category)
      found.push({ pointer: `${at}/category`, message: "skuOrCategory" });
  });
  return found;
}

function shared(one: Override | Protection, at: string): Fault[] {
  const found: Fault[] = [];
  if (!/^[A-Za-z0-9._-]{1,30}$/.test(one.id)) found.push({ pointer: `${at}/id`, message: "badId" });
  if (!one.reason.trim()) found.push({ pointer: `${at}/reason`, message: "reasonMissing" });
  if (one.node && one.node_kind) found.push({ pointer: `${at}/node_kind`, message: "nodeOrKind" });
  if (one.valid_from && one.valid_until && one.valid_from > one.valid_until) {
    found.push({ pointer: `${at}/valid_until`, message: "endsFirst" });
  }
  return found;
}

/** Where a difference is: a setting of the whole policy, of channels, or a field of a local rule. */
export interface Where {
  list: "settings" | "ranking" | "overrides" | "protections";
  id: string;
  field: string;
}

export function whereOf(pointer: string): Where {
  const [, list = "settings", ...rest] = pointer.split("/");
  if (list === "settings" || list === "ranking") return { list, id: "", field: rest[0] ?? "" };
  return { list: list as "overrides", id: rest[0] ?? "", field: rest.slice(1).join("/") };
}

/** The setting that a difference is about, if it is about one. */
export function settingOf({ list, field }: Where): string | null {
  const name = list === "settings" ? field : field.startsWith("sets/") ? field.slice(5) : "";
  return name in settingWords.en ? name : null;
}

/** Differences by what they are in: the whole policy first, then each local rule. */
export function grouped(differences: readonly Difference[]): Map<string, Difference[]> {
  const found = new Map<string, Difference[]>();
  const order = ["settings", "ranking", "overrides", "protections"];
  const sorted = [...differences].sort(
    (one, other) =>
      order.indexOf(whereOf(one.pointer).list) - order.indexOf(whereOf(other.pointer).list),
  );
  for (const one of sorted) {
    const { list, id } = whereOf(one.pointer);
    const key = id ? `${list}/${id}` : list;
    found.set(key, [...(found.get(key) ?? []), one]);
  }
  return found;
}

/** What a day, or all days, came to under a policy: the result of a job, which has no type. */
export interface Figures {
  day: string | null;
  orders: number;
  sent: number;
  parcels: number;
  splits: number;
  on_time: number;
  waiting: number;
  drained: number;
  terms: Readonly<Record<string, number>>;
}

/** Policies side by side, on the same orders and the same stock. */
export interface Comparison {
  since: string;
  until: string;
  orders: number;
  trials: readonly { policy: string; total: Figures; days: readonly Figures[] }[];
}

/** What a trial is read by, and whether more of it is better. */
export const MEASURES = [
  { key: "cost", isMoreBetter: false },
  { key: "each", isMoreBetter: false },
  { key: "on_time", isMoreBetter: true },
  { key: "splits", isMoreBetter: false },
  { key: "parcels", isMoreBetter: false },
  { key: "waiting", isMoreBetter: false },
  { key: "drained", isMoreBetter: false },
] as const;
export type MeasureName = (typeof MEASURES)[number]["key"];

/** One figure of a policy: cents, a share, or a count; null where there is nothing to divide. */
export function figure(one: Figures, name: MeasureName): number | null {
  const cents = Object.values(one.terms).reduce((sum, term) => sum + term, 0);
  if (name === "cost") return cents;
  if (name === "each") return one.sent > 0 ? cents / one.sent : null;
  if (name === "on_time") return one.sent > 0 ? one.on_time / one.sent : null;
  return one[name];
}

/** Of one measure, whether the other side is better, worse, or the same. */
export function verdict(
  before: number | null,
  after: number | null,
  isMoreBetter: boolean,
): "good" | "late" | "plain" {
  if (before === null || after === null || before === after) return "plain";
  return after > before === isMoreBetter ? "good" : "late";
}

/** The ends of an axis for these values: from zero on, but for shares that differ by little. */
export function axis(values: readonly number[], isShare: boolean): readonly [number, number] {
  const most = Math.max(...values, 0);
  const least = Math.min(...values);
  if (!isShare) return [Math.min(0, least), most || 1];
  return [Math.max(0, Math.floor(least * 20) / 20 - 0.05), 1];
}

/** A line through the values, in a box of this size; a gap where one is not known. */
export function line(
  values: readonly (number | null)[],
  [low, high]: readonly [number, number],
  width: number,
  height: number,
): string {
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  const y = (value: number) =>
    Math.round((height - (height * (value - low)) / (high - low || 1)) * 10) / 10;
  let isDown = false;
  return values
    .map((value, index) => {
      if (value === null) {
        isDown = false;
        return "";
      }
      const verb = isDown ? "L" : "M";
      isDown = true;
      return `${verb}${Math.round(index * step * 10) / 10} ${y(value)}`;
    })
    .join("");
}

/** What a browser's field for a moment writes, in the reader's own time, as an instant. */
export function instantOf(written: string): string {
  return new Date(written).toISOString();
}

const DAY_MS = 86_400_000;

/** The days of a trial as instants: from the first's beginning to the last's end, in UTC. */
export function daysBefore(now: number, days: number): { since: string; until: string } {
  const today = new Date(now).toISOString().slice(0, 10);
  const since = new Date(Date.parse(today) - days * DAY_MS).toISOString().slice(0, 10);
  return { since, until: today };
}

export function dayAfter(day: string): string {
  return new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, 10);
}

/** The first of its kind began before time is told. */
export function isFromTheStart(moment: string): boolean {
  return moment.startsWith("0001");
}

export type Became = "live" | "withdrawn" | "toCome" | "replacedAtOnce" | "replaced";

/** What became of an activation: it is live, or is not, for one of these reasons. */
export function becameOf(one: Shapes["Activation"]): Became {
  if (one.is_live) return "live";
  if (one.withdrawn_at) return "withdrawn";
  if (!one.ends_at) return "toCome";
  return one.ends_at === one.starts_at ? "replacedAtOnce" : "replaced";
}

/** The number of a draft's version, as it is named to make a version of it. */
export function versionOf(etag: string): number {
  return Number(etag.replaceAll('"', ""));
}
