import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, asked } from "./client";
import { askAgain } from "./fresh";

const CALM_MS = 1500;
const FALLBACK_MS = 20_000;
/** What comes by time alone (a promise whose day is over, a sleep that ends) has no event. */
const BY_TIME_MS = 60_000;

export type Pulse = "live" | "away" | "asking";

/**
 * Keep what these keys stand for fresh: events of these types ask for it again, at most once in
 * `calm`, however many come; what time alone changes is asked for every `byTime` while somebody
 * looks. Who may not hear events asks every `FALLBACK_MS` instead.
 */
export function useLive(
  types: readonly string[],
  keys: readonly QueryKey[],
  mayHear: boolean,
  calm = CALM_MS,
  byTime = BY_TIME_MS,
) {
  const queries = useQueryClient();
  const [pulse, setPulse] = useState<Pulse>("asking");
  const wanted = JSON.stringify([types, keys]);

  useEffect(() => {
    const [names, stale] = JSON.parse(wanted) as [string[], QueryKey[]];
    const refresh = () => askAgain(queries, stale);
    if (!mayHear) {
      setPulse("asking");
      const timer = setInterval(refresh, FALLBACK_MS);
      return () => clearInterval(timer);
    }
    return listen(names, refresh, calm, setPulse, byTime);
  }, [wanted, mayHear, calm, byTime, queries]);

  return pulse;
}

export function listen(
  types: readonly string[],
  refresh: () => boolean,
  calm: number,
  tell: (pulse: Pulse) => void,
  byTime = BY_TIME_MS,
) {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let wasAway = false;
  let asking: ReturnType<typeof setInterval> | undefined;
  const soon = () => {
    waiting ??= setTimeout(() => {
      waiting = undefined;
      if (!refresh()) soon();
    }, calm);
  };
  const clock = setInterval(() => {
    if (!document.hidden) soon();
  }, byTime);
  const query = types.map((type) => `type=${encodeURIComponent(type)}`).join("&");
  const source = new EventSource(`/v1/events/stream?${query}`);
  source.onopen = () => {
    tell("live");
    if (wasAway) soon();
    wasAway = false;
  };
  source.onerror = () => {
    wasAway = true;
    // A stream that was refused does not come back: what has to be fresh is asked for.
    const isRefused = source.readyState === EventSource.CLOSED;
    if (isRefused) asking ??= setInterval(refresh, FALLBACK_MS);
    tell(isRefused ? "asking" : "away");
  };
  // The stream names each event by its type, so each type has to be listened for by its name.
  let isOver = false;
  asked(api.GET("/v1/event-types")).then(
    (known) => {
      for (const { name } of isOver ? [] : known) source.addEventListener(name, soon);
    },
    () => tell("away"),
  );
  return () => {
    isOver = true;
    clearTimeout(waiting);
    clearInterval(asking);
    clearInterval(clock);
    source.close();
  };
}
