import { needs, type TowerPage } from "../../app/pages";

export default {
  path: "/today",
  order: 1,
  isFor: needs("tower.read"),
  title: { en: "Today", fr: "Aujourd'hui" },
  load: () => import("./Today"),
} satisfies TowerPage;
