import type { TowerPage } from "../../app/pages";
import { mayNetwork } from "../../model/reach";
import { networkWords } from "./words";

export default {
  path: "/network",
  order: 7,
  isFor: mayNetwork,
  words: networkWords,
  load: () => import("./Network"),
} satisfies TowerPage;
