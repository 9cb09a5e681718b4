/** Codes that were typed one after the other, with blanks, commas or semicolons between. */
export function codesOf(typed: string | undefined): string[] {
  return (typed ?? "").split(/[\s,;]+/).filter(Boolean);
}
