import { describe, expect, it } from "vitest";
import {
  becameOf,
  type Content,
  type Difference,
  daysBefore,
  type Figures,
  figure,
  freeId,
  grouped,
  kept,
  line,
  localFaults,
  newOverride,
  newProtection,
  type Setting,
  SHOWN,
  settingOf,
  shown,
  unitOf,
  verdict,
  whereOf,
  wrongValue,
} from "./model";
import { settingWords } from "./settingWords";

const whole = (name: string, minimum: number, maximum: number): Setting => ({
  name,
  kind: "whole",
  minimum,
  maximum,
  choices: [],
  usual: minimum,
  is_of_a_node: name.endsWith("_percent"),
  is_of_all: false,
});
const CHANCE: Setting = { ...whole("promised_chance", 0.5, 0.999), kind: "share" };
const SPLIT: Setting = { ...whole("split", 0, 0), kind: "choice", choices: ["never", "by_cost"] };
const SETTINGS = [CHANCE, SPLIT, whole("split_cents", 0, 1000), whole("freight_percent", 0, 1000)];

const CONTENT = {
  settings: { promised_chance: 0.95, split: "by_cost", split_cents: 250, freight_percent: 100 },
  overrides: [],
  protections: [],
  ranking: { conversion: 0, margin: 0, rotation: 0, fresh_days: 35 },
} as unknown as Content;

describe("what is written and what is kept", () => {
  it.each([
    ["cents are written as money", "split_cents", 250, 2.5],
    ["a chance is written in percent", "promised_chance", 0.95, 95],
    ["minutes are minutes", "window_minutes", 30, 30],
    ["no digits are made up", "late_told_below", 0.07, 7],
  ])("%s", (_, name, value, written) => {
    expect(shown(value, unitOf(name))).toBe(written);
    expect(kept(written, unitOf(name))).toBe(value);
  });
  it("every setting that is shown has a name", () => {
    expect(SHOWN.filter((name) => !(name in settingWords.en))).toEqual([]);
    expect(new Set(SHOWN).size).toBe(SHOWN.length);
  });
});

describe("what is told to be wrong before the API is asked", () => {
  it.each([
    ["nothing is wrong", CHANCE, 0.9, null],
    ["nothing was written", CHANCE, Number.NaN, "missing"],
    ["more than may be", CHANCE, 1, "beyond"],
    ["half a cent", SETTINGS[2] as Setting, 0.5, "notWhole"],
    ["a word that is none of its", SPLIT, "sometimes", "missing"],
  ])("%s", (_, setting, value, wrong) => {
    expect(wrongValue(setting, value)).toBe(wrong);
  });
  it("points at each field of a local rule", () => {
    const one = { ...newOverride([]), node: "PAR", sets: { split_cents: 2000 } };
    const kind = { ...newOverride([]), reason: "why" };
    const pointers = localFaults({ ...CONTENT, overrides: [one, kind] }, SETTINGS).map(
      ({ pointer, message }) => `${pointer} ${message}`,
    );
    expect(pointers).toEqual([
      "/overrides/0/reason reasonMissing",
      "/overrides/0/sets/split_cents beyond",
      "/overrides/0/sets/split_cents notByNode",
      "/overrides/1 namesNothing",
      "/overrides/1/sets setsNothing",
    ]);
  });
  it("wants units or days of what is protected", () => {
    const one = { ...newProtection([], "web"), days: 3, reason: "sales" };
    expect(localFaults({ ...CONTENT, protections: [one] }, SETTINGS)).toEqual([
      { pointer: "/protections/0/units", message: "unitsOrDays" },
    ]);
    expect(freeId("a", ["a-2"])).toBe("a-3");
  });
});

describe("differences", () => {
  const at = (pointer: string) => ({ pointer, before: 1, after: 2 }) as Difference;
  it("the whole policy comes first, then each local rule", () => {
    const found = grouped([
      at("/overrides/a/sets/split_cents"),
      at("/overrides/a/reason"),
      at("/settings/split"),
    ]);
    expect([...found.keys()]).toEqual(["settings", "overrides/a"]);
  });
  it("a setting is told by its name wherever it is set", () => {
    expect(settingOf(whereOf("/overrides/a/sets/split_cents"))).toBe("split_cents");
    expect(settingOf(whereOf("/settings/split"))).toBe("split");
    expect(settingOf(whereOf("/overrides/a/reason"))).toBeNull();
  });
});

describe("a trial", () => {
  const one = {
    ...{ orders: 5, sent: 4, parcels: 5, splits: 1, on_time: 3, waiting: 1, drained: 2 },
    terms: { freight: 900, split: 100 },
  } as unknown as Figures;
  it.each([
    ["cost", 1000],
    ["each", 250],
    ["on_time", 0.75],
    ["drained", 2],
  ] as const)("%s", (name, value) => {
    expect(figure(one, name)).toBe(value);
  });
  it("knows nothing where nothing was sent", () => {
    expect(figure({ ...one, sent: 0 }, "each")).toBeNull();
    expect(verdict(null, 2, true)).toBe("plain");
    expect(verdict(2, 1, false)).toBe("good");
    expect(verdict(2, 1, true)).toBe("late");
  });
  it("draws a gap where a day is not known", () => {
    expect(line([0, null, 10], [0, 10], 100, 10)).toBe("M0 10M100 0");
    expect(daysBefore(Date.parse("2026-11-23T09:00:00Z"), 7)).toEqual({
      since: "2026-11-16",
      until: "2026-11-23",
    });
  });
});

describe("what became of an activation", () => {
  const one = {
    is_live: false,
    withdrawn_at: null,
    starts_at: "2011-01-01T00:00:00Z",
    ends_at: null,
  };
  it.each([
    ["live", { is_live: true, ends_at: "2011-02-01T00:00:00Z" }],
    ["withdrawn", { withdrawn_at: "2010-12-01T00:00:00Z" }],
    ["toCome", {}],
    ["replacedAtOnce", { ends_at: "2011-01-01T00:00:00Z" }],
    ["replaced", { ends_at: "2011-02-01T00:00:00Z" }],
  ])("is told: %s", (state, values) => {
    expect(becameOf({ ...one, ...values } as Parameters<typeof becameOf>[0])).toBe(state);
  });
});
