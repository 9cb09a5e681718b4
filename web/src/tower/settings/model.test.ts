import { describe, expect, it } from "vitest";
import { differences, grantsOfRows, keyState, nodesOf, rowsOfGrants, trailLink } from "./model";

describe("grants", () => {
  it("go into lines and come back as they were", () => {
    const grants = [
      { role: "director" as const, nodes: null },
      { role: "store_manager" as const, nodes: ["PAR", "LYS"] },
    ];
    expect(grantsOfRows(JSON.stringify(rowsOfGrants(grants)))).toEqual(grants);
  });
  it("hold everywhere where no node was typed, never nowhere", () => {
    expect(nodesOf("  ")).toBeNull();
    expect(nodesOf("PAR, LYS")).toEqual(["PAR", "LYS"]);
  });
});

describe("a key", () => {
  const now = Date.parse("2026-11-28T12:00:00Z");
  it.each([
    ["is valid for ever", { revoked_at: null, expires_at: null }, "valid"],
    [
      "is over at its very instant",
      { revoked_at: null, expires_at: "2026-11-28T12:00:00Z" },
      "expired",
    ],
    [
      "is revoked, whatever else",
      { revoked_at: "2026-11-01T00:00:00Z", expires_at: null },
      "revoked",
    ],
  ])("%s", (_, key, state) => {
    expect(keyState(key, now)).toBe(state);
  });
});

describe("the trail", () => {
  it("says what changed, and no more", () => {
    expect(differences({ name: "Par", hours: [1] }, { name: "Paris", hours: [1] })).toEqual([
      { name: "name", before: "Par", after: "Paris" },
    ]);
  });
  it("says all of what is new or gone", () => {
    expect(differences(null, { name: "Par" })).toEqual([
      { name: "name", before: null, after: "Par" },
    ]);
    expect(differences("open", null)).toEqual([{ name: "", before: "open", after: null }]);
  });
  it("leads to what was changed, where that has a page", () => {
    expect(trailLink("node.changed", "PAR")).toBe("/network/nodes/PAR");
    expect(trailLink("key.added", "key:1")).toBeNull();
  });
});
