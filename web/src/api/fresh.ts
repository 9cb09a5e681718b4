import type { QueryClient, QueryKey } from "@tanstack/react-query";

/**
 * Ask again for what these keys stand for, and say whether all of it was: what is being fetched is
 * let finish, else a burst of events would never let a slow answer come.
 */
export function askAgain(queries: QueryClient, keys: readonly QueryKey[]): boolean {
  const quiet = keys.filter((queryKey) => queries.isFetching({ queryKey }) === 0);
  for (const queryKey of quiet) queries.invalidateQueries({ queryKey }, { cancelRefetch: false });
  return quiet.length === keys.length;
}
