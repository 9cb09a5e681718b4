import { useQuery } from "@tanstack/react-query";
import { api, asked, type Shapes } from "../../../api/client";
import { useMe } from "../../../app/me";
import type { Option } from "../../../ui/Form";
import { allPages } from "../../../ui/pages";
import { SHOWN_AT_ONCE, skuOption } from "./model";
import { isOfLots } from "./units";

/** What is known of the SKUs of a document that are shown, and what time it is for the business. */
export function useKnown(id: string, skus: readonly string[]) {
  const shown = skus.length > SHOWN_AT_ONCE ? [] : skus;
  return useQuery({
    queryKey: ["supply", "known", id, shown],
    queryFn: () => knownOf(shown),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
}

async function knownOf(skus: readonly string[]) {
  const ask = (sku: string) => asked(api.GET("/v1/skus/{sku}", { params: { path: { sku } } }));
  const found = await Promise.all(skus.map(ask));
  const options = new Map<string, Option>(found.map((sku) => [sku.code, skuOption(sku)]));
  return { options, at: await now() };
}

export type Known = Awaited<ReturnType<typeof knownOf>>;

/** The same of a transfer, and which lots are to leave first where there are lots to tell. */
export function useLoaded({ id, source, lines }: Shapes["SupplyTransfer"]) {
  const { can } = useMe();
  const shown = lines.length > SHOWN_AT_ONCE ? [] : lines;
  return useQuery({
    queryKey: ["supply", "loaded", id],
    queryFn: async () => {
      const known = await knownOf(shown.map(({ sku }) => sku));
      const ofLots = shown.filter(({ sku }) => isOfLots(known.options.get(sku)?.fills ?? {}));
      const ask = ({ sku, planned }: (typeof lines)[number]) => nextLots(sku, source, planned);
      const found = can("stock.read", source) ? await Promise.all(ofLots.map(ask)) : [];
      return { known, next: new Map(found.map(({ sku, lots }) => [sku, lots])) };
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
}

export type Loaded = NonNullable<ReturnType<typeof useLoaded>["data"]>;

function nextLots(sku: string, node: string, quantity: number) {
  const params = { path: { sku, node }, query: { quantity } };
  return asked(api.GET("/v1/skus/{sku}/nodes/{node}/lots/next", { params }));
}

interface Supplier {
  code: string;
  name: string;
}

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
