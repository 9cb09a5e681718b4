import { useState } from "react";

/** Where it is kept which columns of a list a reader leaves out, in this browser. */
const KEPT = "noria_hidden_columns";

type Hidden = Readonly<Record<string, readonly string[]>>;

/** What was kept, whatever it is: what cannot be read is nothing. */
export function readHidden(kept: string | null): Hidden {
  try {
    const read: unknown = JSON.parse(kept ?? "{}");
    if (typeof read !== "object" || read === null) return {};
    return Object.fromEntries(
      Object.entries(read).filter(
        ([, keys]) => Array.isArray(keys) && keys.every((key) => typeof key === "string"),
      ),
    );
  } catch {
    return {};
  }
}

/** The columns that stay: those not left out; the first says what a row is, and always does. */
export function staying<T extends { key: string }>(
  columns: readonly T[],
  hidden: readonly string[],
): readonly T[] {
  return columns.filter(({ key }, index) => index === 0 || !hidden.includes(key));
}

/** Which columns of a list its reader leaves out; a list without a name shows all. */
export function useHidden(list: string | undefined) {
  const [hidden, setHidden] = useState<readonly string[]>(
    () => (list && readHidden(localStorage.getItem(KEPT))[list]) || [],
  );
  const toggle = (key: string) => {
    if (!list) return;
    const next = hidden.includes(key) ? hidden.filter((one) => one !== key) : [...hidden, key];
    setHidden(next);
    const kept = readHidden(localStorage.getItem(KEPT));
    localStorage.setItem(KEPT, JSON.stringify({ ...kept, [list]: next }));
  };
  return { hidden, toggle };
}
