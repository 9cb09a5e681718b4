import { keepPreviousData, type QueryKey, useInfiniteQuery } from "@tanstack/react-query";
import type { Page } from "./Table";

export const PAGE_ROWS = 100;

/** A list of the server's for `Table`: asked for page after page, by its cursor. */
export function usePages<Row, Found extends Page<Row> = Page<Row>>(
  queryKey: QueryKey,
  ask: (cursor: string | undefined) => Promise<Found>,
  enabled = true,
) {
  return useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => ask(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
    enabled,
  });
}
