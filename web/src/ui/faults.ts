export interface FaultPlace {
  /** Null: it is the file as a whole. */
  line: number | null;
  /** Null: it is the line as a whole. */
  column: string | null;
}

const PLACE = /^line (\d+)(?:, column (.+))?$/;

/** Where a fault of a file is: the API says `line 7, column sku`, `line 7`, or `file`. */
export function faultPlace(pointer: string): FaultPlace {
  const found = PLACE.exec(pointer);
  return found
    ? { line: Number(found[1]), column: found[2] ?? null }
    : { line: null, column: null };
}
