import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";
import { askAgain } from "../api/fresh";
import { asBefore, byAction, filled, slices } from "../tower/exceptions/model";
import {
  chosenBy,
  firstLines,
  freeId,
  guideOf,
  lastDay,
  mayBring,
  missingOf,
  placeOf,
  withColumn,
} from "../tower/first-hour/model";
import { changedLines, isMaybeMore, liftable, wayOf } from "../tower/orders/model";
import { comingOf, isLate, turnOf } from "../tower/stock/lists/model";
import { stairs, termsOf, together } from "../tower/stock/model";
import { withRoom } from "../tower/today/geography";
import { dueLater, loadOf } from "../tower/today/model";
import { hasEnded, isLast, isLive } from "./dated";
import { format, span } from "./format";
import { can, landing, roleOf } from "./reach";

const catalogues = import.meta.glob<Record<string, { en: object; fr: object }>>(
  ["../**/*ords.ts", "../**/kinds.ts", "../ui/reasons.ts", "!./words.ts"],
  { eager: true },
);

describe("words", () => {
  const all = Object.values(catalogues).flatMap((file) => Object.values(file));
  const known = all.filter((one) => one?.en && one?.fr);

  it("are the same keys in both languages, with the same values to fill in", () => {
    expect(known.length).toBeGreaterThan(5);
    const values = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map((one) => one[1]).sort();
    for (const { en, fr } of known) {
      expect(Object.keys(fr)).toEqual(Object.keys(en));
      for (const [key, text] of Object.entries(en)) {
        expect(values((fr as Record<string, string>)[key] ?? ""), key).toEqual(values(text));
      }
    }
  });

  it("keep French typography: a narrow space before high signs", () => {
    for (const { fr } of known) {
      for (const text of Object.values(fr)) expect(text).not.toMatch(/[ \w][:;?!](\s|$)/);
    }
  });
});

