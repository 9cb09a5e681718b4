import { expect, test } from "vitest";
import { stockedAt } from "./model";

const UNITS = [{ node: "LYS", units: { available: 480, reserved: 40, in_transit: 7 } }];
const WORTH = [
  { key: "LYS", currency: "CHF", value_cents: 2_000 },
  { key: "LYS", currency: "EUR", value_cents: 50_000 },
  { key: "PAR", currency: "EUR", value_cents: 1 },
];

test("a node with two currencies is worth both, and has the units of both", () => {
  expect(stockedAt("LYS", UNITS, WORTH)).toEqual({
    units: 520,
    worth: [
      { cents: 50_000, currency: "EUR" },
      { cents: 2_000, currency: "CHF" },
    ],
  });
});

test("a node that holds nothing has none; who may not see it is told nothing", () => {
  expect(stockedAt("SHOP", UNITS, WORTH)).toEqual({ units: 0, worth: [] });
  expect(stockedAt("LYS", UNITS, null)).toEqual({ units: 520, worth: null });
  expect(stockedAt("LYS", null, WORTH).units).toBeNull();
});
