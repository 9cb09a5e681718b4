import type { Shapes } from "../../api/client";

type Balance = Shapes["Balance"];
type Available = Shapes["Available"];

export const STATES = [
  "available",
  "reserved",
  "hold",
  "damaged",
  "in_transit",
  "returning",
] as const;
export type State = (typeof STATES)[number];

export interface NodeRow {
  node: string;
  units: Readonly<Partial<Record<State, number>>>;
  total: number;
  promised: number | null;
  /** The terms of that sum. */
  free: Available | null;
}

/** A row for each node that has units or something to promise, the fullest first. */
export function byNode(balances: readonly Balance[], free: readonly Available[]): NodeRow[] {
  const nodes = new Map<string, Partial<Record<State, number>>>();
  for (const { node, state, quantity } of balances) {
    if (state === "outside") continue;
    nodes.set(node, { ...nodes.get(node), [state]: quantity });
  }
  const known = new Map(free.map((one) => [one.node, one]));
  for (const node of known.keys()) if (!nodes.has(node)) nodes.set(node, {});
  return [...nodes]
    .map(([node, units]) => ({
      node,
      units,
      total: Object.values(units).reduce((sum, count) => sum + count, 0),
      promised: known.get(node)?.units ?? null,
      free: known.get(node) ?? null,
    }))
    .sort((one, other) => other.total - one.total || one.node.localeCompare(other.node));
}

export function sumOf(rows: readonly NodeRow[], state: State): number {
  return rows.reduce((sum, row) => sum + (row.units[state] ?? 0), 0);
}

export interface Stair {
  day: string;
  units: number;
}

/** A path that stays level until the next day with something new, in a box of this size. */
export function stairs(steps: readonly Stair[], width: number, height: number): string {
  if (steps.length === 0) return "";
  const days = steps.map((step) => Date.parse(step.day));
  const first = Math.min(...days);
  const last = Math.max(first + 7 * 86_400_000, ...days);
  const most = Math.max(1, ...steps.map((step) => step.units));
  const x = (at: number) => Math.round((width * (at - first)) / (last - first));
  const y = (units: number) => Math.round(height - (height * Math.max(0, units)) / most);
  const [start, ...rest] = steps.map((step, index) => ({
    x: x(days[index] ?? first),
    y: y(step.units),
  }));
  const walked = rest.map((step) => `H${step.x}V${step.y}`).join("");
  return `M${start?.x} ${start?.y}${walked}H${width}`;
}

type Curve = Shapes["Curve"];

/** Curves of several nodes as one: on each day what all of them can promise by then. */
export function together(curves: readonly Curve[]): Pick<Curve, "terms"> & { steps: Stair[] } {
  const days = [...new Set(curves.flatMap(({ steps }) => steps.map((step) => step.day)))].sort();
  const reached = (curve: Curve, day: string) =>
    curve.steps.filter((step) => step.day <= day).at(-1)?.cumulative ?? 0;
  return {
    steps: days.map((day) => ({
      day,
      units: curves.reduce((sum, curve) => sum + reached(curve, day), 0),
    })),
    terms: curves.flatMap(({ terms }) => terms ?? []),
  };
}

const SIGNS = {
  on_shelf: 1,
  expired: 1,
  own: 1,
  unsellable: -1,
  buffer: -1,
  safety: -1,
  trust: -1,
  protection: -1,
  named: -1,
} as const;
export type TermOfSum = keyof typeof SIGNS;

/** What a promise of a node is made of, each term as it counts; what is nothing is left out. */
export function termsOf(free: Available): [TermOfSum, number][] {
  return (Object.keys(SIGNS) as TermOfSum[])
    .map((term): [TermOfSum, number] => [term, SIGNS[term] * free[term]])
    .filter(([term, units]) => units !== 0 || term === "on_shelf");
}
