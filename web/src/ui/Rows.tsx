import { Button, CloseButton, InputWrapper } from "@mantine/core";
import { useRef, useState } from "react";
import { useWords } from "../model/words";
import type { Field, Row } from "./Form";
import { uiWords } from "./words";

/** A list of small things, each a line of inputs; the form gets them as JSON under its name. */
export function RowsInput({ field, error }: { field: Field; error?: string }) {
  const say = useWords(uiWords);
  const columns = field.columns ?? [];
  const next = useRef(field.rows?.length ?? 0);
  const [rows, setRows] = useState<readonly { key: number; cells: Row }[]>(() =>
    (field.rows ?? []).map((cells, key) => ({ key, cells })),
  );
  const set = (key: number, name: string, value: string) =>
    setRows((now) =>
      now.map((row) => (row.key === key ? { key, cells: { ...row.cells, [name]: value } } : row)),
    );
  const add = () => {
    const last = rows.at(-1)?.cells;
    const cells = Object.fromEntries(columns.map((column) => [column.name, startOf(column, last)]));
    setRows((now) => [...now, { key: next.current++, cells }]);
  };
  return (
    <InputWrapper
      component="fieldset"
      className="rows"
      aria-label={field.label}
      label={field.label}
      labelElement="div"
      description={field.hint}
      error={error}
    >
      <input type="hidden" name={field.name} value={JSON.stringify(rows.map((row) => row.cells))} />
      {rows.map(({ key, cells }, index) => (
        <div className="row" key={key}>
          {columns.map((column) => (
            <Cell
              key={column.name}
              column={column}
              label={`${column.label} ${index + 1}`}
              value={cells[column.name] ?? ""}
              set={(value) => set(key, column.name, value)}
            />
          ))}
          <CloseButton
            aria-label={say("dropRow", { number: index + 1 })}
            onClick={() => setRows((now) => now.filter((row) => row.key !== key))}
          />
        </div>
      ))}
      <Button size="xs" variant="default" onClick={add}>
        {say("addRow")}
      </Button>
    </InputWrapper>
  );
}

interface CellProps {
  column: Field;
  label: string;
  value: string;
  set: (value: string) => void;
}

function Cell({ column, label, value, set }: CellProps) {
  const shared = {
    "aria-label": label,
    title: column.label,
    value,
    required: column.isRequired,
    onChange: ({ currentTarget }: { currentTarget: { value: string } }) => set(currentTarget.value),
  };
  if (column.type === "select") {
    return (
      <select {...shared}>
        {column.options?.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    );
  }
  return (
    <input
      {...shared}
      type={column.type ?? "text"}
      placeholder={column.label}
      step={column.type === "time" ? 60 : "any"}
    />
  );
}

/** A new line begins as the one before it. */
function startOf(column: Field, last: Row | undefined): string {
  return last?.[column.name] ?? column.value ?? column.options?.[0]?.value ?? "";
}
