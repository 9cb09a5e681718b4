import type { Fault, Shapes } from "../../../api/client";
import { hasEnded, isLive } from "../../../model/dated";
import { numberOf } from "../../../model/typed";
import type { Say } from "../../../model/words";
import type { keptWords } from "./words";

export type Kept = Shapes["KeepBack"];
export type SayKept = Say<(typeof keptWords)["en"]>;

/** Purposes that a person keeps units back for; the others come with partners and channels. */
export const OWN_PURPOSES = ["buffer", "protection", "threshold", "safety"] as const;
export const PURPOSES = [...OWN_PURPOSES, "trust", "network", "assortment"] as const;
export type Purpose = (typeof PURPOSES)[number];

/** As many units keep all of a shelf back, whatever lies on it. */
const EVERYTHING = 1_000_000_000;

export function keepsAll({ units }: Pick<Kept, "units">): boolean {
  return units !== null && units >= EVERYTHING;
}

export function isOwn(purpose: string): boolean {
  return OWN_PURPOSES.some((own) => own === purpose);
}

export type When = "now" | "ended" | "later";

/** Whether a rule holds on a day, held before, or will. */
export function whenOf(rule: Pick<Kept, "valid_from" | "valid_until">, day: string): When {
  if (isLive(rule, day)) return "now";
  return hasEnded(rule, day) ? "ended" : "later";
}

type Typed = Readonly<Record<string, string>>;

/** What the form of a rule says of it. */
export function keptOf(id: string, typed: Typed): Kept {
  const share = numberOf(typed.below_accuracy);
  return {
    id,
    purpose: (typed.purpose ?? "buffer") as Kept["purpose"],
    sku: typed.sku || null,
    category: typed.category?.trim() || null,
    node: typed.node || null,
    node_kind: (typed.node_kind || null) as Kept["node_kind"],
    channel: typed.channel || null,
    units: numberOf(typed.units),
    days: numberOf(typed.days),
    below_accuracy: share === null ? null : share / 100,
    reason: (typed.reason ?? "").trim(),
    valid_from: typed.valid_from || null,
    valid_until: typed.valid_until || null,
  };
}

/** What cannot be, each at its field: the rules of the API, in the reader's words. */
export function wrongKept(rule: Kept, say: SayKept): Fault[] {
  const isSafety = rule.purpose === "safety";
  const { units, days, below_accuracy: below, valid_from: from, valid_until: until } = rule;
  const found: [boolean, string, Parameters<SayKept>[0]][] = [
    [rule.sku !== null && rule.category !== null, "category", "oneOfGoods"],
    [rule.node !== null && rule.node_kind !== null, "node_kind", "oneOfPlaces"],
    [rule.purpose === "protection" && rule.channel === null, "channel", "needsChannel"],
    [units === null && days === null, "units", "needsAmount"],
    [units !== null && days !== null, "days", "oneOfAmounts"],
    [isSafety && below === null, "below_accuracy", "needsBelow"],
    [!isSafety && below !== null, "below_accuracy", "noBelow"],
    [Boolean(from && until && until < from), "valid_until", "endsBefore"],
  ];
  return found
    .filter(([isWrong]) => isWrong)
    .map(([, name, key]) => ({ pointer: `/${name}`, message: say(key) }));
}
