import { words } from "../../model/words";

export const linkWords = words(
  "orderLink",
  {
    link: "Customer's page",
    linkTitle: "What the customer sees",
    address: "Its address",
    addressHint:
      "Whoever has it can see the order and do what its customer may. Send it to nobody else.",
    copy: "Copy",
    copied: "Copied",
    openPage: "Open it",
    renew: "Make another address",
    renewConfirm: "For when it got into wrong hands: the address until now shows nothing more.",
    renewed: "It has another address now.",
  },
  {
    link: "Page du client",
    linkTitle: "Ce que voit le client",
    address: "Son adresse",
    addressHint:
      "Qui l'a voit la commande et peut ce que peut son client. Ne l'envoyez à personne d'autre.",
    copy: "Copier",
    copied: "Copiée",
    openPage: "L'ouvrir",
    renew: "Faire une autre adresse",
    renewConfirm: "Si elle est en de mauvaises mains\u202f: l'adresse d'avant ne montre plus rien.",
    renewed: "Elle a maintenant une autre adresse.",
  },
);
