import { parts, steps } from "virtual:shores";
import { type UseQueryResult, useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { type Frame, outline, type Point } from "./geography";

/** The shores and borders that a frame shows, as one path; only its parts of the world are brought. */
export function useShores(frame: Frame): string {
  const shown = parts.flatMap(([box, bring], part) => (frame.meets(box) ? [{ part, bring }] : []));
  const brought = useQueries({
    queries: shown.map(({ part, bring }) => ({
      queryKey: ["shores", part],
      queryFn: () => bring().then((made) => made.default.map(ringOf)),
      staleTime: Number.POSITIVE_INFINITY,
    })),
    combine: together,
  });
  return useMemo(() => outline(brought, frame), [brought, frame]);
}

function together(answers: UseQueryResult<Point[][]>[]): Point[][] {
  return answers.flatMap(({ data }) => data ?? []);
}

/** The points of a ring that is told by how far it is from each to the next. */
export function ringOf(strides: readonly number[]): Point[] {
  let [x, y] = [0, 0];
  const ring: Point[] = [];
  for (let at = 0; at < strides.length; at += 2) {
    x += strides[at] ?? 0;
    y += strides[at + 1] ?? 0;
    ring.push([x / steps, y / steps]);
  }
  return ring;
}
