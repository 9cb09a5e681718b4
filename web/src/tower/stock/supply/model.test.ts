import { describe, expect, it, test } from "vitest";
import type { Row } from "../../../ui/Form";
import {
  asItStands,
  changesOf,
  filledBy,
  leavesAny,
  receivedOf,
  type SaySupply,
  sentOf,
  skuOption,
  undoOf,
  unexplained,
  unplanned,
  wantedOf,
  withNamed,
  wrongChange,
  wrongLines,
} from "./model";
import { lotRows, wrongUnits } from "./units";

const say = ((key: string) => key) as unknown as SaySupply;
const MUG = {
  code: "mug",
  name: "Mug",
  cost_cents: 400,
  currency: "EUR",
  tracking: "untracked",
  barcodes: [{ units: 1 }, { units: 6 }],
};
const line = (sku: string, quantity: string, more: Row = {}): Row => ({ sku, quantity, ...more });

test("a scanned pack is counted in packs, and its units are ordered", () => {
  const { fills = {} } = skuOption(MUG, 6);
  expect(fills.packs).toBe("1,6");
  expect(wantedOf([{ ...fills, sku: "mug", quantity: "4" }], true)).toEqual([
    { sku: "mug", quantity: 24, cost_cents: 400 },
  ]);
});

test("an emptied cost says nothing, so that what was agreed stays", () => {
  const rows = [line("mug", "12", { cost_cents: " " })];
  expect(wantedOf(rows, true)).toEqual([{ sku: "mug", quantity: 12 }]);
});

test("the terms of the supplier that began last fill a line; those that are over do not", () => {
  const term = { minimum_units: 12, pack_units: 12, price_cents: 350, valid_from: "2026-01-01" };
  const old = { ...term, price_cents: 100, valid_from: "2025-01-01" };
  const over = { ...term, price_cents: 1, valid_from: "2026-02-01", valid_until: "2026-03-01" };
  const { fills = {} } = skuOption(MUG);
  expect(filledBy([old, term, over], fills, "2026-11-27")).toEqual({
    cost_cents: "3.50",
    packs: "1,6,12",
    pack: "12",
    minimum: "12",
  });
  expect(filledBy([over], fills, "2026-11-27")).toEqual({});
});

describe("what cannot be ordered", () => {
  it.each<[string, Row[], string[]]>([
    ["nothing", [], ["/lines"]],
    ["what was not chosen", [line("", "2")], ["/lines/0/sku"]],
    ["the same twice", [line("mug", "2"), line("mug", "2")], ["/lines/1/sku"]],
    ["no number", [line("mug", "")], ["/lines/0/quantity"]],
    ["half a unit", [line("mug", "0.5")], ["/lines/0/quantity"]],
    ["less than has come", [line("cup", "2")], ["/lines/0/quantity"]],
  ])("%s", (_, rows, pointers) => {
    const came = new Map([["cup", 3]]);
    expect(wrongLines(rows, say, { came }).map(({ pointer }) => pointer)).toEqual(pointers);
  });

  it("half a pack of two is a unit", () => {
    expect(wrongLines([line("mug", "0.5", { pack: "2" })], say)).toEqual([]);
  });
});

const BEFORE = [
  { sku: "mug", quantity: 10, cost_cents: 400 },
  { sku: "cup", quantity: 4, cost_cents: 200 },
];

test("only what is other is sent, and undone it is as it was", () => {
  const wanted = [
    { sku: "mug", quantity: 12, cost_cents: 400 },
    { sku: "bowl", quantity: 1, cost_cents: 0 },
  ];
  const changes = changesOf(BEFORE, wanted, true);
  // The cost of the mug is as it was: it is not said again.
  const sent = [{ sku: "mug", quantity: 12 }, wanted[1]];
  expect(changes).toEqual([...sent, { sku: "cup", quantity: 0 }]);
  expect(changesOf(BEFORE, wanted, false)).toEqual(sent);
  const dearer = { sku: "cup", quantity: 4, cost_cents: 210 };
  expect(changesOf(BEFORE, [dearer], false)).toEqual([dearer]);
  expect(undoOf(BEFORE, changes)).toEqual([BEFORE[0], { sku: "bowl", quantity: 0 }, BEFORE[1]]);
  expect(changesOf(BEFORE, BEFORE, true)).toEqual([]);
});

