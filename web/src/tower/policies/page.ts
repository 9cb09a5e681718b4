import { needs, type TowerPage } from "../../app/pages";

export default {
  path: "/policies",
  order: 6,
  isFor: needs("policies.read"),
  title: { en: "Policies", fr: "Politiques" },
  load: () => import("./Policies"),
} satisfies TowerPage;
