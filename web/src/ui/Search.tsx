import { Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useId, useState } from "react";
import { useWords } from "../model/words";
import type { Field, Option } from "./Form";
import { uiWords } from "./words";

const CALM_MS = 200;

interface SearchProps {
  find?: (text: string) => Promise<readonly Option[]>;
  chosen: Option | null;
  choose: (found: Option | null) => void;
  isWrong?: boolean;
  label?: string;
  "aria-label"?: string;
  description?: string;
  error?: string;
  required?: boolean;
  name?: string;
}

/** One thing of many, found by what is typed or scanned; it is chosen, never only typed. */
export function Search({ find, chosen, choose, isWrong, error, ...shared }: SearchProps) {
  const say = useWords(uiWords);
  const place = useId();
  const [typed, setTyped] = useState(chosen?.label ?? "");
  const text = typed.trim();
  const [asking] = useDebouncedValue(text, CALM_MS);
  const isChosen = chosen !== null && text === chosen.label;
  const found = useQuery({
    queryKey: ["found", place, asking],
    queryFn: async () => (await find?.(asking)) ?? [],
    enabled: asking !== "" && !isChosen,
    gcTime: 0,
  });
  const isSettled = asking === text && found.data !== undefined;
  const options = isSettled && !isChosen ? found.data : [];
  const onKeyDown = async (event: KeyboardEvent<HTMLInputElement>) => {
    const isAtOne = event.currentTarget.getAttribute("aria-activedescendant") !== null;
    if (event.key !== "Enter" || text === "" || isChosen || isAtOne) return;
    // A scanner ends with Enter before anything was looked up: it chooses, and sends no form.
    event.preventDefault();
    const one = meantBy(text, isSettled ? options : ((await find?.(text)) ?? []));
    if (one) choose(one);
  };
  const known = options.some(({ value }) => value === chosen?.value) ? null : chosen;
  return (
    <Select
      {...shared}
      size="sm"
      searchable
      value={chosen?.value ?? null}
      searchValue={typed}
      onSearchChange={setTyped}
      onChange={(value) => choose(options.find((one) => one.value === value) ?? null)}
      onKeyDown={onKeyDown}
      data={[...(known ? [known] : []), ...options].map(({ value, label }) => ({ value, label }))}
      filter={({ options: all }) => all}
      nothingFoundMessage={isSettled && text !== "" ? say("foundNone") : undefined}
      withAsterisk={false}
      allowDeselect={false}
      error={error ?? isWrong}
      comboboxProps={{ transitionProps: { duration: 0 } }}
    />
  );
}

/** What a text means without anybody having to point at it: the only one, or the one of that code. */
function meantBy(text: string, options: readonly Option[]): Option | undefined {
  const wanted = text.toLocaleLowerCase();
  const exact = options.find(({ value }) => value.toLocaleLowerCase() === wanted);
  return exact ?? (options.length === 1 ? options[0] : undefined);
}

/** The same as a field of a form. */
export function SearchInput({ field, error }: { field: Field; error?: string }) {
  const [chosen, choose] = useState<Option | null>(field.options?.[0] ?? null);
  return (
    <Search
      name={field.name}
      label={field.label}
      description={field.hint}
      required={field.isRequired}
      find={field.find}
      chosen={chosen}
      choose={(found) => {
        choose(found);
        field.heard?.(found?.value ?? "");
      }}
      error={error}
    />
  );
}
