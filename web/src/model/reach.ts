/** What somebody may do where: each permission, and the nodes it holds at (null: all of them). */
export type Reach = Readonly<Record<string, readonly string[] | null>>;

export function can(reach: Reach, permission: string, node?: string | null): boolean {
  const nodes = reach[permission];
  if (nodes === undefined) return false;
  return nodes === null || node === undefined || (node !== null && nodes.includes(node));
}

/** Whether it holds at every node: what belongs to the whole network asks for that. */
export function canEverywhere(reach: Reach, permission: string): boolean {
  return reach[permission] === null;
}

/** Whether the pages of the network, where nodes and SKUs are edited, are theirs. */
export function mayNetwork(reach: Reach): boolean {
  return can(reach, "network.read") && can(reach, "tower.read");
}

export type Role =
  | "director"
  | "operations"
  | "planner"
  | "integrator"
  | "auditor"
  | "store_manager"
  | "store_associate"
  | "read_only";

/** What each kind of work takes; whoever has several kinds begins with the first that fits. */
const KINDS: readonly { role: Role; fits: (reach: Reach) => boolean }[] = [
  { role: "director", fits: (reach) => can(reach, "people.write") && can(reach, "tower.write") },
  {
    role: "operations",
    fits: (reach) => canEverywhere(reach, "orders.clear") && canEverywhere(reach, "tower.write"),
  },
  {
    role: "planner",
    fits: (reach) => can(reach, "supply.write") && can(reach, "policies.write"),
  },
  { role: "integrator", fits: (reach) => can(reach, "webhooks.write") },
  { role: "auditor", fits: (reach) => can(reach, "audit.read") },
  {
    role: "store_manager",
    fits: (reach) => can(reach, "tower.write") || (can(reach, "tower.read") && isOfNodes(reach)),
  },
  { role: "store_associate", fits: (reach) => can(reach, "fulfilment.work") },
];

function isOfNodes(reach: Reach): boolean {
  return !canEverywhere(reach, "tower.read");
}

/** The kind of work that somebody's permissions are for; a key or a mix of roles has one too. */
export function roleOf(reach: Reach): Role {
  return KINDS.find(({ fits }) => fits(reach))?.role ?? "read_only";
}

/** Where each kind of work begins: the first of these pages that there is for the reader. */
const FIRST: Readonly<Record<Role, readonly string[]>> = {
  director: ["/trends", "/today"],
  operations: ["/exceptions", "/today"],
  planner: ["/stock"],
  integrator: ["/settings", "/first-hour"],
  auditor: ["/stock/all/integrity", "/stock/all/value"],
  store_manager: ["/exceptions"],
  store_associate: ["/orders"],
  read_only: ["/today", "/orders"],
};

/** Parts of pages that are about the whole network: only for whoever may read all of it. */
const WHOLE: Readonly<Record<string, string>> = { "/stock/all/integrity": "audit.read" };

/** Whether somebody is let in there, if the page that it is a part of is theirs. */
export function isLetIn(reach: Reach, path: string): boolean {
  const needed = WHOLE[path];
  return needed === undefined || canEverywhere(reach, needed);
}

/** The page that somebody sees first, among those that there are for them. */
export function landing(reach: Reach, pages: readonly string[]): string {
  const isThere = (path: string) =>
    pages.some((page) => path === page || path.startsWith(`${page}/`)) && isLetIn(reach, path);
  return FIRST[roleOf(reach)].find(isThere) ?? pages[0] ?? "/nothing";
}
