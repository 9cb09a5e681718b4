import { useQuery } from "@tanstack/react-query";
import { api, asked } from "../../api/client";
import { useLive } from "../../api/live";
import { useMe } from "../../app/me";
import type { Say } from "../../model/words";
import { usePages } from "../../ui/pages";
import type { policiesWords } from "./words";

export const KEYS = [["policies"]];
const HEARD = ["policy.*"];
const PAGE = 50;
const NAMES_AT_ONCE = 1000;

/** Keep all of these pages fresh as others draft, publish and activate. */
export function usePoliciesLive() {
  const { can } = useMe();
  return useLive(HEARD, KEYS, can("events.read"));
}

export function useLivePolicy() {
  return useQuery({
    queryKey: ["policies", "live"],
    queryFn: () => asked(api.GET("/v1/policies/live")),
  });
}

export function useVersions() {
  return usePages(["policies", "versions"], (cursor) =>
    asked(api.GET("/v1/policies/versions", { params: { query: { cursor, limit: PAGE } } })),
  );
}

export function useDrafts() {
  return usePages(["policies", "drafts"], (cursor) =>
    asked(api.GET("/v1/policies/drafts", { params: { query: { cursor, limit: PAGE } } })),
  );
}

export function useActivations() {
  return usePages(["policies", "activations"], (cursor) =>
    asked(
      api.GET("/v1/policies/activations", {
        params: { query: { cursor, limit: PAGE } },
      }),
    ),
  );
}

export function useSettings() {
  return useQuery({
    queryKey: ["policy-settings"],
    queryFn: async () => (await asked(api.GET("/v1/policies/settings"))).items,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useDifferences(before: string, after: string, isWanted = true) {
  return useQuery({
    queryKey: ["policies", "differences", before, after],
    queryFn: () =>
      asked(
        api.GET("/v1/policies/differences/{before}/{after}", {
          params: { path: { before, after } },
        }),
      ),
    enabled: isWanted && before !== "" && after !== "",
  });
}

/** Codes that a field may suggest; who may not read them writes them. */
export function useNames() {
  const { can } = useMe();
  const query = { limit: NAMES_AT_ONCE };
  const nodes = useQuery({
    queryKey: ["names", "nodes"],
    queryFn: async () =>
      (await asked(api.GET("/v1/nodes", { params: { query } }))).items.map(({ code }) => code),
    enabled: can("network.read"),
  });
  const channels = useQuery({
    queryKey: ["names", "channels"],
    queryFn: async () => (await asked(api.GET("/v1/channels"))).items.map(({ code }) => code),
    enabled: can("catalog.read"),
  });
  return { node: nodes.data ?? [], channel: channels.data ?? [] };
}

interface Signed {
  author: string;
  author_name?: string | null;
}

/** Who did it: by name; a program, or Noria itself, by what it is. */
export function whoIs({ author, author_name }: Signed, say: Say<(typeof policiesWords)["en"]>) {
  if (author_name) return author_name;
  const kind = author.split(":")[0] ?? "";
  return ["person", "key", "system"].includes(kind) ? say(kind as "key") : author;
}

/** It came with Noria: of when it was made there, nobody here knows anything. */
export function isShipped({ author }: { author: string }) {
  return author === "system:noria";
}

/** The reasons of the versions that came with Noria, by how they are kept, in the reader's words. */
const SHIPPED = {
  "the first policy that was shipped": "shippedFirst",
  "shipped: what is expected to be paid and lost, in cents": "shippedExpected",
  "shipped: our own units count what it costs to buy them again": "shippedOwn",
  "live until another one is": "shippedLive",
} as const;

/** Why it was made or made live: in its author's words, or in the reader's where Noria made it. */
export function whyIs(
  { author, reason }: { author: string; reason: string },
  say: Say<(typeof policiesWords)["en"]>,
) {
  const key = isShipped({ author }) && SHIPPED[reason as keyof typeof SHIPPED];
  return key ? say(key) : reason;
}
