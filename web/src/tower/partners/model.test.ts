import { describe, expect, it } from "vitest";
import { pathOf, shareEnds } from "../../ui/Sparkline";
import { earlier, feedState, isOpen, lowestOf, meaningOfChange, shareOf, spotOf } from "./model";

describe("how figures changed", () => {
  it.each([
    ["more sent is better", 0.02, true, "good"],
    ["more late is worse", 0.02, false, "late"],
    ["fewer late is better", -0.02, false, "good"],
    ["what hardly changed says nothing", 0.0001, true, "plain"],
    ["nothing to compare with says nothing", undefined, true, "plain"],
  ] as const)("%s", (_, change, isMoreBetter, meaning) => {
    expect(meaningOfChange(change, isMoreBetter)).toBe(meaning);
  });
  it("is unknown where nothing was measured, never zero", () => {
    expect(earlier(null, 0.1)).toBeNull();
    expect(earlier(0.9, undefined)).toBeNull();
    expect(shareOf(undefined)).toEqual({ share: null, change: null });
    expect(shareOf({ units: 0, good: 0, units_before: 4, good_before: 4 }).share).toBeNull();
    expect(shareOf({ units: 4, good: 3, units_before: 0, good_before: 0 })).toEqual({
      share: 0.75,
      change: null,
    });
  });
});

describe("feeds", () => {
  const heard = { counted_at: null, every_minutes: 60, is_silent: false };
  it.each([
    ["who has no plan has no feed", null, "noFeed"],
    ["a plan and nothing yet", { ...heard, heard_at: null }, "never"],
    ["late by half an interval", { ...heard, heard_at: "x", is_silent: true }, "silent"],
    ["as expected", { ...heard, heard_at: "x" }, "heardAgo"],
  ])("%s", (_, one, state) => {
    expect(feedState({ heard: one })).toBe(state);
  });
  it("only what waits for a person can be booked", () => {
    expect(["held", "preview", "booked", "booking"].map((state) => isOpen({ state }))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe("pictures", () => {
  it("a line breaks off where a value is missing", () => {
    expect(pathOf([0, 1, null, 1], 0, 1)).toBe("M2 22L32.7 2M94 2");
  });
  it("a share that differs little is seen to differ", () => {
    expect(shareEnds([0.96, null, 1])).toEqual([0.8, 1]);
    expect(shareEnds([0.55])).toEqual([0.5, 1]);
  });
  it("an honest promise lies on the line", () => {
    expect(spotOf({ told: 0.95, share_kept: 0.95 }, 100, 0.9)).toEqual({ x: 50, y: 50 });
    expect(lowestOf([{ told: 0.97, share_kept: 0.62 }])).toBe(0.6);
    expect(lowestOf([])).toBe(0.9);
  });
});