test("a SKU that is ordered already is named as it was agreed, others as they are known", () => {
  const learn = async () => ({ cost_cents: "3.50", pack: "12" });
  const found = [
    { ...skuOption({ ...MUG, cost_cents: 999 }, 6), learn },
    { ...skuOption({ ...MUG, code: "bowl" }), learn },
  ];
  const [mug, bowl] = asItStands(found, BEFORE, new Map([["mug", 3]]));
  expect(mug?.fills).toMatchObject({ quantity: "10", pack: "1", cost_cents: "4.00", came: "3" });
  expect(mug?.fills?.packs).toBe("1,6");
  expect(mug?.learn).toBeUndefined();
  expect(bowl).toEqual({ ...found[1], fills: { ...found[1]?.fills, came: "0" } });
});

test("what leaves nothing is no change, and what has come cannot go", () => {
  expect(leavesAny(BEFORE, [{ sku: "mug", quantity: 0 }])).toBe(true);
  const changes = changesOf(BEFORE, [], true);
  const of = { before: BEFORE, came: new Map(), rows: [], changes, areAllShown: true };
  expect(wrongChange(of, say)).toEqual([{ pointer: "/lines", message: "nothingLeft" }]);
  const came = new Map([["mug", 3]]);
  expect(wrongChange({ ...of, came }, say)).toEqual([
    { pointer: "/lines", message: "mug · tooFew" },
  ]);
});

const NONE = { lots: [], serials: [] };
const DUE = [
  { sku: "mug", due: 7 },
  { sku: "cup", due: 4 },
];

test("what is not named came as it was due, where not all is shown", () => {
  const rows = [line("mug", "5", { reason: " crushed " })];
  const counted = { ...NONE, sku: "mug", quantity: 5, reason: "crushed" };
  expect(receivedOf(DUE, rows, true)).toEqual([counted]);
  expect(receivedOf(DUE, rows, false)).toEqual([
    counted,
    { ...NONE, sku: "cup", quantity: 4, reason: "" },
  ]);
});

describe("what needs a reason", () => {
  it.each<[string, Row, boolean, boolean]>([
    ["too few, and no more comes", line("mug", "5"), true, true],
    ["too few, and more comes", line("mug", "5"), false, false],
    ["too many, whatever comes", line("mug", "8"), false, true],
    ["what nobody expected", line("bowl", "1"), false, true],
    ["as due", line("mug", "7"), true, false],
    ["it has one", line("mug", "5", { reason: "crushed" }), true, false],
  ])("%s", (_, row, isLast, needs) => {
    expect(unexplained(DUE, [row], isLast, say)).toHaveLength(needs ? 1 : 0);
  });
});

const LOTS = { tracking: "lot" };
const SERIALS = { tracking: "serial" };

test("rows of several lots are one line of their SKU, and serials are read as they are scanned", () => {
  const rows = [
    line("milk", "4", { ...LOTS, lot: "L1", expires_on: "2026-12-24" }),
    line("phone", "2", { ...SERIALS, serials: "SN-1\nSN-2\n", reason: "one more" }),
    line("milk", "2", { ...LOTS, lot: "L2", expires_on: "", reason: "an old crate" }),
    line("mug", "1", { tracking: "untracked", lot: "typed before", serials: "typed before" }),
  ];
  expect(receivedOf([], rows, true)).toEqual([
    {
      ...NONE,
      sku: "milk",
      quantity: 6,
      reason: "an old crate",
      lots: [
        { lot: "L1", quantity: 4, expires_on: "2026-12-24" },
        { lot: "L2", quantity: 2, expires_on: null },
      ],
    },
    { ...NONE, sku: "phone", quantity: 2, reason: "one more", serials: ["SN-1", "SN-2"] },
    { ...NONE, sku: "mug", quantity: 1, reason: "" },
  ]);
  const due = [{ sku: "milk", due: 6 }];
  expect(unexplained(due, rows.slice(0, 1).concat(rows.slice(2, 3)), true, say)).toEqual([]);
});

