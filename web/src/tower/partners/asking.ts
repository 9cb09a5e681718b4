import { api, asked } from "../../api/client";
import type { NodeKindName } from "../../model/nodeKinds";
import { usePages } from "../../ui/pages";

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
  return usePages(["partners", "turnouts", query], (cursor) =>
    asked(
      api.GET("/v1/turnouts", {
        params: { query: { ...query, cursor, limit: PAGE } },
      }),
    ),
  );
}

export function useFeeds(partner: string) {
  return usePages(["partners", "feeds", partner], (cursor) =>
    asked(api.GET("/v1/feeds", { params: { query: { partner, cursor, limit: 20 } } })),
  );
}

export function useOpen(kind: string, node: readonly string[], isWanted: boolean) {
  return usePages(
    ["partners", "open", kind, node],
    (cursor) =>
      asked(
        api.GET("/v1/exceptions", {
          params: {
            query: {
              kind: kind as never,
              node: node.length > 0 ? [...node] : undefined,
              sort: "money",
              cursor,
              limit: PAGE,
            },
          },
        }),
      ),
    { enabled: isWanted },
  );
}
