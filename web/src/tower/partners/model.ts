import type { Shapes } from "../../api/client";
import type { Meaning } from "../../ui/parts";

export type Standing = Shapes["Standing"];
export type Turnout = Shapes["Turnout"];
type Turned = Shapes["Turned"];

/** Shares of a scorecard: what each is called by the API, and whether more of it is better. */
export const SHARES = [
  { key: "fill_rate", word: "fill", isMoreBetter: true },
  { key: "late_share", word: "late", isMoreBetter: false },
  { key: "refused_share", word: "refused", isMoreBetter: false },
  { key: "feed_accuracy", word: "accuracy", isMoreBetter: true },
  { key: "feed_fault_share", word: "faults", isMoreBetter: false },
] as const;
export type ShareName = (typeof SHARES)[number]["key"];

/** What a figure was in the days before, by its difference; null where there is none. */
export function earlier(now: number | null, change: number | undefined): number | null {
  return now === null || change === undefined ? null : now - change;
}

const SAME = 0.0005;

/** Whether a change is for the better: colour only where it says something. */
export function meaningOfChange(change: number | null | undefined, isMoreBetter: boolean): Meaning {
  if (change === null || change === undefined || Math.abs(change) < SAME) return "plain";
  return change > 0 === isMoreBetter ? "good" : "late";
}

/** The share that was good lately, and by how much it differs from before; null: nothing to tell. */
export function shareOf(turned: Turned | undefined): {
  share: number | null;
  change: number | null;
} {
  if (!turned || turned.units === 0) return { share: null, change: null };
  const share = turned.good / turned.units;
  const change = turned.units_before > 0 ? share - turned.good_before / turned.units_before : null;
  return { share, change };
}

export function weeklyShares(turnout: Pick<Turnout, "weeks">): (number | null)[] {
  return turnout.weeks.map(({ units, good }) => (units > 0 ? good / units : null));
}

/** How a partner's feed does, in one word. */
export type FeedState = "noFeed" | "never" | "silent" | "heardAgo";

export function feedState({ heard }: Pick<Standing, "heard">): FeedState {
  if (!heard) return "noFeed";
  if (!heard.heard_at) return "never";
  return heard.is_silent ? "silent" : "heardAgo";
}

const FEED_MEANING: Readonly<Record<string, Meaning>> = {
  held: "soon",
  preview: "soon",
  unreadable: "late",
};

export function meaningOfFeed(state: string): Meaning {
  return FEED_MEANING[state] ?? "plain";
}

/** Of a feed, whether somebody has to say what becomes of it. */
export function isOpen(feed: { state: string }): boolean {
  return feed.state === "held" || feed.state === "preview";
}

/** Where a step of calibration lies in a box of this size: told across, kept upwards. */
export function spotOf(
  { told, share_kept }: Pick<Shapes["Calibration"], "told" | "share_kept">,
  size: number,
  low: number,
): { x: number; y: number } {
  const at = (share: number) => (size * (Math.max(low, share) - low)) / (1 - low);
  return { x: Math.round(at(told)), y: Math.round(size - at(share_kept)) };
}

/** From where on an axis of shares begins, for all of these to be seen. */
export function lowestOf(steps: readonly Pick<Shapes["Calibration"], "told" | "share_kept">[]) {
  const least = Math.min(0.9, ...steps.flatMap(({ told, share_kept }) => [told, share_kept]));
  return Math.max(0, Math.floor(least * 10) / 10);
}
