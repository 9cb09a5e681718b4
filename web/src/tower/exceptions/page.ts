import { needs, type TowerPage } from "../../app/pages";
import { exceptionsWords } from "./words";

export default {
  path: "/exceptions",
  order: 2,
  isFor: needs("tower.read"),
  words: exceptionsWords,
  load: () => import("./Exceptions"),
} satisfies TowerPage;
