import { words } from "../../model/words";

/** What a list of orders is narrowed to by the number that led to it. */
export const narrowedWords = words(
  "narrowed",
  {
    placedSince: "Placed since {{at}}",
    orFurther: "“{{stage}}” or further",
    atNode: "at {{node}}",
    showAll: "Show all orders",
  },
  {
    placedSince: "Passées depuis le {{at}}",
    orFurther: "«\u202f{{stage}}\u202f» ou plus loin",
    atNode: "à {{node}}",
    showAll: "Voir toutes les commandes",
  },
);
