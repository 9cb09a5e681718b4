/** A typed number; nothing typed is nothing known. What is no number is left for the API to refuse. */
export function numberOf(typed: string | undefined): number | null {
  const text = (typed ?? "").trim().replace(",", ".");
  return text === "" ? null : Number(text);
}

/** A typed amount in whole cents. */
export function centsOf(typed: string | undefined): number | null {
  const amount = numberOf(typed);
  return amount === null ? null : Math.round(amount * 100);
}

/** The rows of a list that was filled in, which a form hands over as JSON. */
export function rowsOf(typed: string | undefined): Readonly<Record<string, string>>[] {
  return typed ? JSON.parse(typed) : [];
}

/** Cents as they are typed. */
export function amountOf(cents: number): string {
  return (cents / 100).toFixed(2);
}
