import type { TowerPage } from "../../app/pages";
import { mayNetwork } from "../../model/reach";

export default {
  path: "/network",
  order: 7,
  isFor: mayNetwork,
  title: { en: "Network and catalogue", fr: "Réseau et catalogue" },
  load: () => import("./Network"),
} satisfies TowerPage;
