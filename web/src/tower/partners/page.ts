import { needs, type TowerPage } from "../../app/pages";

export default {
  path: "/partners",
  order: 5,
  isFor: needs("partners.read"),
  title: { en: "Partners", fr: "Partenaires" },
  load: () => import("./Partners"),
} satisfies TowerPage;
