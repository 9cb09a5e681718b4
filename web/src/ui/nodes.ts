import { useQuery } from "@tanstack/react-query";
import { api, asked } from "../api/client";
import type { Option } from "./Form";

/** Every node that may be chosen, by code. */
export function useNodes() {
  return useQuery({
    queryKey: ["nodes", "all"],
    queryFn: () => asked(api.GET("/v1/nodes", { params: { query: { limit: 1000 } } })),
    staleTime: 60_000,
  });
}

/** Those of them that may be chosen, by code and name; none until they are known. */
export function useNodeOptions(may: (node: string) => boolean): Option[] {
  const { data } = useNodes();
  return (data?.items ?? [])
    .filter(({ code }) => may(code))
    .map(({ code, name }) => ({ value: code, label: `${code} · ${name}` }));
}
