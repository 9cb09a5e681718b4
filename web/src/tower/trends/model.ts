import type { Shapes } from "../../api/client";

type Week = Shapes["TrendWeek"];
type Money = Shapes["Money"];

/** What a figure of a week is: cents of one currency, a share, a plain number; or unknown. */
export interface Figure {
  key: FigureKey;
  kind: "money" | "share" | "number" | "days";
  of: (week: Week, currency: string) => number | null;
  /** How the weeks come to one figure: added up, one over the other, or as the last one stands. */
  all: (weeks: readonly Week[], currency: string) => number | null;
  /** Whether more of it is better; null: it depends. */
  isGood: boolean | null;
  /** The list behind it. */
  to: string;
}

type FigureKey =
  | "revenue"
  | "orders"
  | "units"
  | "kept"
  | "cost"
  | "split"
  | "risk"
  | "value"
  | "cover";

function cents(money: readonly Money[] | null | undefined, currency: string): number | null {
  if (!money) return null;
  return money.find((one) => one.currency === currency)?.cents ?? 0;
}

/** The currency of most of the revenue: charts are drawn in one. */
export function mainCurrency(weeks: readonly Week[]): string {
  const sums = new Map<string, number>();
  for (const money of weeks.flatMap(({ revenue, stock_value }) => [
    ...revenue,
    ...(stock_value ?? []),
  ])) {
    sums.set(money.currency, (sums.get(money.currency) ?? 0) + money.cents);
  }
  const [first] = [...sums].sort(([one, a], [other, b]) => b - a || one.localeCompare(other));
  return first?.[0] ?? "EUR";
}

/** Weeks from the first on in which somebody ordered: of those before nothing is known. */
export function knownOf(weeks: readonly Week[]): readonly (Week | null)[] {
  const first = weeks.findIndex(({ orders }) => orders > 0);
  return weeks.map((week, index) => (first >= 0 && index >= first ? week : null));
}

function ratio(part: number | null, whole: number | null): number | null {
  return part === null || !whole ? null : part / whole;
}

function sum(weeks: readonly Week[], of: (week: Week) => number | null): number | null {
  const known = weeks.map(of).filter((value) => value !== null);
  return known.length > 0 ? known.reduce((all, one) => all + one, 0) : null;
}

function last(weeks: readonly Week[], of: (week: Week) => number | null): number | null {
  return weeks.map(of).findLast((value) => value !== null) ?? null;
}

type Counted = "orders" | "units" | "kept" | "split" | "settled" | "sent";

function counted(key: "orders" | "units", to: string): Figure {
  return {
    key,
    kind: "number",
    of: (week) => week[key],
    all: (weeks) => sum(weeks, (week) => week[key]),
    isGood: true,
    to,
  };
}

function shared(key: "kept" | "split", whole: Counted, isGood: boolean, to: string): Figure {
  return {
    key,
    kind: "share",
    of: (week) => ratio(week[key], week[whole]),
    all: (weeks) =>
      ratio(
        sum(weeks, (week) => week[key]),
        sum(weeks, (week) => week[whole]),
      ),
    isGood,
    to,
  };
}

function level(
  key: "risk" | "value" | "cover",
  kind: Figure["kind"],
  of: Figure["of"],
  isGood: boolean | null,
  to: string,
): Figure {
  const all: Figure["all"] = (weeks, currency) => last(weeks, (week) => of(week, currency));
  return { key, kind, of, all, isGood, to };
}

export const REVENUE: Figure = {
  key: "revenue",
  kind: "money",
  of: (week, currency) => cents(week.revenue, currency),
  all: (weeks, currency) => sum(weeks, (week) => cents(week.revenue, currency)),
  isGood: true,
  to: "/orders",
};

export const ORDERS = counted("orders", "/orders");

/** Few figures, each with the list behind it. */
export const FIGURES: readonly Figure[] = [
  REVENUE,
  ORDERS,
  counted("units", "/stock"),
  shared("kept", "settled", true, "/partners/promises"),
  {
    key: "cost",
    kind: "money",
    of: (week, currency) => ratio(cents(week.cost, currency), week.sent),
    all: (weeks, currency) =>
      ratio(
        sum(weeks, (week) => cents(week.cost, currency)),
        sum(weeks, (week) => week.sent),
      ),
    isGood: false,
    to: "/policies",
  },
  shared("split", "sent", false, "/policies"),
  level("risk", "money", (week, currency) => cents(week.at_risk, currency), false, "/exceptions"),
  level(
    "value",
    "money",
    (week, currency) => cents(week.stock_value, currency),
    null,
    "/stock/all/value",
  ),
  level("cover", "days", (week) => week.cover_days, null, "/stock"),
];

/** By how much a figure changed, as a part of what it was; null: nobody can say. */
export function change(now: number | null, before: number | null): number | null {
  if (now === null || !before) return null;
  return now / before - 1;
}

const SMALL = 0.02;

export function meaningOf(changed: number | null, isGood: boolean | null) {
  if (changed === null || isGood === null || Math.abs(changed) < SMALL) return "plain" as const;
  return changed > 0 === isGood ? ("good" as const) : ("soon" as const);
}

export const SPANS = [4, 8, 13, 26, 52] as const;

/** Bars from zero, a mark on each for the week beside: in a box of 100 by 40. */
export function bars(now: readonly (number | null)[], before: readonly (number | null)[]) {
  const most = Math.max(0, ...now.map((value) => value ?? 0), ...before.map((value) => value ?? 0));
  const step = 100 / Math.max(1, now.length);
  const up = (value: number | null | undefined) =>
    value === null || value === undefined || most === 0 ? null : (36 * value) / most;
  return now.map((value, index) => ({
    x: index * step,
    width: step * 0.72,
    height: up(value),
    mark: up(before[index]),
  }));
}
