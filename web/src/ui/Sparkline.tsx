const WIDE = 96;
const HIGH = 24;
const EDGE = 2;

interface SparklineProps {
  /** From the oldest on; a gap where one is not known. */
  values: readonly (number | null)[];
  /** What it shows, in words: its numbers stand in a table elsewhere. */
  label: string;
  /** The ends of its axis; without them, those of its values. */
  ends?: readonly [number, number];
}

const USUAL_LOW = 0.8;

/** The ends of an axis of shares: up to all of it, and down as far as there is something to see. */
export function shareEnds(values: readonly (number | null)[]): readonly [number, number] {
  const known = values.filter((value) => value !== null);
  return [Math.min(USUAL_LOW, ...known.map((value) => Math.floor(value * 10) / 10)), 1];
}

/** How a figure went, in the space of a word. */
export function Sparkline({ values, label, ends }: SparklineProps) {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return <span className="hint">—</span>;
  const [low, high] = ends ?? [Math.min(...known), Math.max(...known)];
  const last = spots(values, low, high).at(-1);
  return (
    <svg className="sparkline" viewBox={`0 0 ${WIDE} ${HIGH}`} role="img" aria-label={label}>
      <path d={pathOf(values, low, high)} />
      {last && <circle cx={last.x} cy={last.y} r={2} />}
    </svg>
  );
}

function spots(values: readonly (number | null)[], low: number, high: number) {
  const step = (WIDE - 2 * EDGE) / Math.max(1, values.length - 1);
  return values.flatMap((value, index) => {
    if (value === null) return [];
    const share = high > low ? (value - low) / (high - low) : 0.5;
    const y = HIGH - EDGE - (HIGH - 2 * EDGE) * Math.min(1, Math.max(0, share));
    return [{ index, x: EDGE + index * step, y: Math.round(y * 10) / 10 }];
  });
}

/** A line through what is known; where a value is missing, it breaks off and begins anew. */
export function pathOf(values: readonly (number | null)[], low: number, high: number): string {
  let before = -2;
  return spots(values, low, high)
    .map(({ index, x, y }) => {
      const verb = index === before + 1 ? "L" : "M";
      before = index;
      return `${verb}${Math.round(x * 10) / 10} ${y}`;
    })
    .join("");
}
