import { words } from "./words";

/** What kinds of nodes are called; the keys are the API's. */
export const nodeKindWords = words(
  "nodeKinds",
  {
    warehouse: "warehouse",
    store: "store",
    dark_store: "dark store",
    supplier: "drop-ship supplier",
    printer: "printer on demand",
    maker: "maker on demand",
    third_party: "3PL",
    marketplace: "marketplace's warehouse",
    relay: "relay point",
    digital: "digital delivery",
  },
  {
    warehouse: "entrepôt",
    store: "magasin",
    dark_store: "magasin fermé au public",
    supplier: "fournisseur en livraison directe",
    printer: "imprimeur à la demande",
    maker: "fabricant à la demande",
    third_party: "prestataire logistique",
    marketplace: "entrepôt de place de marché",
    relay: "point relais",
    digital: "livraison numérique",
  },
);
export type NodeKindName = keyof (typeof nodeKindWords)["en"];
export const NODE_KINDS = Object.keys(nodeKindWords.en) as NodeKindName[];
