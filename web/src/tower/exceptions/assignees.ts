import { useQuery } from "@tanstack/react-query";
import { api, asked } from "../../api/client";
import { useMe } from "../../app/me";
import type { ExceptionRow } from "./model";

/** So many nodes can be asked about at once; for more, only who looks after all of them is. */
const MOST_NODES = 200;

/** To whom all of these can be given: whoever looks after each of their nodes. */
export function useAssignees(rows: readonly ExceptionRow[]) {
  const { can, canEverywhere } = useMe();
  const nodes = [...new Set(rows.map((row) => row.node))].sort();
  const isOfAll = nodes.includes(null) || nodes.length > MOST_NODES;
  const mayAsk = isOfAll
    ? canEverywhere("tower.write")
    : nodes.every((node) => can("tower.write", node));
  const node = isOfAll ? undefined : (nodes as string[]);
  const found = useQuery({
    queryKey: ["assignees", node],
    queryFn: () =>
      asked(api.GET("/v1/exception-assignees", { params: { query: { node, limit: 1000 } } })),
    enabled: mayAsk,
  });
  return (found.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }));
}
