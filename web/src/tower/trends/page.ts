import type { TowerPage } from "../../app/pages";
import { canEverywhere } from "../../model/reach";
import { trendsWords } from "./words";

export default {
  path: "/trends",
  order: 1.5,
  isFor: (reach) => canEverywhere(reach, "tower.read"),
  words: trendsWords,
  load: () => import("./Trends"),
} satisfies TowerPage;
