/** What a movement is for, as it is kept (`order:536365`): the document, and where to read it. */
export function causeOf(cause: string): { kind: string; id: string; to: string | null } {
  const [kind = "", ...rest] = cause.split(":");
  const id = rest.join(":");
  const page = PAGES[kind];
  return { kind, id, to: page && id ? `${page}/${encodeURIComponent(id)}` : null };
}

const PAGES: Readonly<Record<string, string>> = {
  order: "/orders",
  purchase: "/stock/moving/purchases",
  transfer: "/stock/moving/transfers",
  asn: "/stock/moving/asns",
};
