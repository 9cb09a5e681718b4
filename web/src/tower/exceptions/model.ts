import type { Shapes } from "../../api/client";

export type ExceptionRow = Shapes["ExceptionRow"];

/** What can be done about an exception in one click; each is one verb of the API. */
export type Remedy = "source" | "lift" | "reroute" | "book" | "settleReply" | "settleWork";

interface Proposal {
  remedy: Remedy;
  needs: string;
}

const PROPOSALS: Readonly<Record<string, Proposal>> = {
  "order.waiting": { remedy: "source", needs: "orders.write" },
  "order.held": { remedy: "lift", needs: "orders.write" },
  "partner.not_accepted": { remedy: "reroute", needs: "orders.write" },
  "partner.not_shipped": { remedy: "reroute", needs: "orders.write" },
  "feed.held": { remedy: "book", needs: "partners.write" },
  "work.conflict": { remedy: "settleWork", needs: "fulfilment.work" },
  "carrier.unreadable": { remedy: "settleReply", needs: "fulfilment.work" },
};

/** The action proposed for an exception, if there is one and the reader may do it. */
export function proposal(
  row: Pick<ExceptionRow, "kind">,
  may: (permission: string) => boolean,
): Remedy | null {
  const found = PROPOSALS[row.kind];
  return found && may(found.needs) ? found.remedy : null;
}

export function idOf(subject: string): string {
  return subject.slice(subject.indexOf(":") + 1);
}

/** The fact that clashed: what is told of it begins with its id, for several may clash on a task. */
export function factOf(row: Pick<ExceptionRow, "detail">): string {
  return row.detail.slice(0, row.detail.indexOf(":"));
}

export function keyOf(row: ExceptionRow): string {
  return `${row.kind} ${row.subject} ${row.detail}`;
}

/** Where what it is about can be seen: an order, that of a leg too. */
export function subjectLink(row: Pick<ExceptionRow, "subject">): string | null {
  const [type] = row.subject.split(":");
  const id = idOf(row.subject);
  if (type === "order") return `/orders/${id}`;
  if (type === "leg") return `/orders/${orderOfLeg(id)}`;
  return null;
}

/** A leg is called by its order and its number there: 536365.1. */
export function orderOfLeg(leg: string): string {
  return leg.includes(".") ? leg.slice(0, leg.lastIndexOf(".")) : leg;
}

type Note = Partial<Shapes["NoteBody"]>;

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
