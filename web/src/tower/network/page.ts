import { needs, type TowerPage } from "../../app/pages";
import { networkWords } from "./words";

export default {
  path: "/network",
  order: 7,
  isFor: needs("network.read", "tower.read"),
  words: networkWords,
  load: () => import("./Network"),
} satisfies TowerPage;
