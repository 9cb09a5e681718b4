import { needs, type TowerPage } from "../../app/pages";

export default {
  path: "/orders",
  order: 3,
  isFor: needs("orders.read"),
  title: { en: "Orders", fr: "Commandes" },
  load: () => import("./Orders"),
} satisfies TowerPage;
