import { needs, type TowerPage } from "../../app/pages";
import { ordersWords } from "./words";

export default {
  path: "/orders",
  order: 3,
  isFor: needs("orders.read"),
  words: ordersWords,
  load: () => import("./Orders"),
} satisfies TowerPage;