describe("which units they are", () => {
  it.each<[string, Row[], string[]]>([
    ["nobody told", [line("milk", "2", LOTS), line("phone", "1", SERIALS)], []],
    [
      "a lot each",
      [line("m", "1", { ...LOTS, lot: "A" }), line("m", "1", { ...LOTS, lot: "B" })],
      [],
    ],
    [
      "the same lot twice",
      [line("m", "1", { ...LOTS, lot: "A" }), line("m", "1", { ...LOTS, lot: "A" })],
      ["/lines/1/sku"],
    ],
    ["a lot with a blank", [line("m", "1", { ...LOTS, lot: "A 1" })], ["/lines/0/lot"]],
    ["a date of no lot", [line("m", "1", { ...LOTS, expires_on: "2026-12-24" })], ["/lines/0/lot"]],
    ["fewer serials than units", [line("p", "3", { ...SERIALS, serials: "a, b" })], []],
    [
      "more serials than units",
      [line("p", "1", { ...SERIALS, serials: "a b" })],
      ["/lines/0/serials"],
    ],
    ["a serial twice", [line("p", "3", { ...SERIALS, serials: "a b a" })], ["/lines/0/serials"]],
    ["a serial of nobody", [line("p", "3", { ...SERIALS, serials: "?" })], ["/lines/0/serials"]],
  ])("%s", (_, rows, pointers) => {
    const wrong = [...wrongLines(rows, say), ...wrongUnits(rows, say)];
    expect(wrong.map(({ pointer }) => pointer)).toEqual(pointers);
  });
});

test("what is announced anew keeps what was not named, and of nothing there is nothing", () => {
  const named = [
    { sku: "cup", quantity: 0 },
    { sku: "bowl", quantity: 3 },
  ];
  expect(withNamed(BEFORE, named)).toEqual([BEFORE[0], named[1]]);
});

describe("what leaves", () => {
  const planned = new Map([
    ["milk", 7],
    ["cup", 4],
  ]);
  const named = [line("milk", "3", { ...LOTS, lot: "L1" }), line("milk", "2", LOTS)];
  const milk = { sku: "milk", quantity: 5, lots: [{ lot: "L1", quantity: 3, expires_on: null }] };

  it("is what was loaded, and of what was not shown all that was planned", () => {
    expect(sentOf(planned, named, true)).toEqual([{ ...milk, serials: [] }]);
    expect(sentOf(planned, named, false).at(-1)).toEqual({ ...NONE, sku: "cup", quantity: 4 });
  });

  it("is not more than was planned, lots together, and nothing else", () => {
    expect(unplanned(planned, named, say)).toEqual([]);
    const more = [...named, line("milk", "3", { ...LOTS, lot: "L2" }), line("mug", "1")];
    expect(unplanned(planned, more, say).map(({ pointer }) => pointer)).toEqual([
      "/lines/2/quantity",
      "/lines/3/quantity",
    ]);
  });

  it.each<[string, { lot: string; quantity: number }[], [string, string][]]>([
    ["no lot is proposed", [], [["", "7"]]],
    [
      "two lots",
      [lot("L1", 3), lot("L2", 4)],
      [
        ["L1", "3"],
        ["L2", "4"],
      ],
    ],
    [
      "a lot, and too few",
      [lot("L1", 3)],
      [
        ["L1", "3"],
        ["", "4"],
      ],
    ],
    [
      "a lot, and units of none that is known",
      [lot("L1", 3), lot("?", 2)],
      [
        ["L1", "3"],
        ["", "4"],
      ],
    ],
  ])("of a SKU with lots is proposed by lot: %s", (_, next, rows) => {
    const made = lotRows(line("milk", "7", { ...LOTS, lot: "" }), next);
    expect(made.map(({ lot, quantity }) => [lot, quantity])).toEqual(rows);
  });
});

function lot(name: string, quantity: number) {
  return { lot: name, quantity };
}
