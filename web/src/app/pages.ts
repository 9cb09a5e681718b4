import type { ComponentType } from "react";
import { can, type Reach } from "../model/reach";
import type { Language } from "../model/words";

/**
 * A page of the tower. A folder of `tower/` with a `page.ts` that gives one by default is in the
 * menu, the routes and the search; nothing else has to be told.
 */
export interface TowerPage {
  /** Under /tower, and with what stands below it: `/orders` also answers `/orders/536365`. */
  path: `/${string}`;
  /** Its place in the menu. */
  order: number;
  /** Who may see it; what the API would refuse is not in the menu. */
  isFor: (reach: Reach) => boolean;
  /** Its name in the menu and at its top. Its other words come with itself, when it is opened. */
  title: Record<Language, string>;
  load: () => Promise<{ default: ComponentType }>;
}

const found = import.meta.glob<{ default: TowerPage }>("../tower/*/page.ts", { eager: true });

export const PAGES: readonly TowerPage[] = Object.values(found)
  .map((one) => one.default)
  .sort((one, other) => one.order - other.order);

export function pagesFor(reach: Reach): TowerPage[] {
  return PAGES.filter((page) => page.isFor(reach));
}

/** The page that an address under /tower belongs to. */
export function pageAt(pathname: string, pages = PAGES): TowerPage | undefined {
  return pages.find(({ path }) => pathname.startsWith(path));
}

/** A page for whoever has all of these permissions, somewhere. */
export function needs(...permissions: string[]): (reach: Reach) => boolean {
  return (reach) => permissions.every((permission) => can(reach, permission));
}
