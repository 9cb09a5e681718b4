import { useQuery } from "@tanstack/react-query";
import { api, asked } from "../../../api/client";
import { useMe } from "../../../app/me";
import type { Option } from "../../../ui/Form";
import { allPages } from "../../../ui/pages";
import { SHOWN_AT_ONCE, skuOption } from "./model";

/** What is known of the SKUs of a document that are shown, and what time it is for the business. */
export function useKnown(id: string, skus: readonly string[]) {
  const shown = skus.length > SHOWN_AT_ONCE ? [] : skus;
  return useQuery({
    queryKey: ["supply", "known", id, shown],
    queryFn: async () => {
      const ask = (sku: string) => asked(api.GET("/v1/skus/{sku}", { params: { path: { sku } } }));
      const found = await Promise.all(shown.map(ask));
      const options = new Map<string, Option>(found.map((sku) => [sku.code, skuOption(sku)]));
      return { options, at: await now() };
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
}

interface Supplier {
  code: string;
  name: string;
}

export type Known = NonNullable<ReturnType<typeof useKnown>["data"]>;

/** The partners that may be bought from, for whoever may know them, and what time it is. */
export function useSuppliers() {
  const { can } = useMe();
  return useQuery({
    queryKey: ["supply", "suppliers"],
    queryFn: async () => {
      const partners: Supplier[] = can("partners.read") ? await allPartners() : [];
      return { partners, at: await now() };
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
}

export type Suppliers = NonNullable<ReturnType<typeof useSuppliers>["data"]>;

function allPartners(): Promise<Supplier[]> {
  return allPages((cursor) =>
    asked(api.GET("/v1/partners", { params: { query: { cursor, limit: 1000 } } })),
  );
}

async function now(): Promise<string> {
  return (await asked(api.GET("/v1/clock"))).at;
}
