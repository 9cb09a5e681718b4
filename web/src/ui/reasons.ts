import { useFormat } from "../model/format";
import { useWords, words } from "../model/words";

/**
 * Why it happened, in the reader's words where Noria wrote the reason itself; what a person typed
 * stays as typed.
 */
export function useReason(): (reason: string) => string {
  const say = useWords(reasonWords);
  const format = useFormat();
  return (reason) => {
    if (reason in reasonWords.en) return say(reason as keyof typeof reasonWords.en);
    if (DAY.test(reason)) return format.date(reason);
    if (INSTANT.test(reason)) return format.moment(reason);
    for (const [pattern, key] of ABOUT) {
      const found = pattern.exec(reason)?.[1];
      if (found) return say(key, { what: DAY.test(found) ? format.date(found) : found });
    }
    return reason;
  };
}

const DAY = /^\d{4}-\d\d-\d\d$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d[\d:.]*([+-]\d\d:\d\d|Z)$/;
const ABOUT = [
  [/^expired on (\d{4}-\d\d-\d\d)$/, "expiredOn"],
  [/^told late: (\S+)$/, "toldLate"],
] as const;

/** The keys are what is written: `tests/test_tower_words.py` compares. */
export const reasonWords = words(
  "reasons",
  {
    "not in the book": "not in the book",
    "the hold's time was over": "the hold's time was over",
    "the shopper holds it otherwise now": "the shopper holds it otherwise now",
    not_found: "not found",
    damaged: "damaged",
    expired: "expired",
    too_busy: "the node was too busy",
    short: "not all of it was there",
    "short pick": "not all of it was there to pick",
    "missing in the box": "missing in the box",
    "it came to the store where it is collected": "it came to the store where it is collected",
    "handed over before it was given up": "collected before it was known to have come back",
    cancelled: "the order was cancelled",
    edited: "the order was changed",
    refused_in_store: "refused in the store",
    split: "the order was split",
    merged: "orders were merged",
    closed: "the node is closed",
    "cheaper elsewhere": "cheaper from elsewhere",
    "production late": "making it is late",
    "supplier late": "the supplier is late",
    "the customer changed the order": "the customer changed the order",
    "the customer chose another day": "the customer chose another day",
    "no node can keep the day told at checkout": "no node can keep the day told at checkout",
    "its departure was missed": "its departure was missed",
    "its departure was missed while it was held": "its departure was missed while it was held",
    "it is on its way, and will come later": "it is on its way, and will come later",
    "it will hardly come as promised, and nobody can say when":
      "it will hardly come as promised, and nobody can say when",
    "not paid in time": "not paid in time",
    "what was added is not paid yet": "what was added is not paid yet",
    "by their link": "by their link",
    "looked for again": "looked for again",
    withdrawal: "its customer gives it back",
    expiredOn: "expired on {{what}}",
    toldLate: "told late: {{what}}",
  },
  {
    "not in the book": "pas dans le livre",
    "the hold's time was over": "la réservation était finie",
    "the shopper holds it otherwise now": "le client la retient autrement maintenant",
    not_found: "introuvable",
    damaged: "abîmé",
    expired: "périmé",
    too_busy: "le site avait trop à faire",
    short: "il en manquait",
    "short pick": "il en manquait au prélèvement",
    "missing in the box": "il en manquait dans le carton",
    "it came to the store where it is collected": "arrivé au magasin où il se retire",
    "handed over before it was given up": "retiré avant qu'on le sache revenu",
    cancelled: "la commande a été annulée",
    edited: "la commande a été modifiée",
    refused_in_store: "refusé en magasin",
    split: "la commande a été divisée",
    merged: "des commandes ont été réunies",
    closed: "le site est fermé",
    "cheaper elsewhere": "moins cher d'ailleurs",
    "production late": "sa fabrication est en retard",
    "supplier late": "le fournisseur est en retard",
    "the customer changed the order": "le client a modifié la commande",
    "the customer chose another day": "le client a choisi un autre jour",
    "no node can keep the day told at checkout":
      "aucun site ne peut tenir le jour dit à la commande",
    "its departure was missed": "son départ a été manqué",
    "its departure was missed while it was held": "son départ a été manqué pendant la retenue",
    "it is on its way, and will come later": "en route, arrivera plus tard",
    "it will hardly come as promised, and nobody can say when":
      "ne viendra guère comme promis, et nul ne sait quand",
    "not paid in time": "pas payée à temps",
    "what was added is not paid yet": "ce qui a été ajouté n'est pas encore payé",
    "by their link": "par son lien",
    "looked for again": "cherchée de nouveau",
    withdrawal: "son client se rétracte",
    expiredOn: "périmé le {{what}}",
    toldLate: "dit en retard\u202f: {{what}}",
  },
);
