import { needs, type TowerPage } from "../../app/pages";
import { firstHourWords } from "./words";

export default {
  path: "/first-hour",
  order: 9,
  isFor: needs("catalog.read", "network.read"),
  words: firstHourWords,
  load: () => import("./FirstHour"),
} satisfies TowerPage;
