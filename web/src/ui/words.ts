import { words } from "../model/words";

export const uiWords = words(
  "ui",
  {
    retry: "Try again",
    noAnswer: "The server does not answer.",
    noAnswerTodo: "Nothing was lost. Try again in a moment.",
    loading: "Loading",
    more: "Show more",
    end: "{{count}} shown, that is all of them",
    cancel: "Cancel",
    undo: "Undo",
    table: "As a table",
    choose: "Choose all",
  },
  {
    retry: "Réessayer",
    noAnswer: "Le serveur ne répond pas.",
    noAnswerTodo: "Rien n'est perdu. Réessayez dans un instant.",
    loading: "Chargement",
    more: "Afficher la suite",
    end: "{{count}} affichés, il n'y en a pas d'autres",
    cancel: "Annuler",
    undo: "Défaire",
    table: "En tableau",
    choose: "Tout choisir",
  },
);
