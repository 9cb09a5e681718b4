import type { TowerPage } from "../../app/pages";
import { canEverywhere } from "../../model/reach";

export default {
  path: "/trends",
  order: 1.5,
  isFor: (reach) => canEverywhere(reach, "tower.read"),
  title: { en: "Trends", fr: "Tendances" },
  load: () => import("./Trends"),
} satisfies TowerPage;
