import { type QueryKey, useQuery } from "@tanstack/react-query";
import type { Versioned } from "../api/client";

/**
 * What a form changes: read as it opens, and not again under it. So the version that goes back is
 * that of what its fields showed, whatever is asked again meanwhile.
 */
export function useEdited<T>(key: QueryKey, ask: () => Promise<Versioned<T>>) {
  return useQuery({
    queryKey: ["edited", ...key],
    queryFn: ask,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
}