describe("the floors", () => {
  const below = import.meta.glob<string>(["../{api,model,ui}/**/*.{ts,tsx}", "!../**/*.test.ts"], {
    eager: true,
    query: "?raw",
    import: "default",
  });

  it("lean on nothing above them: what is shared knows no page", () => {
    expect(Object.keys(below).length).toBeGreaterThan(8);
    for (const [name, text] of Object.entries(below)) {
      expect(text, name).not.toMatch(/from "\.\.\/(app|tower)\//);
    }
  });
});

describe("format", () => {
  const MINUTE = 60_000;
  it.each([
    ["minutes", 41 * MINUTE, "41\u00a0min"],
    ["hours with their minutes", 134 * MINUTE, "2\u00a0h\u00a014"],
    ["days with their hours", 76 * 60 * MINUTE, "3\u00a0d\u00a04\u00a0h"],
  ])("says a span in its two largest units: %s", (_, milliseconds, said) => {
    expect(span(milliseconds)).toBe(said);
  });

  it("says what is left, and what is over", () => {
    expect(format("en").left(134 * MINUTE, 0)).toBe("2\u00a0h\u00a014 left");
    expect(format("fr").left(0, 41 * MINUTE)).toBe("41\u00a0min de retard");
  });

  it("says less than a minute as such, not as zero", () => {
    expect(format("fr").ago("2026-01-01T00:00:00Z", Date.UTC(2026, 0, 1, 0, 0, 30))).toBe(
      "moins d'1\u00a0min",
    );
    expect(format("en").left(9, 0)).toBe("under 1\u00a0min left");
  });

  it("guesses no currency", () => {
    expect(format("en").money(1250)).toBe("12.50");
    expect(format("en").money(1250, "GBP")).toBe("£12.50");
  });

  it("says the year of a day that is not of this one", () => {
    const said = format("en", new Date("2026-06-01T00:00:00Z"));
    expect(said.day("2026-11-28")).toMatch(/^Sat,? 28 Nov$/);
    expect(said.day("2022-01-01")).toContain("2022");
  });

  it("names a time zone where it is another than the reader's", () => {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const said = format("en", new Date("2026-06-01T00:00:00Z"));
    const at = "2026-11-28T12:00:00Z";
    expect(said.moment(at, here)).toBe(said.moment(at));
    expect(said.moment(at, "Pacific/Kiritimati")).toMatch(
      /^Sun,? 29 Nov · 02:00 \(Pacific\/Kiritimati\)$/,
    );
  });

  it("never says zero for what is unknown", () => {
    expect(format("en").number(null)).toBe("—");
    expect(format("fr").money(undefined)).toBe("—");
    expect(format("en").number(0)).toBe("0");
  });
});

describe("who may what", () => {
  const everywhere = null;
  const pages = [
    "/today",
    "/trends",
    "/exceptions",
    "/orders",
    "/stock",
    "/settings",
    "/first-hour",
  ];
  const reach = (permissions: string, nodes: string[] | null = everywhere) =>
    Object.fromEntries(permissions.split(" ").map((one) => [one, nodes]));
  it.each([
    [
      "a director with trends",
      reach("people.write tower.read tower.write orders.clear audit.read"),
      "director",
      "/trends",
    ],
    [
      "operations with exceptions",
      reach("orders.clear tower.read tower.write supply.write policies.write"),
      "operations",
      "/exceptions",
    ],
    [
      "a planner with stock",
      reach("supply.write policies.write tower.read tower.write"),
      "planner",
      "/stock",
    ],
    [
      "an integrator with settings",
      reach("webhooks.write orders.write orders.clear tower.read fulfilment.work"),
      "integrator",
      "/settings",
    ],
    [
      "an auditor with integrity",
      reach("audit.read tower.read"),
      "auditor",
      "/stock/all/integrity",
    ],
    [
      "an auditor of some nodes with what lies there: integrity is of the whole network",
      reach("audit.read tower.read value.read", ["LYON"]),
      "auditor",
      "/stock/all/value",
    ],
    [
      "a store with its own exceptions",
      reach("tower.read tower.write orders.read fulfilment.work", ["LYON"]),
      "store_manager",
      "/exceptions",
    ],
    [
      "an associate with orders",
      reach("orders.read fulfilment.work", ["LYON"]),
      "store_associate",
      "/orders",
    ],
    ["a reader with today", reach("tower.read orders.read"), "read_only", "/today"],
    ["nobody nowhere", {}, "read_only", "/today"],
  ])("begins %s", (_, given, role, path) => {
    expect(roleOf(given)).toBe(role);
    expect(landing(given, pages)).toBe(path);
    expect(guideOf(given).steps.length).toBeGreaterThan(2);
  });

  it("leads an integrator to the first hour while there are no settings", () => {
    expect(landing(reach("webhooks.write"), ["/first-hour", "/stock"])).toBe("/first-hour");
  });

  it("holds at the nodes that it names", () => {
    const reach = { "stock.write": ["LYON"], "stock.read": null };
    expect(can(reach, "stock.write", "LYON")).toBe(true);
    expect(can(reach, "stock.write", "LILLE")).toBe(false);
    expect(can(reach, "stock.read", "LILLE")).toBe(true);
    expect(can(reach, "orders.read")).toBe(false);
  });
});

describe("launches", () => {
  it.each([
    ["without days", null, null, true, false],
    ["its first and last day", "2026-11-02", "2026-11-02", true, false],
    ["of yesterday", null, "2026-11-01", false, true],
    ["of tomorrow", "2026-11-03", null, false, false],
  ])("hold on their days: %s", (_, valid_from, valid_until, live, ended) => {
    expect(isLive({ valid_from, valid_until }, "2026-11-02")).toBe(live);
    expect(hasEnded({ valid_until }, "2026-11-02")).toBe(ended);
  });
  it("the last one is known, whatever ended or is to come", () => {
    const ended = { id: "a", valid_until: "2026-11-01" };
    const live = { id: "b" };
    const coming = { id: "c", valid_from: "2026-11-03" };
    expect(isLast("b", [ended, live, coming], "2026-11-02")).toBe(true);
    expect(isLast("a", [ended, live, coming], "2026-11-02")).toBe(false);
    expect(isLast("b", [live, { id: "d" }], "2026-11-02")).toBe(false);
  });
  it.each([
    ["held for ever", null, "2026-02-28"],
    ["began yesterday", "2026-02-28", "2026-02-28"],
    ["begins today", "2026-03-01", null],
  ])("end with yesterday: %s", (_, valid_from, last) =>
    expect(lastDay(valid_from, "2026-03-01")).toBe(last),
  );
  it("take an id that is free", () => {
    expect(freeId("web-base", [])).toBe("web-base");
    expect(freeId("web-base", ["web-base", "web-base-2"])).toBe("web-base-3");
  });
});

describe("pictures", () => {
  const node = { legs: 5, units: 30, units_per_day: 60, orders_per_day: null } as never;
  it("fills a ring by what a node can do", () => expect(loadOf(node)).toBe(0.5));
  it("says nothing of a node of which nobody said what it can do", () => {
    expect(loadOf({ legs: 5, units: 30, units_per_day: null, orders_per_day: null } as never)).toBe(
      null,
    );
  });
  it("walks stairs", () => {
    const steps = [
      { day: "2026-11-01", units: 0 },
      { day: "2026-11-08", units: 4 },
    ];
    expect(stairs(steps, 70, 10)).toBe("M0 10H70V0H70");
  });
});

describe("proposals", () => {
  const row = (key: string, action: string | null) =>
    ({ key, proposal: action && { action, label: action } }) as Parameters<typeof byAction>[0][0];
  it("of many are together by what they do", () => {
    const rows = [row("a", "count"), row("b", null), row("c", "source"), row("d", "count")];
    expect(byAction(rows).map((some) => some.map(({ key }) => key))).toEqual([["a", "d"], ["c"]]);
  });
  it("get one id of ours wherever there is room for it", () => {
    const call = { method: "PUT", path: "/v1/keep-backs/{id}", body: { id: "{id}", units: 9 } };
    expect(filled(call, "r-1")).toEqual({
      method: "PUT",
      path: "/v1/keep-backs/r-1",
      body: { id: "r-1", units: 9 },
    });
    expect(filled({ method: "DELETE", path: "/v1/keep-backs/{id}" }, "r-1").body).toBe(undefined);
  });
});

describe("what is put back", () => {
  const row = { assigned_to: "person:9", snoozed_until: null } as Parameters<typeof asBefore>[0];

  it("goes to whom it was, and sleeps as long as it did", () => {
    expect(asBefore(row, "assigned")).toEqual({ verb: "assigned", person: "person:9" });
    expect(asBefore({ ...row, assigned_to: null }, "assigned")).toEqual({
      verb: "assigned",
      is_nobody: true,
    });
    expect(asBefore(row, "snoozed")).toEqual({ verb: "snoozed", until: null });
  });

  it("is sent in slices that the server takes", () => {
    expect(slices([1, 2, 3], 2)).toEqual([[1, 2], [3]]);
    expect(slices([], 2)).toEqual([]);
  });
});

describe("what is said of what is not shown", () => {
  it("counts the promises at risk that are due when the hours are over", () => {
    expect(dueLater({ at_risk: 5, risk: [{ orders: 2 }, { orders: 1 }] })).toBe(2);
    expect(dueLater({ at_risk: 0, risk: [] })).toBe(0);
  });

  it("does not take the first found for all there is", () => {
    expect([1, 19, 20, 500].map(isMaybeMore)).toEqual([false, false, true, true]);
  });
});

describe("curves of several nodes", () => {
  const step = (day: string, cumulative: number) => ({ day, cumulative, units: cumulative });
  const curve = (node: string, ...steps: ReturnType<typeof step>[]) =>
    ({ sku: "mug", channel: null, node, steps, terms: [] }) as never;

  it("add up on each day by what each has reached by then", () => {
    const both = together([
      curve("A", step("2026-11-23", 2), step("2026-11-25", 5)),
      curve("B", step("2026-11-24", 10)),
    ]);
    expect(both.steps).toEqual([
      { day: "2026-11-23", units: 2 },
      { day: "2026-11-24", units: 12 },
      { day: "2026-11-25", units: 15 },
    ]);
  });
});

describe("names on the map", () => {
  const node = (name: string, x: number, y: number) => ({ name, at: [x, y] as [number, number] });
  it.each([
    ["to the right where there is room", [node("PAR", 100, 100)], { PAR: "right" }],
    [
      "to the left of a ring that stands in the way",
      [node("LIL", 100, 100), node("ROU", 125, 102)],
      { LIL: "left", ROU: "right" },
    ],
    ["inside the frame", [node("NCE", 395, 100)], { NCE: "left" }],
    [
      "nowhere between two rings",
      [node("MID", 100, 100), node("EAST", 120, 100), node("WEST", 80, 100)],
      { EAST: "right", WEST: "left" },
    ],
  ])("stand %s", (_, nodes, sides) => {
    expect(Object.fromEntries(withRoom(nodes, 400))).toEqual(sides);
  });
});

describe("asking again", () => {
  it("lets finish what is being fetched, and says that not all was asked", async () => {
    const queries = new QueryClient();
    let answer = (_: string) => {};
    let asked = 0;
    const slow = queries.fetchQuery({
      queryKey: ["slow"],
      queryFn: () => {
        asked += 1;
        return new Promise<string>((resolve) => {
          answer = resolve;
        });
      },
    });
    expect(askAgain(queries, [["slow"], ["other"]])).toBe(false);
    answer("there");
    expect(await slow).toBe("there");
    expect(asked).toBe(1);
    expect(askAgain(queries, [["slow"]])).toBe(true);
    expect(queries.getQueryState(["slow"])?.isInvalidated).toBe(true);
  });
});

describe("a file that is brought", () => {
  const look = {
    columns: [
      { header: "Ref", column: "code", because: "word" },
      { header: "X", column: null, because: null },
    ],
    known: [
      { name: "code", is_required: true },
      { name: "name", is_required: true },
      { name: "cost", is_required: false },
    ],
  } as never;

  it("says what is missing until somebody chooses the column", () => {
    const chosen = chosenBy(look);
    expect(chosen).toEqual(["code", ""]);
    expect(missingOf(look, chosen)).toEqual(["name"]);
    expect(missingOf(look, withColumn(chosen, 1, "name"))).toEqual([]);
  });

  it("has each of our columns once: the last choice takes it", () => {
    expect(withColumn(["code", ""], 1, "code")).toEqual(["", "code"]);
    expect(withColumn(["", ""], 1, "")).toEqual(["", ""]);
  });

  it("takes the permission to write what it holds, for the whole network everywhere", () => {
    const everywhere = { "files.import": null, "catalog.write": null, "stock.write": ["LYON"] };
    expect(mayBring(everywhere, "catalog")).toBe(true);
    expect(mayBring(everywhere, "stock")).toBe(true);
    expect(mayBring(everywhere, "orders")).toBe(false);
    expect(mayBring({ ...everywhere, "catalog.write": ["LYON"] }, "catalog")).toBe(false);
  });
});

describe("what comes", () => {
  const term = (name: string, day: string | null, more = {}) =>
    ({ term: name, units: 3, node: "PAR", day, document: `${name}:p`, ...more }) as never;

  it("is listed by day, and what is on the shelf is not coming", () => {
    const found = comingOf([
      term("asn", "2026-11-29"),
      term("on_shelf", null),
      term("purchase", "2026-11-25", { is_late: true }),
    ]);
    expect(found.map(({ term: name, document, is_late }) => [name, document, is_late])).toEqual([
      ["purchase", "p", true],
      ["asn", "p", false],
    ]);
  });

  it("is late when its day is over", () => {
    expect(isLate("2026-11-25", Date.parse("2026-11-25T12:00:00"))).toBe(false);
    expect(isLate("2026-11-25", Date.parse("2026-11-26T00:00:01"))).toBe(true);
  });

  it("leaves before it arrives", () => {
    expect(turnOf({ dispatched_at: null, received_at: null })).toBe("planned");
    expect(turnOf({ dispatched_at: "x", received_at: null })).toBe("underWay");
    expect(turnOf({ dispatched_at: "x", received_at: "y" })).toBe("received");
    const cancelled = { at: "x", actor: "person:1", actor_name: "Claire", reason: "not needed" };
    expect(turnOf({ dispatched_at: null, received_at: null, cancelled })).toBe("cancelled");
  });

  it("is promised by terms that add up", () => {
    const free = {
      ...{ on_shelf: 9, expired: 1, own: 0, unsellable: 0, buffer: 2, safety: 0, trust: 0 },
      ...{ protection: 3, named: 0, units: 5 },
    } as never;
    const terms = termsOf(free);
    expect(terms).toEqual([
      ["on_shelf", 9],
      ["expired", 1],
      ["buffer", -2],
      ["protection", -3],
    ]);
    expect(terms.reduce((sum, [, units]) => sum + units, 0)).toBe(5);
  });
});

describe("a first look", () => {
  const rows = "sku,quantity\nmug,12\n".repeat(60_000);
  it("takes the first lines of a long CSV, whole ones, and all of any other file", async () => {
    const cut = await firstLines(new Blob([rows]));
    expect(cut.size).toBeLessThanOrEqual(1_000_000);
    expect((await cut.text()).endsWith("\n")).toBe(true);
    const book = new Blob(["PK", rows]);
    expect(await firstLines(book)).toBe(book);
    const short = new Blob(["a,b"]);
    expect(await firstLines(short)).toBe(short);
  });
});

describe("a hold", () => {
  it("is lifted by who may lift its kind", () => {
    const may =
      (...held: string[]) =>
      (permission: string) =>
        held.includes(permission);
    expect(liftable(["payment", "manual"], may("orders.write"))).toEqual(["manual"]);
    expect(liftable(["payment", "fraud"], may("orders.pay"))).toEqual(["payment"]);
  });
});

describe("an order that is changed", () => {
  const lines = [
    { line: 1, quantity: 3, cancelled: 1 },
    { line: 2, quantity: 1, cancelled: 0 },
  ];

  it("sends the lines alone that want otherwise", () => {
    expect(changedLines(lines, { "line-1": "2", "line-2": "0" })).toEqual([
      { line: 2, quantity: 0 },
    ]);
    expect(changedLines(lines, { "line-1": "x", "line-2": "1" })).toEqual([]);
  });

  it("goes its way as it is planned, sent and come", () => {
    expect(wayOf({ shipped_at: null, delivered_at: null })).toBe("wayPlanned");
    expect(wayOf({ shipped_at: "x", delivered_at: null })).toBe("wayUnder");
    expect(wayOf({ shipped_at: "x", delivered_at: "y" })).toBe("wayOver");
  });
});

describe("placeOf", () => {
  const node = { key: "PAR", sku: null, node: "PAR" };
  const sku = { key: "mug", sku: "mug", node: null };
  const shelf = { key: "mug PAR", sku: "mug", node: "PAR" };
  it("leads to where it is edited, for whoever may go there", () => {
    expect(placeOf("node", node, true)).toBe("/network/nodes/PAR");
    expect(placeOf("sku", sku, true)).toBe("/network/skus/mug");
    expect(placeOf("shelf", shelf, true)).toBe("/stock/mug");
    expect(placeOf("order", { key: "o1", sku: "mug", node: null }, true)).toBe("/orders/o1");
  });
  it("leads to the stock of it, for whoever may not", () => {
    expect(placeOf("node", node, false)).toBe("/stock/nodes/PAR");
    expect(placeOf("sku", sku, false)).toBe("/stock/mug");
    expect(placeOf("file", { key: "f", sku: null, node: null }, false)).toBeNull();
  });
});
