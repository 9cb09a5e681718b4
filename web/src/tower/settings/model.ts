import type { Shapes } from "../../api/client";
import { codesOf } from "../../model/codes";
import { rowsOf } from "../../model/typed";
import type { Row } from "../../ui/Form";
import type { Meaning } from "../../ui/parts";

type Grant = Shapes["Grant"];

export const ROLES = [
  "director",
  "operations",
  "store_manager",
  "store_associate",
  "planner",
  "integrator",
  "auditor",
  "read_only",
] as const satisfies readonly Grant["role"][];

/** Nodes that were typed; nothing typed is all of them. */
export function nodesOf(typed: string | undefined): string[] | null {
  const codes = codesOf(typed);
  return codes.length > 0 ? codes : null;
}

/** Grants as lines of a form, and back. */
export function rowsOfGrants(grants: readonly Grant[]): Row[] {
  return grants.map(({ role, nodes }) => ({ role, nodes: (nodes ?? []).join(" ") }));
}

export function grantsOfRows(typed: string | undefined): Grant[] {
  return rowsOf(typed).map(({ role, nodes }) => ({
    role: role as Grant["role"],
    nodes: nodesOf(nodes),
  }));
}

export type KeyState = "valid" | "expired" | "revoked";

export function keyState(
  key: Pick<Shapes["Key"], "revoked_at" | "expires_at">,
  now: number,
): KeyState {
  if (key.revoked_at) return "revoked";
  return key.expires_at && Date.parse(key.expires_at) <= now ? "expired" : "valid";
}

export const KEY_MEANING: Record<KeyState, Meaning> = {
  valid: "good",
  expired: "soon",
  revoked: "late",
};

export interface Difference {
  name: string;
  before: string | null;
  after: string | null;
}

/** What changed between two states of a thing, field by field; of what is new or gone, all of it. */
export function differences(before: unknown, after: unknown): Difference[] {
  const old = fieldsOf(before);
  const young = fieldsOf(after);
  const names = [...new Set([...old.keys(), ...young.keys()])];
  return names
    .map((name) => ({ name, before: old.get(name) ?? null, after: young.get(name) ?? null }))
    .filter((one) => one.before !== one.after);
}

function fieldsOf(value: unknown): Map<string, string> {
  if (value === null || value === undefined) return new Map();
  if (typeof value !== "object" || Array.isArray(value)) return new Map([["", said(value)]]);
  return new Map(Object.entries(value).map(([name, field]) => [name, said(field)]));
}

function said(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The kind of thing a subject of the trail is, and its id: `person:0193` is a person. */
export function subjectOf(subject: string): { kind: string; id: string } {
  const at = subject.indexOf(":");
  return at < 0
    ? { kind: "", id: subject }
    : { kind: subject.slice(0, at), id: subject.slice(at + 1) };
}

/** Where what was changed can be seen. */
export function trailLink(action: string, subject: string): string | null {
  const { kind, id } = subjectOf(subject);
  if (kind === "person") return `/settings/people?person=${id}`;
  if (action.startsWith("node.")) return `/network/nodes/${id}`;
  if (action.startsWith("sku.")) return `/network/skus/${id}`;
  return null;
}

export const MESSAGE_KINDS = [
  "confirmed",
  "promised",
  "prepared",
  "on_its_way",
  "out_for_delivery",
  "ready",
  "delivered",
  "delayed",
  "unsure",
  "day_chosen",
  "day_kept",
  "in_trouble",
  "cancelled",
  "pickup_reminder",
  "not_collected",
  "refunded",
  "payment_reminder",
  "withdrawn",
  "answered",
] as const satisfies readonly Shapes["MessageKind"][];

/** Bytes as people say them. */
export function megabytes(bytes: number): number {
  return Math.round(bytes / 1_000_000);
}
