import type { Option, Row } from "./Form";

/** A line of inputs, and what of it was filled for whoever types there. */
export interface Line {
  cells: Row;
  filled: Row;
}

/** A line as it begins: nobody has typed in it. */
export function lineOf(cells: Row): Line {
  return { cells, filled: cells };
}

export function typedOver({ cells, filled }: Line, said: Row): Line {
  return { cells: { ...cells, ...said }, filled };
}

/** A line with more known of it: what somebody typed there stays as it is. */
export function filled(line: Line, values: Row): Line {
  const isOpen = (name: string) => !line.cells[name] || line.cells[name] === line.filled[name];
  const open = Object.fromEntries(Object.entries(values).filter(([name]) => isOpen(name)));
  return { cells: { ...line.cells, ...open }, filled: { ...line.filled, ...open } };
}

/** The cell of a row that keeps how what was chosen is called. */
export function labelOf(name: string): string {
  return `${name} label`;
}

/**
 * A line once something was chosen in it. What was typed before the first choice stays; what was
 * typed of one thing is not true of another.
 */
export function chosenIn(line: Line, name: string, found: Option | null): Line {
  const named = { [name]: found?.value ?? "", [labelOf(name)]: found?.label ?? "" };
  const now = typedOver(line, named);
  return filled(line.cells[name] ? lineOf(now.cells) : now, found?.fills ?? {});
}
