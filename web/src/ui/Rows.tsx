import { Button, CloseButton, InputWrapper } from "@mantine/core";
import { useRef, useState } from "react";
import type { Fault } from "../api/client";
import { useWords } from "../model/words";
import type { Field, Option, Row } from "./Form";
import { chosenIn, filled, type Line, labelOf, lineOf, typedOver } from "./lines";
import { Search } from "./Search";
import { uiWords } from "./words";

/** A list of small things, each a line of inputs; the form gets them as JSON under its name. */
export function RowsInput({ field, faults }: { field: Field; faults: readonly Fault[] }) {
  const say = useWords(uiWords);
  const columns = field.columns ?? [];
  const isSought = columns.some(({ type }) => type === "search");
  const next = useRef(field.rows?.length ?? 0);
  const [rows, setRows] = useState<readonly (Line & { key: number })[]>(() =>
    (field.rows ?? []).map((cells, key) => ({ key, ...lineOf(cells) })),
  );
  const edit = (key: number, edited: (line: Line) => Line) =>
    setRows((now) => now.map((row) => (row.key === key ? { key, ...edited(row) } : row)));
  /** What is learnt late fills a line only if that is still chosen there. */
  const learn = async (key: number, name: string, found: Option) => {
    const learnt = (await found.learn?.()) ?? {};
    edit(key, (line) => (line.cells[name] === found.value ? filled(line, learnt) : line));
  };
  const add = () => {
    // A line of something that is searched for is of another thing than the one before it.
    const last = rows.at(-1)?.cells;
    const cells = startOf(columns, isSought ? undefined : last);
    const key = next.current++;
    setRows((now) => [...now, { key, ...lineOf(cells) }]);
  };
  const placed = (index: number, name: string) =>
    faults.find(({ pointer }) => pointer === `/${field.name}/${index}/${name}`)?.message;
  const wrongOf = (index: number) =>
    columns.map(({ name }) => placed(index, name)).filter((message) => message !== undefined);
  const isShown = rows.some((_, index) => wrongOf(index).length > 0);
  return (
    <InputWrapper
      component="fieldset"
      className="rows"
      aria-label={field.label}
      label={field.label}
      labelElement="div"
      description={field.hint}
      error={isShown ? undefined : faults[0]?.message}
    >
      <input type="hidden" name={field.name} value={JSON.stringify(rows.map((row) => row.cells))} />
      {rows.map(({ key, cells }, index) => (
        <div className={isSought ? "row is-sought" : "row"} key={key}>
          {columns
            .filter(({ isFor }) => isFor?.(cells) ?? true)
            .map((column) => (
              <Cell
                key={column.name}
                column={column}
                label={`${column.label} ${index + 1}`}
                row={cells}
                isWrong={placed(index, column.name) !== undefined}
                set={(said) => edit(key, (line) => typedOver(line, said))}
                choose={(found) => {
                  edit(key, (line) => chosenIn(line, column.name, found));
                  // What cannot be learnt is left to be typed.
                  if (found) learn(key, column.name, found).catch(() => {});
                }}
              />
            ))}
          <CloseButton
            aria-label={say("dropRow", { number: index + 1 })}
            onClick={() => setRows((now) => now.filter((row) => row.key !== key))}
          />
          <RowNote note={field.noteOf?.(cells)} wrong={wrongOf(index)} />
        </div>
      ))}
      <Button size="xs" variant="default" onClick={add}>
        {say("addRow")}
      </Button>
    </InputWrapper>
  );
}

function RowNote({ note, wrong }: { note?: string; wrong: readonly string[] }) {
  if (!note && wrong.length === 0) return null;
  return (
    <p className="row-note">
      {wrong.length > 0 && (
        <span className="late" role="alert">
          {wrong.join(" · ")}{" "}
        </span>
      )}
      {note && <span className="hint">{note}</span>}
    </p>
  );
}

interface CellProps {
  column: Field;
  label: string;
  row: Row;
  isWrong: boolean;
  set: (said: Row) => void;
  choose: (found: Option | null) => void;
}

/** An input with its name above it: figures beside each other would not say what they are. */
function Cell(props: CellProps) {
  const { column } = props;
  return (
    <div className={`cell is-${column.type ?? "text"}`}>
      <span className="hint" aria-hidden="true">
        {column.label}
      </span>
      <Bare {...props} />
    </div>
  );
}

function Bare({ column, label, row, isWrong, set, choose }: CellProps) {
  const { name } = column;
  const value = row[name] ?? "";
  const shared = {
    "aria-label": label,
    "aria-invalid": isWrong || undefined,
    title: column.label,
    value,
    required: column.isRequired,
    onChange: ({ currentTarget }: { currentTarget: { value: string } }) =>
      set({ [name]: currentTarget.value }),
  };
  if (column.type === "search") {
    return (
      <Search
        aria-label={label}
        isWrong={isWrong}
        find={column.find}
        chosen={value ? { value, label: row[labelOf(name)] ?? value } : null}
        choose={choose}
      />
    );
  }
  if (column.type === "select") {
    return (
      <select {...shared}>
        {(column.optionsOf?.(row) ?? column.options)?.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    );
  }
  if (column.type === "long") return <textarea {...shared} rows={2} />;
  return (
    <input
      {...shared}
      type={column.type ?? "text"}
      placeholder={column.label}
      step={column.type === "time" ? 60 : "any"}
    />
  );
}

/** A new line begins as the one before it, if there is one to begin as. */
function startOf(columns: readonly Field[], last: Row | undefined): Row {
  return Object.fromEntries(
    columns.map(({ name, value, options }) => [
      name,
      last?.[name] ?? value ?? options?.[0]?.value ?? "",
    ]),
  );
}
