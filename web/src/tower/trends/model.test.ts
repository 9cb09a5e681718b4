import { describe, expect, it } from "vitest";
import { bars, change, FIGURES, knownOf, mainCurrency, meaningOf } from "./model";

type Week = Parameters<typeof mainCurrency>[0][number];

const WEEK = {
  since: "2026-11-16",
  until: "2026-11-22",
  orders: 4,
  cancelled: 0,
  units: 9,
  revenue: [
    { currency: "EUR", cents: 9000 },
    { currency: "GBP", cents: 100 },
  ],
  sent: 4,
  split: 1,
  cost: [{ currency: "EUR", cents: 2000 }],
  settled: 0,
  kept: 0,
  at_risk: null,
  stock_units: null,
  stock_value: null,
  cover_days: null,
} as Week;
const NEXT = { ...WEEK, sent: 1, cost: [], at_risk: [], cover_days: 12 } as Week;

const of = (key: string, weeks: Week[]) =>
  FIGURES.find((one) => one.key === key)?.all(weeks, "EUR") ?? null;

describe("figures of weeks", () => {
  it("are drawn in the currency of most of the revenue", () => {
    expect(mainCurrency([WEEK])).toBe("EUR");
  });
  it.each([
    ["are added up", "revenue", 18000],
    ["are one over the other", "cost", 400],
    ["are a share of all of them", "split", 2 / 5],
    ["are unknown where nothing is settled", "kept", null],
    ["are the last that is known", "cover", 12],
    ["may be nothing, if somebody looked", "risk", 0],
    ["are unknown to who may not see them", "value", null],
  ])("%s", (_, key, value) => {
    expect(of(key, [WEEK, NEXT])).toBe(value);
  });
});

it("weeks before anybody ordered are unknown, and no zero", () => {
  const none = { ...WEEK, orders: 0 };
  expect(knownOf([none, WEEK, none])).toEqual([null, WEEK, none]);
  expect(knownOf([none])).toEqual([null]);
});

describe("changes", () => {
  it("need something to be compared with", () => {
    expect(change(5, 0)).toBe(null);
    expect(change(null, 4)).toBe(null);
    expect(change(5, 4)).toBe(0.25);
  });
  it("have a colour only where one is better", () => {
    expect(meaningOf(0.1, true)).toBe("good");
    expect(meaningOf(0.1, false)).toBe("soon");
    expect(meaningOf(0.1, null)).toBe("plain");
    expect(meaningOf(0.01, true)).toBe("plain");
  });
});

it("bars begin at zero, and what is unknown has none", () => {
  const [first, second] = bars([2, null], [4, 1]);
  expect([first?.height, first?.mark]).toEqual([18, 36]);
  expect([second?.height, second?.mark]).toEqual([null, 9]);
});
