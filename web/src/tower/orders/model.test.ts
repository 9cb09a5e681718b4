import { expect, it } from "vitest";
import { deliveryOf, nearest } from "./model";

const WINDOW = { first: "2026-11-24", last: "2026-11-25", chance: 0.9, ready_at: null };
const WAYS = [{ ...WINDOW, option: "relay" as const, relay: "R1", store: null }];
const PAID = { delivery_cents: 600, delivery_tax_cents: 100 };

it("a way that was promised keeps its window and its point", () => {
  expect(deliveryOf({ way: "0", price: "3,00" }, WAYS, PAID)).toEqual({
    option: "relay",
    relay: "R1",
    store: null,
    price_cents: 300,
    tax_cents: 50,
    told: WINDOW,
  });
});

it.each([
  ["home needs no point", "home_standard", "X", null, null],
  ["a relay point", "relay", " R2 ", "R2", null],
  ["a store", "pick_up", "SHOP", null, "SHOP"],
])("a plain way: %s", (_, way, point, relay, store) => {
  const found = deliveryOf({ way, point, price: "0" }, WAYS, PAID);
  expect([found.relay, found.store, found.told, found.tax_cents]).toEqual([relay, store, null, 0]);
});

it("the nearest stores that hand over are asked about first", () => {
  const store = { kind: "store", does_hand_over: true } as const;
  const nodes = [
    { ...store, code: "LYS", latitude: 45.7, longitude: 4.8 },
    { ...store, code: "PAR", latitude: 48.8, longitude: 2.3 },
    { ...store, code: "SHUT", latitude: 48.8, longitude: 2.3, does_hand_over: false },
    { ...store, code: "HALL", latitude: 48.8, longitude: 2.3, kind: "warehouse" as const },
  ];
  expect(nearest(nodes, { latitude: 48.9, longitude: 2.4 })).toEqual(["PAR", "LYS"]);
});
