import { keepPreviousData, type QueryKey, useInfiniteQuery } from "@tanstack/react-query";
import type { Page } from "./Table";

export const PAGE_ROWS = 100;

interface Asking {
  /** Whether it is asked at all. */
  enabled?: boolean;
  /** Whether the rows of the last filter stay until those of the next are there. */
  keeps?: boolean;
  /** Asked again each so many ms, besides when something happens. */
  everyMs?: number;
}

/** A list of the server's for `Table`: asked for page after page, by its cursor. */
export function usePages<Row, Found extends Page<Row> = Page<Row>>(
  queryKey: QueryKey,
  ask: (cursor: string | undefined) => Promise<Found>,
  { enabled = true, keeps = false, everyMs }: Asking = {},
) {
  return useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => ask(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keeps ? keepPreviousData : undefined,
    refetchInterval: everyMs ?? false,
    enabled,
  });
}

/** All of a list, page after page: for what cannot do with a part of it. */
export async function allPages<Row>(
  ask: (cursor: string | undefined) => Promise<Page<Row>>,
): Promise<Row[]> {
  const all: Row[] = [];
  let cursor: string | undefined;
  do {
    const page = await ask(cursor);
    all.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor);
  return all;
}
