import type { Shapes } from "../../api/client";
import { can, canEverywhere, type Reach } from "../../model/reach";

export type FileKind = Shapes["FileKind"];
export type ExportKind = Shapes["ExportKind"];

/** What bringing in a file of a kind takes, beside leave to import; `isWhole`: at every node. */
const IMPORTS: Record<FileKind, { needs: string; isWhole: boolean }> = {
  catalog: { needs: "catalog.write", isWhole: true },
  network: { needs: "network.write", isWhole: true },
  zonings: { needs: "network.write", isWhole: true },
  tariffs: { needs: "network.write", isWhole: true },
  stock: { needs: "stock.write", isWhole: false },
  orders: { needs: "orders.write", isWhole: false },
  "keep-backs": { needs: "promise.write", isWhole: true },
  asns: { needs: "supply.write", isWhole: false },
  "channel-measures": { needs: "policies.write", isWhole: true },
  locations: { needs: "fulfilment.manage", isWhole: false },
  boxes: { needs: "fulfilment.manage", isWhole: false },
};

const EXPORTS: Record<ExportKind, string> = {
  skus: "catalog.read",
  nodes: "network.read",
  zonings: "network.read",
  tariffs: "network.read",
  stock: "stock.read",
  balances: "stock.read",
  movements: "stock.read",
  orders: "orders.read",
  "keep-backs": "promise.read",
  asns: "supply.read",
  "channel-measures": "policies.read",
  locations: "fulfilment.read",
  boxes: "fulfilment.read",
  services: "network.read",
  lanes: "network.read",
  channels: "catalog.read",
  exclusions: "catalog.read",
  "assortment-rules": "promise.read",
  "channel-networks": "promise.read",
  "partner-terms": "partners.read",
  "purchase-orders": "supply.read",
  transfers: "supply.read",
  receipts: "supply.read",
  promises: "promise.read",
};

export function importsFor(reach: Reach): FileKind[] {
  const may = (permission: string, isWhole: boolean) =>
    isWhole ? canEverywhere(reach, permission) : can(reach, permission);
  return (Object.keys(IMPORTS) as FileKind[]).filter((kind) => {
    const { needs, isWhole } = IMPORTS[kind];
    return may("files.import", isWhole) && may(needs, isWhole);
  });
}

export function exportsFor(reach: Reach): ExportKind[] {
  if (!can(reach, "files.export")) return [];
  return (Object.keys(EXPORTS) as ExportKind[]).filter((kind) => can(reach, EXPORTS[kind]));
}

/** Which lists show something else once a file of a kind was brought in. */
export const STALE: Record<FileKind, readonly string[]> = {
  catalog: ["skus", "sku"],
  network: ["node-standings", "node"],
  zonings: ["zonings"],
  tariffs: ["tariffs"],
  stock: ["stock"],
  orders: ["orders", "today"],
  "keep-backs": ["stock"],
  asns: ["stock"],
  "channel-measures": ["policies"],
  locations: [],
  boxes: [],
};
