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

interface Landing {
  readonly path: string;
  readonly fits: (reach: Reach) => boolean;
}

/** Where each kind of reader begins: the first that fits. */
const LANDINGS: readonly Landing[] = [
  { path: "/today", fits: (reach) => can(reach, "orders.clear") && can(reach, "tower.read") },
  { path: "/stock", fits: (reach) => can(reach, "supply.write") && can(reach, "policies.write") },
  {
    path: "/exceptions",
    fits: (reach) => can(reach, "tower.read") && !canEverywhere(reach, "tower.read"),
  },
  { path: "/today", fits: (reach) => can(reach, "tower.read") },
  { path: "/orders", fits: (reach) => can(reach, "orders.read") },
];

/** The page that somebody sees first, among those that there are for them. */
export function landing(reach: Reach, pages: readonly string[]): string {
  const found = LANDINGS.find(({ path, fits }) => pages.includes(path) && fits(reach));
  return found?.path ?? pages[0] ?? "/nothing";
}
