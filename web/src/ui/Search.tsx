import { Autocomplete } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
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
  "data-autofocus"?: boolean;
}

/**
 * One thing of many, found by what is typed or scanned. It is chosen, never only typed: a text that
 * nothing was chosen for stays there and lets no form be sent, and an empty text chooses nothing.
 */
export function Search({ find, chosen, choose, isWrong, error, name, ...shared }: SearchProps) {
  const say = useWords(uiWords);
  const place = useId();
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(chosen?.label ?? "");
  // Nobody is told off for what they are still typing.
  const [isDone, setDone] = useState(false);
  const text = typed.trim();
  const [asking] = useDebouncedValue(text, CALM_MS);
  const isChosen = chosen !== null && text === chosen.label.trim();
  const isOpen = text !== "" && !isChosen;
  const found = useQuery({
    queryKey: ["found", place, asking],
    queryFn: async () => (await find?.(asking)) ?? [],
    enabled: asking !== "" && !isChosen,
    gcTime: 0,
  });
  const isSettled = asking === text && found.data !== undefined;
  const options = isSettled && isOpen ? found.data : [];
  const unchosen = isOpen ? say("notChosen") : "";
  useEffect(() => input.current?.setCustomValidity(unchosen), [unchosen]);
  const onChange = (now: string) => {
    setTyped(now);
    setDone(false);
    if (now.trim() === "" && chosen !== null) choose(null);
  };
  const onKeyDown = async (event: KeyboardEvent<HTMLInputElement>) => {
    const isAtOne = event.currentTarget.getAttribute("aria-activedescendant") !== null;
    if (event.key !== "Enter" || !isOpen || isAtOne) return;
    // A scanner ends with Enter before anything was looked up: it chooses, and sends no form.
    event.preventDefault();
    const one = meantBy(text, isSettled ? options : ((await find?.(text)) ?? []));
    setDone(true);
    if (!one) return;
    choose(one);
    setTyped((now) => (now.trim() === text ? one.label : now));
  };
  const none = { value: "", label: say("foundNone"), disabled: true };
  const listed = options.map(({ value, label }) => ({ value, label }));
  return (
    <>
      <Autocomplete
        {...shared}
        ref={input}
        size="sm"
        value={typed}
        onChange={onChange}
        onOptionSubmit={(value) => choose(options.find((one) => one.value === value) ?? null)}
        onKeyDown={onKeyDown}
        onBlur={() => setDone(true)}
        data={isSettled && isOpen && listed.length === 0 ? [none] : listed}
        filter={({ options: all }) => all}
        withAsterisk={false}
        error={isDone && isOpen ? unchosen : (error ?? isWrong)}
        comboboxProps={{ transitionProps: { duration: 0 } }}
      />
      {name && <input type="hidden" name={name} value={isChosen ? chosen.value : ""} />}
    </>
  );
}

/** What a text means without anybody having to point at it: the only one, or the one of that code. */
function meantBy(text: string, options: readonly Option[]): Option | undefined {
  const wanted = text.toLocaleLowerCase();
  const exact = options.find(({ value }) => value.toLocaleLowerCase() === wanted);
  return exact ?? (options.length === 1 ? options[0] : undefined);
}

interface SearchInputProps {
  field: Field;
  error?: string;
  /** Whether a window begins with it. */
  isFirst?: boolean;
}

/** The same as a field of a form. */
export function SearchInput({ field, error, isFirst }: SearchInputProps) {
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
      data-autofocus={isFirst || undefined}
    />
  );
}
