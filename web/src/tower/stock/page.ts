import { needs, type TowerPage } from "../../app/pages";
import { stockWords } from "./words";

export default {
  path: "/stock",
  order: 4,
  isFor: needs("stock.read", "catalog.read", "promise.read"),
  words: stockWords,
  load: () => import("./Stock"),
} satisfies TowerPage;
