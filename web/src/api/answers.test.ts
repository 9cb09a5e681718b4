import { describe, expect, it } from "vitest";
import { isLive } from "../model/dated";
import { byAction, idOf, subjectLink } from "../tower/exceptions/model";
import { cutOffs, loadMeaning, loadOf as loadOfStanding, spansOn } from "../tower/network/model";
import { deadlineOf, meaningOf, openLegs, STAGES, wayOf } from "../tower/orders/model";
import { feedState, lowestOf, shareOf, weeklyShares } from "../tower/partners/model";
import { grouped, localFaults, wrongValue } from "../tower/policies/model";
import { differences, keyState, rowsOfGrants, subjectOf, trailLink } from "../tower/settings/model";
import { comingOf, isLate, spanOf, turnOf } from "../tower/stock/lists/model";
import { byNode, stairs, sumOf, termsOf, together } from "../tower/stock/model";
import { dueLater, hoursFrom, loadOf } from "../tower/today/model";
import type { Answer, Answers } from "./answers";

/**
 * Written by `tests/test_web_answers.py`, which runs this. That the answers are of the described
 * types the compiler has said before; here the pages reckon with them.
 */
const [file] = Object.values(
  import.meta.glob<{ answers: Answers }>("../../.answers/answers.ts", { eager: true }),
);

function all<Path extends keyof Answers>(path: Path): readonly Answer<Path>[] {
  const found = file?.answers[path] as readonly Answer<Path>[] | undefined;
  if (!found?.length) throw new Error(`nothing was answered to ${path}`);
  return found;
}

function one<Path extends keyof Answers>(path: Path): Answer<Path> {
  return all(path)[0] as Answer<Path>;
}

const NOW = Date.parse("2026-11-27T15:00:00Z");

describe.skipIf(!file)("what a server has answered", () => {
  it("makes the figures of Today", () => {
    for (const today of all("/v1/tower/today")) {
      const bars = hoursFrom(today.at, today.risk);
      expect(bars).toHaveLength(24);
      const shown = bars.reduce((sum, bar) => sum + bar.orders, 0);
      expect(shown + dueLater(today)).toBe(today.at_risk);
      expect(today.steps.map(({ stage }) => stage)).toEqual(
        STAGES.filter((stage) => stage !== "cancelled"),
      );
      for (const node of today.nodes) expect(loadOf(node) ?? 0).toBeGreaterThanOrEqual(0);
    }
  });

  it("makes the work list", () => {
    const rows = all("/v1/exceptions").flatMap(({ items }) => items);
    expect(byAction(rows).flat().length).toBeLessThanOrEqual(rows.length);
    for (const row of rows) {
      expect(idOf(row.subject)).not.toBe("");
      expect(subjectLink(row) ?? "/").toMatch(/^\//);
      expect(Number.isNaN(Date.parse(row.since))).toBe(false);
    }
  });

  it("makes the orders", () => {
    for (const row of all("/v1/orders").flatMap(({ items }) => items)) {
      expect(STAGES).toContain(row.stage);
      expect(["plain", "soon", "late", "good"]).toContain(meaningOf(row));
      expect(Number.isNaN(Date.parse(deadlineOf(row) ?? row.placed_at))).toBe(false);
    }
    const order = one("/v1/orders/{order_id}");
    expect(openLegs(order).length).toBeLessThanOrEqual(order.legs.length);
    for (const leg of order.legs) expect(wayOf(leg)).toMatch(/^way/);
  });

  it("makes the page of a SKU", () => {
    const free = one("/v1/availability").items;
    const nodes = byNode(one("/v1/balances").items, free);
    expect(nodes.length).toBeGreaterThan(0);
    expect(sumOf(nodes, "available")).toBeGreaterThan(0);
    for (const row of free) {
      const sum = termsOf(row).reduce((total, [, units]) => total + units, 0);
      expect(Number.isFinite(sum)).toBe(true);
    }
    const curve = together(one("/v1/atp").items as never);
    expect(stairs(curve.steps, 100, 40)).toMatch(/^M/);
    expect(comingOf(curve.terms as never)).toBeInstanceOf(Array);
    for (const found of one("/v1/nodes/{node}/accuracy").items) expect(spanOf(found)).toBeDefined();
    for (const row of one("/v1/transfers").items) {
      expect(["planned", "underWay", "received"]).toContain(turnOf(row));
      expect(typeof isLate(row.expected_on, NOW)).toBe("boolean");
    }
  });

  it("makes the partners", () => {
    for (const row of one("/v1/scorecards").items) expect(feedState(row)).not.toBe("");
    for (const row of all("/v1/turnouts").flatMap(({ items }) => items)) {
      expect(shareOf(row as never)).toBeDefined();
      for (const share of weeklyShares(row)) expect(share ?? 0).toBeLessThanOrEqual(1);
    }
    expect(lowestOf(one("/v1/promises/calibration").items)).toBeLessThanOrEqual(1);
  });

  it("makes the policies", () => {
    const settings = one("/v1/policies/settings").items;
    const { content } = one("/v1/policies/versions/{policy}");
    expect(localFaults(content, settings)).toEqual([]);
    for (const setting of settings) expect(wrongValue(setting, setting.usual)).toBe(null);
    const found = one("/v1/policies/differences/{before}/{after}");
    expect([...grouped(found.items as never).values()].flat()).toHaveLength(found.items.length);
  });

  it("makes network and settings", () => {
    for (const row of one("/v1/tower/nodes").items) {
      expect(["plain", "soon", "late", "good"]).toContain(loadMeaning(loadOfStanding(row)));
    }
    const node = one("/v1/nodes/{node}");
    expect(spansOn(node.hours ?? [], 0).length).toBeGreaterThan(0);
    expect(cutOffs(node.departures ?? [])).toBeDefined();
    for (const network of one("/v1/channel-networks").items) isLive(network, "2026-11-27");
    for (const key of one("/v1/keys").items) {
      expect(["valid", "expired", "revoked"]).toContain(keyState(key, NOW));
    }
    for (const person of one("/v1/people").items) rowsOfGrants(person.grants);
    for (const change of one("/v1/trail").items) {
      expect(differences(change.before, change.after).length).toBeGreaterThan(0);
      expect(subjectOf(change.subject).kind).not.toBe("");
      expect(trailLink(change.action, change.subject) ?? "/").toMatch(/^\//);
    }
  });
});
