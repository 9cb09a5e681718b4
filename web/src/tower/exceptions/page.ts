import { needs, type TowerPage } from "../../app/pages";

export default {
  path: "/exceptions",
  order: 2,
  isFor: needs("tower.read"),
  title: { en: "Exceptions", fr: "Exceptions" },
  load: () => import("./Exceptions"),
} satisfies TowerPage;
