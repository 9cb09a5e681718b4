import { describe, expect, it } from "vitest";
import { cutOffs, loadOf, PATCHES, spansOn } from "./model";

describe("how full a node's day is", () => {
  const none = { legs: 2, units: 30, units_today: null, orders_today: null };
  it.each([
    ["nobody knows", none, null],
    ["by units", { ...none, units_today: 60 }, 0.5],
    ["by the fuller of the two", { ...none, units_today: 60, orders_today: 2 }, 1],
    ["a day off with work is too full", { ...none, units_today: 0 }, 2],
    ["a relay picks nothing", { ...none, legs: null, units: null, units_today: 60 }, null],
  ])("%s", (_, standing, load) => {
    expect(loadOf(standing)).toBe(load);
  });
});

describe("a node's calendar", () => {
  it("has spans in order", () => {
    const hours = [
      { weekday: 0, opens: "14:00:00", closes: "19:00:00" },
      { weekday: 0, opens: "09:00:00", closes: "12:00:00" },
      { weekday: 1, opens: "09:00:00", closes: "12:00:00" },
    ];
    expect(spansOn(hours, 0)).toEqual(["09:00–12:00", "14:00–19:00"]);
    expect(spansOn(hours, 6)).toEqual([]);
  });
  it("has cut-offs by service and weekday", () => {
    expect(cutOffs([{ service: "HOME", weekday: 1, cut_off: "16:00:00" }])).toEqual([
      ["HOME", [null, "16:00", null, null, null, null, null]],
    ]);
  });
  it("changes one part and leaves the others", () => {
    const rows = JSON.stringify([{ when: "", day: "2026-12-24", units: "5", orders: "" }]);
    expect(PATCHES.capacity({ units_per_day: "", capacities: rows })).toEqual({
      units_per_day: null,
      orders_per_day: null,
      overtime_units: 0,
      overtime_cents: 0,
      capacities: [{ weekday: null, day: "2026-12-24", units: 5, orders: null }],
    });
  });
});
