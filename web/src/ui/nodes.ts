import { useQuery } from "@tanstack/react-query";
import { api, asked } from "../api/client";

/** Every node that may be chosen, by code. */
export function useNodes() {
  return useQuery({
    queryKey: ["nodes", "all"],
    queryFn: () => asked(api.GET("/v1/nodes", { params: { query: { limit: 1000 } } })),
    staleTime: 60_000,
  });
}
