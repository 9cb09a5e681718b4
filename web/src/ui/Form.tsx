import {
  Button,
  Checkbox,
  Group,
  NativeSelect,
  SimpleGrid,
  Textarea,
  TextInput,
} from "@mantine/core";
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { type Fault, Problem } from "../api/client";
import { useWords } from "../model/words";
import { useFirstFocus } from "./focus";
import { Failure } from "./Panel";
import { RowsInput } from "./Rows";
import { SearchInput } from "./Search";
import { uiWords } from "./words";

export interface Field {
  /** The pointer of the API for it, without its slash: refusals are shown at their field. */
  name: string;
  label: string;
  /**
   * `check` gives "true" or "", `checks` the chosen options with commas between, `rows` its rows as
   * JSON, `search` the value of what was found and chosen; all others what was typed.
   */
  type?:
    | "text"
    | "email"
    | "password"
    | "date"
    | "time"
    | "number"
    | "datetime-local"
    | "long"
    | "select"
    | "check"
    | "checks"
    | "rows"
    | "search";
  value?: string;
  /** Of `text`: what is proposed while one types; of `search`: what is chosen at first. */
  options?: readonly Option[];
  /** In a row whose other cells decide what there is to choose from. */
  optionsOf?: (row: Row) => readonly Option[];
  /** In a row: whether it is asked for there, as its other cells are. */
  isFor?: (row: Row) => boolean;
  /** What a text may mean; each choice may fill other cells of its row. */
  find?: (text: string) => Promise<readonly Option[]>;
  /** What a row has, and the rows there are. */
  columns?: readonly Field[];
  rows?: readonly Row[];
  /** What a row comes to, said below it. */
  noteOf?: (row: Row) => string;
  heard?: (typed: string) => void;
  /** So many of its kind stand in one line: an amount and its currency, three sides of a box. */
  abreast?: 2 | 3;
  isFixed?: boolean;
  isRequired?: boolean;
  hint?: string;
  autoComplete?: string;
}

export interface Option {
  value: string;
  label: string;
  /** Other cells of its row that it fills once it is chosen. */
  fills?: Row;
  /** Asked once it is chosen: what it fills as well. */
  learn?: () => Promise<Row>;
}

export type Row = Readonly<Record<string, string>>;

interface FormProps {
  fields: readonly Field[];
  submit: string;
  send: (values: Record<string, string>) => Promise<unknown>;
  done?: () => void;
  cancel?: () => void;
  /** What stands around it is read first: a window does not begin with it. */
  isAside?: boolean;
  children?: ReactNode;
}

/**
 * A form whose refusals stand at their fields, the first of which has the focus then; what belongs
 * to none stands above them. In a window it has the focus from the start, unless it is aside.
 */
export function Form(props: FormProps) {
  const { fields, submit, send, done, cancel, isAside, children } = props;
  const say = useWords(uiWords);
  const [error, setError] = useState<unknown>(null);
  const [isSending, setSending] = useState(false);
  const faults = error instanceof Problem ? error.faults : [];
  const faultOf = (name: string) => faults.find((one) => isAt(one.pointer, name))?.message;
  const isPlaced = faults.length > 0 && fields.some((field) => faultOf(field.name));

  const onSubmit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    setSending(true);
    setError(null);
    try {
      await send(Object.fromEntries(fields.map((field) => [field.name, typedIn(field, given)])));
      done?.();
    } catch (problem) {
      setError(problem);
    } finally {
      setSending(false);
    }
  };

  const form = useRef<HTMLFormElement>(null);
  useFirstFocus(form);
  // Where rows come first, the window begins at its top: what is below them would be far down.
  const asked = fields.find(({ isFixed }) => !isFixed);
  const first = isAside || asked?.type === "rows" ? undefined : asked;
  useEffect(() => {
    if (error === null) return;
    const first = form.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
    (first ?? form.current?.querySelector<HTMLElement>('[type="submit"]'))?.focus();
  }, [error]);

  return (
    <form className="form" ref={form} onSubmit={onSubmit}>
      {error !== null && !isPlaced && <Failure error={error} />}
      {fields.map((field) => (
        <div key={field.name} className={field.abreast && `of-${field.abreast}`}>
          <Input
            field={field}
            error={faultOf(field.name)}
            isFirst={field === first}
            faults={faults.filter(({ pointer }) => isAt(pointer, field.name))}
          />
        </div>
      ))}
      {children}
      <Group justify="flex-end">
        {cancel && (
          <Button variant="default" onClick={cancel}>
            {say("back")}
          </Button>
        )}
        <Button type="submit" loading={isSending}>
          {submit}
        </Button>
      </Group>
    </form>
  );
}

function typedIn({ name, type }: Field, given: FormData): string {
  if (type === "check") return given.has(name) ? "true" : "";
  if (type === "checks") return given.getAll(name).join(",");
  return String(given.get(name) ?? "");
}

interface InputProps {
  field: Field;
  error?: string;
  /** All that is wrong with it: rows show it where it is. */
  faults?: readonly Fault[];
  /** Whether a window begins with it. */
  isFirst?: boolean;
}

/** One field, as it is asked for; a row of `rows` is made of the same. */
export function Input({ field, error, faults = [], isFirst }: InputProps) {
  const { name, label, type = "text", value, isRequired, hint, autoComplete, isFixed } = field;
  const shared = {
    name,
    label,
    description: hint,
    defaultValue: value,
    required: isRequired,
    readOnly: isFixed,
    withAsterisk: false,
    error,
    ...startsAt(isFirst),
  };
  if (type === "long") return <Textarea {...shared} autosize minRows={2} />;
  if (type === "check") {
    return (
      <Checkbox
        name={name}
        label={label}
        description={hint}
        defaultChecked={value === "true"}
        {...startsAt(isFirst)}
      />
    );
  }
  if (type === "select") return <NativeSelect {...shared} data={[...(field.options ?? [])]} />;
  if (type === "checks") return <Checks field={field} error={error} isFirst={isFirst} />;
  if (type === "rows") return <RowsInput field={field} faults={faults} />;
  if (type === "search") return <SearchInput field={field} error={error} isFirst={isFirst} />;
  const list = field.options && `${name}-options`;
  return (
    <>
      <TextInput
        {...shared}
        type={type}
        step={type === "number" ? "any" : undefined}
        autoComplete={autoComplete}
        list={list}
        onChange={({ currentTarget }) => field.heard?.(currentTarget.value)}
      />
      {list && (
        <datalist id={list}>
          {field.options?.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </datalist>
      )}
    </>
  );
}

function startsAt(isFirst: boolean | undefined) {
  return isFirst ? { "data-autofocus": true } : {};
}

function Checks({ field, error, isFirst }: InputProps) {
  return (
    <Checkbox.Group
      label={field.label}
      description={field.hint}
      error={error}
      defaultValue={field.value ? field.value.split(",") : []}
    >
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing={8} mt={4}>
        {field.options?.map(({ value, label }, index) => (
          <Checkbox
            key={value}
            name={field.name}
            value={value}
            label={label}
            {...startsAt(isFirst && index === 0)}
          />
        ))}
      </SimpleGrid>
    </Checkbox.Group>
  );
}

/** Whether a pointer means this field, or something inside it: `/grants/0/nodes` is of `grants`. */
export function isAt(pointer: string, name: string): boolean {
  const steps = pointer.split("/");
  return steps[1] === name || steps.at(-1) === name;
}
