import type { TowerPage } from "../../app/pages";
import { can } from "../../model/reach";

/** Each part of it has a permission of its own; whoever has none of them has no settings. */
const PARTS = ["people.read", "keys.write", "webhooks.write", "audit.read", "jobs.read"];

export default {
  path: "/settings",
  order: 8,
  isFor: (reach) => PARTS.some((permission) => can(reach, permission)),
  title: { en: "Settings", fr: "Paramètres" },
  load: () => import("./Settings"),
} satisfies TowerPage;
