export type Point = [longitude: number, latitude: number];
export type Bounds = readonly [west: number, south: number, east: number, north: number];

export interface Frame {
  width: number;
  height: number;
  place: (point: Point) => Point;
  has: (ring: readonly Point[]) => boolean;
  /** Whether some of what lies within these bounds may be seen. */
  meets: (bounds: Bounds) => boolean;
}

const WIDTH = 720;
const LEAST_DEGREES = 3;

/** A frame around these points, in Mercator's projection, with some room on every side. */
export function frameOf(points: readonly Point[]): Frame {
  const xs = points.map(([longitude]) => longitude);
  const ys = points.map(([, latitude]) => mercator(latitude));
  const wide = Math.max(LEAST_DEGREES, spread(xs));
  const high = Math.max(LEAST_DEGREES, spread(ys));
  const side = Math.max(wide, high * 1.4) * 1.16;
  const middleX = middle(xs);
  const middleY = middle(ys);
  const scale = WIDTH / side;
  const height = Math.min(WIDTH, Math.max(WIDTH / 2, high * 1.16 * scale));
  const place = ([longitude, latitude]: Point): Point => [
    round(WIDTH / 2 + (longitude - middleX) * scale),
    round(height / 2 - (mercator(latitude) - middleY) * scale),
  ];
  const has = (ring: readonly Point[]) =>
    ring.some((point) => {
      const [x, y] = place(point);
      return x > -WIDTH / 2 && x < 1.5 * WIDTH && y > -height / 2 && y < 1.5 * height;
    });
  const meets = ([west, south, east, north]: Bounds) => {
    const [left, low] = place([west, south]);
    const [right, high] = place([east, north]);
    return left < WIDTH && right > 0 && high < height && low > 0;
  };
  return { width: WIDTH, height: round(height), place, has, meets };
}

/** The outline of what lies in the frame, as one path. */
export function outline(rings: readonly (readonly Point[])[], frame: Frame): string {
  return rings
    .filter(frame.has)
    .map((ring) => `M${ring.map((point) => frame.place(point).join(" ")).join("L")}Z`)
    .join("");
}

export const RING = 9;
export const GAP = 4;
const LETTER = 8;
const LINE = 13;

interface Box {
  left: number;
  right: number;
  y: number;
  high: number;
}

/**
 * On which side of its ring each name has room, where it covers no ring and no other name; those
 * that come first choose first, and a name without room on either side is left out.
 */
export function withRoom(
  nodes: readonly { name: string; at: Point }[],
  width: number,
): ReadonlyMap<string, "left" | "right"> {
  const rings = nodes.map(({ name, at: [x, y] }) => ({
    name,
    box: { left: x - RING, right: x + RING, y, high: LINE / 2 + RING },
  }));
  const said: Box[] = [];
  const named = new Map<string, "left" | "right">();
  for (const { name, at } of nodes) {
    const [x, y] = at;
    const wide = GAP + name.length * LETTER;
    const sides = [
      ["right", { left: x + RING, right: x + RING + wide, y, high: LINE }],
      ["left", { left: x - RING - wide, right: x - RING, y, high: LINE }],
    ] as const;
    const free = sides.find(
      ([, box]) =>
        box.left >= 0 &&
        box.right <= width &&
        said.every((other) => !isOver(box, other)) &&
        rings.every((ring) => ring.name === name || !isOver(box, ring.box)),
    );
    if (!free) continue;
    named.set(name, free[0]);
    said.push(free[1]);
  }
  return named;
}

function isOver(one: Box, other: Box): boolean {
  const near = Math.max(one.high, other.high);
  return Math.abs(one.y - other.y) < near && one.left < other.right && other.left < one.right;
}

function mercator(latitude: number): number {
  const radians = (Math.max(-85, Math.min(85, latitude)) * Math.PI) / 180;
  return (Math.log(Math.tan(Math.PI / 4 + radians / 2)) * 180) / Math.PI;
}

function spread(values: readonly number[]): number {
  return values.length > 0 ? Math.max(...values) - Math.min(...values) : 0;
}

function middle(values: readonly number[]): number {
  return values.length > 0 ? (Math.max(...values) + Math.min(...values)) / 2 : 0;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
