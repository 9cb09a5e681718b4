import { expect, it } from "vitest";
import { changedPerson, deliveryOf, isTheirs, nearest } from "./model";

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

function leg(node: string, picked_at: string | null = null, withdrawn_at: string | null = null) {
  return { node, picked_at, withdrawn_at };
}

it.each([
  ["of whom nothing may be known, what was typed", undefined, { street: "5 rue" }],
  ["of whom nobody knew, what was typed", null, { street: "5 rue" }],
  ["what differs", { street: "3 rue", phone: "" }, { street: "5 rue" }],
  ["what was taken away", { street: "5 rue", phone: "0639" }, { phone: "" }],
])("only what is new of a recipient is sent: %s", (_, known, sent) => {
  const typed = { name: "", street: " 5 rue ", email: "", phone: " " };
  expect(changedPerson(known, typed)).toEqual(sent);
});

it.each([
  ["sent from there", { store: null, legs: [leg("PAR")] }, true],
  ["collected there", { store: "PAR", legs: [leg("LYS")] }, true],
  ["once picked there", { store: null, legs: [leg("PAR", "x", "x"), leg("LYS")] }, true],
  ["once planned there", { store: null, legs: [leg("PAR", null, "x"), leg("LYS")] }, false],
  ["no node has it", { store: null, legs: [] }, false],
])("an order is of a node: %s", (_, order, isOfParis) => {
  expect(isTheirs(order as never, (node) => node === "PAR")).toBe(isOfParis);
});
