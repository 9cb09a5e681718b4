import { needs, type TowerPage } from "../../app/pages";
import { todayWords } from "./words";

export default {
  path: "/today",
  order: 1,
  isFor: needs("tower.read"),
  words: todayWords,
  load: () => import("./Today"),
} satisfies TowerPage;
