import { needs, type TowerPage } from "../../app/pages";

export default {
  path: "/first-hour",
  order: 9,
  isFor: needs("catalog.read", "network.read"),
  title: { en: "First hour", fr: "Première heure" },
  load: () => import("./FirstHour"),
} satisfies TowerPage;
