import { api, asked, Problem } from "../../../api/client";
import { useMe } from "../../../app/me";
import type { Option, Row } from "../../../ui/Form";
import { useNodeOptions } from "../../../ui/nodes";
import { filledBy, skuOption } from "./model";

const GTIN = /^(\d{8}|\d{12,14})$/;
const FOUND_AT_ONCE = 20;

/** What a text means: a barcode names a SKU and how many of it, else code and name are searched. */
export async function findSkus(text: string): Promise<Option[]> {
  if (GTIN.test(text)) {
    const named = await namedBy(text);
    if (named) return [skuOption(named.sku, named.units)];
  }
  const query = { q: text, limit: FOUND_AT_ONCE };
  const found = await asked(api.GET("/v1/skus", { params: { query } }));
  const exact = found.items.filter(({ code }) => code === text);
  const others = found.items.filter(({ code }) => code !== text);
  return [...exact, ...others].map((sku) => skuOption(sku));
}

async function namedBy(gtin: string) {
  try {
    return await asked(api.GET("/v1/barcodes/{gtin}", { params: { path: { gtin } } }));
  } catch (problem) {
    if (problem instanceof Problem && problem.status === 404) return null;
    throw problem;
  }
}

/** SKUs that know what a supplier asks for them, once one is chosen. */
export function soldBy(partner: () => string | undefined, day: string) {
  return async (text: string): Promise<Option[]> => {
    const found = await findSkus(text);
    return found.map((option) => ({
      ...option,
      learn: () => termsOf(partner(), option, day),
    }));
  };
}

async function termsOf(partner: string | undefined, option: Option, day: string): Promise<Row> {
  if (partner === undefined) return {};
  const params = { path: { partner }, query: { sku: option.value } };
  const { items } = await asked(api.GET("/v1/partners/{partner}/terms", { params }));
  return filledBy(items, option.fills ?? {}, day);
}

/** Nodes by code or name, those alone at which this is permitted. */
export function useFindNodes(permission: string) {
  const { can } = useMe();
  const options = useNodeOptions((node) => can(permission, node));
  const find = async (text: string) => {
    const wanted = text.toLocaleLowerCase();
    const named = options.filter(({ label }) => label.toLocaleLowerCase().includes(wanted));
    return named.slice(0, FOUND_AT_ONCE);
  };
  return { find, only: options.length === 1 ? options : undefined };
}
