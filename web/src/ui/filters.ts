import { useSearchParams } from "react-router";

/** What a list is narrowed by, kept in the address, so that a link shows the same; "" or null: not. */
export function useFilters(): [URLSearchParams, (name: string, value: string | null) => void] {
  const [query, setQuery] = useSearchParams();
  const set = (name: string, value: string | null) =>
    setQuery(
      (now) => {
        if (value) now.set(name, value);
        else now.delete(name);
        return now;
      },
      { replace: true },
    );
  return [query, set];
}
