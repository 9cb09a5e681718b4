import { useInfiniteQuery } from "@tanstack/react-query";
import { api, asked } from "../../api/client";
import type { NodeKindName } from "../../model/nodeKinds";

export const KEYS = [["partners"]];
/** Not of legs: they move all the time, and each scorecard reads those of weeks. */
export const HEARD = ["feed.*", "partner.*"];
const PAGE = 50;

interface Turned {
  by: "carrier" | "lane" | "node";
  kind?: NodeKindName[];
  carrier?: string;
}

export function useTurnouts(query: Turned) {
  return useInfiniteQuery({
    queryKey: ["partners", "turnouts", query],
    queryFn: ({ pageParam }) =>
      asked(
        api.GET("/v1/turnouts", {
          params: { query: { ...query, cursor: pageParam, limit: PAGE } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });
}

export function useFeeds(partner: string) {
  return useInfiniteQuery({
    queryKey: ["partners", "feeds", partner],
    queryFn: ({ pageParam }) =>
      asked(api.GET("/v1/feeds", { params: { query: { partner, cursor: pageParam, limit: 20 } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });
}

export function useOpen(kind: string, node: readonly string[], isWanted: boolean) {
  return useInfiniteQuery({
    queryKey: ["partners", "open", kind, node],
    queryFn: ({ pageParam }) =>
      asked(
        api.GET("/v1/exceptions", {
          params: {
            query: {
              kind: kind as never,
              node: node.length > 0 ? [...node] : undefined,
              sort: "money",
              cursor: pageParam,
              limit: PAGE,
            },
          },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    enabled: isWanted,
  });
}
