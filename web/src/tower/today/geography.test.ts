import { parts } from "virtual:shores";
import { describe, expect, it } from "vitest";
import { frameOf, type Point } from "./geography";
import { ringOf } from "./shores";

describe("shores", () => {
  const paris: Point = [2.35, 48.86];
  const sydney: Point = [151.2, -33.9];

  it("are brought where the frame reaches, and only there", async () => {
    const frame = frameOf([paris]);
    const shown = parts.filter(([bounds]) => frame.meets(bounds));
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.length).toBeLessThan(parts.length / 6);
    const rings = (await Promise.all(shown.map(([, bring]) => bring()))).flatMap((made) =>
      made.default.map(ringOf),
    );
    expect(rings.some(frame.has)).toBe(true);
  });

  it("are the whole world's where its nodes are", () => {
    const frame = frameOf([paris, sydney]);
    const met = (point: Point) => frame.meets([...point, ...point]);
    expect([paris, sydney].every(met)).toBe(true);
    expect(met([-120, 40])).toBe(false);
  });
});
