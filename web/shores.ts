import { readFileSync } from "node:fs";
import { join } from "node:path";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import type { Plugin } from "vite";

const SHORES = "virtual:shores";
const CELL_DEGREES = 30;
/** So many steps a degree: points that are nearer are one on every map that is drawn. */
const STEPS = 100;

type Ring = [number, number][];

/**
 * The world in parts, each a file of its own with where it reaches, so that a page brings only what
 * its map shows. A polygon belongs to the cell in which its middle lies.
 */
export function shores(): Plugin {
  const parts: Ring[][] = [];
  return {
    name: "shores",
    buildStart() {
      const cells = new Map<string, Ring[]>();
      for (const ring of polygons()) {
        const cell = cellOf(ring);
        const others = cells.get(cell);
        if (others) others.push(ring);
        else cells.set(cell, [ring]);
      }
      parts.splice(0, parts.length, ...cells.values());
    },
    resolveId: (id) => (id.startsWith(SHORES) ? `\0${id}` : null),
    load(id) {
      if (id === `\0${SHORES}`) {
        const told = parts.map(
          (rings, part) => `[[${boxOf(rings.flat())}], () => import("${SHORES}/${part}")]`,
        );
        return `export const steps = ${STEPS};\nexport const parts = [${told}];`;
      }
      const part = id.startsWith(`\0${SHORES}/`) && parts[Number(id.split("/")[1])];
      return part ? `export default ${JSON.stringify(part.map(strides))};` : null;
    },
  };
}

/** The outer ring of every piece of land that is a country's (Natural Earth, public domain). */
function polygons(): Ring[] {
  const file = join(import.meta.dirname, "node_modules/world-atlas/countries-50m.json");
  const topology: Topology<{ countries: GeometryCollection }> = JSON.parse(
    readFileSync(file, "utf8"),
  );
  return feature(topology, topology.objects.countries).features.flatMap(({ geometry }) => {
    if (geometry.type === "Polygon") return geometry.coordinates as Ring[];
    if (geometry.type === "MultiPolygon") return geometry.coordinates.flat() as Ring[];
    return [];
  });
}

function cellOf(ring: Ring): string {
  const [west, south, east, north] = boxOf(ring);
  const cells = [(west + east) / 2, (south + north) / 2].map((at) => Math.floor(at / CELL_DEGREES));
  return cells.join();
}

/** West, south, east and north of what these points span, in whole degrees. */
function boxOf(points: Ring): [number, number, number, number] {
  let [west, south, east, north] = [180, 90, -180, -90];
  for (const [x, y] of points) {
    [west, south] = [Math.min(west, x), Math.min(south, y)];
    [east, north] = [Math.max(east, x), Math.max(north, y)];
  }
  return [Math.floor(west), Math.floor(south), Math.ceil(east), Math.ceil(north)];
}

/** How far it is from each point to the next, east then north; the first from 0° 0°. */
function strides(ring: Ring): number[] {
  let [x, y] = [0, 0];
  return ring.flatMap(([longitude, latitude], number) => {
    const [nextX, nextY] = [Math.round(longitude * STEPS), Math.round(latitude * STEPS)];
    const stride = [nextX - x, nextY - y];
    if (number && !stride[0] && !stride[1]) return [];
    [x, y] = [nextX, nextY];
    return stride;
  });
}
