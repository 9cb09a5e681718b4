import { needs, type TowerPage } from "../../app/pages";
import { policiesWords } from "./words";

export default {
  path: "/policies",
  order: 6,
  isFor: needs("policies.read"),
  words: policiesWords,
  load: () => import("./Policies"),
} satisfies TowerPage;
