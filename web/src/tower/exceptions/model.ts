import type { Call, Problem, Shapes } from "../../api/client";
import type { Say } from "../../model/words";
import type { exceptionsWords } from "./words";

export type ExceptionRow = Shapes["ExceptionRow"];

/** A call with one id of ours in it, wherever the server left room for it. */
export function filled(call: Call, id: string): Call {
  return {
    method: call.method,
    path: call.path.replaceAll("{id}", id),
    body: JSON.parse(JSON.stringify(call.body ?? null).replaceAll("{id}", id)) ?? undefined,
  };
}

/** Those that something is proposed for, together by what that is. */
export function byAction(rows: readonly ExceptionRow[]): ExceptionRow[][] {
  const groups = new Map<string, ExceptionRow[]>();
  for (const row of rows) {
    if (!row.proposal) continue;
    const key = `${row.proposal.action} ${row.proposal.label}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
}

export function idOf(subject: string): string {
  return subject.slice(subject.indexOf(":") + 1);
}

/** Where what it is about can be seen: an order, that of a leg too; a feed, a partner. */
export function subjectLink(row: Pick<ExceptionRow, "subject">): string | null {
  const [type] = row.subject.split(":");
  const id = idOf(row.subject);
  if (type === "order") return `/orders/${id}`;
  if (type === "leg") return `/orders/${orderOfLeg(id)}`;
  if (type === "feed") return `/partners/feeds/${id}`;
  if (type === "partner") return `/partners/of/${id}`;
  return null;
}

/** A leg is called by its order and its number there: 536365.1. */
export function orderOfLeg(leg: string): string {
  return leg.includes(".") ? leg.slice(0, leg.lastIndexOf(".")) : leg;
}

type Note = Partial<Shapes["NoteBody"]>;

const FOUR_HOURS_MS = 4 * 3_600_000;

/** The note that lets an exception wait for four hours. */
export function asleep(now: number) {
  return { verb: "snoozed", until: new Date(now + FOUR_HOURS_MS).toISOString() } as const;
}

/** The note that puts an exception back as this row shows it: to whom it was, asleep till then. */
export function asBefore(row: ExceptionRow, verb: "assigned" | "snoozed"): Note {
  if (verb === "snoozed") return { verb, until: row.snoozed_until };
  return row.assigned_to ? { verb, person: row.assigned_to } : { verb, is_nobody: true };
}

/** So many notes are taken at once. */
export const AT_ONCE = 200;

export function slices<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}

/** What became of many: what was said of all, or of how many and why not of the others. */
export function ofMany(
  said: string,
  done: number,
  refused: readonly Problem[],
  say: Say<(typeof exceptionsWords)["en"]>,
): string {
  if (refused.length === 0) return said;
  const why = refused[0]?.detail || say("noAnswer");
  return say("some", { said, done, count: done + refused.length, why });
}
