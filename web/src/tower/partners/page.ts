import { needs, type TowerPage } from "../../app/pages";
import { partnersWords } from "./words";

export default {
  path: "/partners",
  order: 5,
  isFor: needs("partners.read"),
  words: partnersWords,
  load: () => import("./Partners"),
} satisfies TowerPage;
