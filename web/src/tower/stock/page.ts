import { needs, type TowerPage } from "../../app/pages";

export default {
  path: "/stock",
  order: 4,
  isFor: needs("stock.read", "catalog.read", "promise.read"),
  title: { en: "Stock", fr: "Stock" },
  load: () => import("./Stock"),
} satisfies TowerPage;
