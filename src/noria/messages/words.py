"""The sentences of customers' pages, in English and French; blanks are filled by `pages`."""

from collections.abc import Mapping

from noria.messages.model import Headline, Step, Trouble
from noria.orders.carried_model import Progress

Words = Mapping[str, str]

SENTENCES: Mapping[str, Words] = {
    "en": {
        "title": "Order {order}",
        "other_language": "Français",
        Headline.CANCELLED.value: "Your order is cancelled.",
        Headline.DELIVERED.value: "Your order came on {delivered_on}.",
        Headline.READY.value: "Your order waits for you at {place}.",
        Headline.IN_TROUBLE.value: "Something went wrong on the way. We are looking into it.",
        Headline.OVERDUE.value: "Your order should have come by {last}. It has not, and we are"
        " looking for it.",
        Headline.UNSURE.value: "Your order will hardly come {window}, as we said, and we do not"
        " know yet when it comes.",
        Headline.TODAY.value: "Your order comes today.",
        Headline.LATER.value: "Your order comes {window}, later than we said.",
        Headline.COMING.value: "Your order comes {window}.",
        Headline.WAITING.value: "Part of your order waits for stock.",
        Headline.CHECKED.value: "We are checking your order before we send it.",
        "sorry": "We are sorry.",
        "unsure_more": "We are looking into it, and write to you as soon as we know a day. If it is"
        " not found, we send it again or pay you back: report a problem to say what you prefer.",
        "said_before": "We had said {window}.",
        "expected": "We expect it {window}.",
        "rest": "Part of it has come already.",
        "on_day": "on {first}",
        "between": "between {first} and {last}",
        "goes_to": "Goes to",
        "part": "Part {number} of {count}",
        "parcel": "Parcel",
        "history": "What the carrier said",
        "comes": "Comes",
        "came": "Came",
        "changes": "What changed",
        "new_day": "New day: {window}.",
        "moved": "We now send part of it from elsewhere, so that it reaches you.",
        "cancelled_items": "Cancelled",
        "can_do": "What you can do",
        "cancel": "Cancel what has not left",
        "cancel_title": "Cancel order {order}?",
        "cancel_what": "What has not left yet is taken out of the order: {units} units. What has"
        " left will still come, and can be returned.",
        "cancel_yes": "Yes, cancel it",
        "cancelled_now": "It is cancelled. What you have paid for it is given back.",
        "too_late": "It has left already, so it cannot be cancelled any more. You can return it"
        " once it has come.",
        "report": "Report a problem",
        "report_title": "What is wrong with order {order}?",
        "trouble": "What happened",
        "in_words": "In your words, if you like",
        "send": "Send",
        "reported": "Thank you. Somebody looks into it, and you will hear from us.",
        "back": "Back to the order",
        "none_there": "This link leads to no order.",
        "none_there_more": "Open the link of the latest message that you got from us.",
        "away": "We cannot show your order just now.",
        "away_more": "Nothing is wrong with the order itself. Please try again in a minute.",
        "wrong": "Please choose what happened, and write no more than {most} characters.",
        "steps": "How far it is",
        "done": "done",
        "as_of": "As of {now}.",
        "follow": "Follow your order",
    },
    "fr": {
        "title": "Commande {order}",
        "other_language": "English",
        Headline.CANCELLED.value: "Votre commande est annulée.",
        Headline.DELIVERED.value: "Votre commande est arrivée le {delivered_on}.",
        Headline.READY.value: "Votre commande vous attend\u202f: {place}.",
        Headline.IN_TROUBLE.value: "Un problème est survenu en route. Nous nous en occupons.",
        Headline.OVERDUE.value: "Votre commande devait arriver au plus tard le {last}. Elle n'est"
        " pas arrivée et nous la recherchons.",
        Headline.UNSURE.value: "Votre commande n'arrivera sans doute pas {window} comme prévu, et"
        " nous ne savons pas encore quand elle arrivera.",
        Headline.TODAY.value: "Votre commande arrive aujourd'hui.",
        Headline.LATER.value: "Votre commande arrive {window}, plus tard que prévu.",
        Headline.COMING.value: "Votre commande arrive {window}.",
        Headline.WAITING.value: "Une partie de votre commande attend du stock.",
        Headline.CHECKED.value: "Nous vérifions votre commande avant de l'expédier.",
        "sorry": "Nous en sommes désolés.",
        "unsure_more": "Nous cherchons, et vous écrirons dès que nous connaîtrons un jour. Si elle"
        " reste introuvable, nous la renvoyons ou vous remboursons\u202f: signalez un"
        " problème pour dire ce que vous préférez.",
        "said_before": "Nous avions annoncé\u202f: {window}.",
        "expected": "Nous l'attendons {window}.",
        "rest": "Une partie est déjà arrivée.",
        "on_day": "le {first}",
        "between": "entre le {first} et le {last}",
        "goes_to": "Destination",
        "part": "Partie {number} sur {count}",
        "parcel": "Colis",
        "history": "Ce qu'a dit le transporteur",
        "comes": "Arrivée",
        "came": "Arrivé",
        "changes": "Ce qui a changé",
        "new_day": "Nouvelle date\u202f: {window}.",
        "moved": "Une partie est maintenant envoyée d'ailleurs, pour qu'elle vous parvienne.",
        "cancelled_items": "Annulé",
        "can_do": "Ce que vous pouvez faire",
        "cancel": "Annuler ce qui n'est pas parti",
        "cancel_title": "Annuler la commande {order}\u202f?",
        "cancel_what": "Ce qui n'est pas encore parti est retiré de la commande\u202f: {units}"
        " articles. Ce qui est parti arrivera et pourra être retourné.",
        "cancel_yes": "Oui, annuler",
        "cancelled_now": "C'est annulé. Ce que vous avez payé vous sera rendu.",
        "too_late": "Tout est déjà parti\u202f: l'annulation n'est plus possible. Vous pourrez le"
        " retourner à l'arrivée.",
        "report": "Signaler un problème",
        "report_title": "Quel est le problème avec la commande {order}\u202f?",
        "trouble": "Ce qui s'est passé",
        "in_words": "Avec vos mots, si vous le souhaitez",
        "send": "Envoyer",
        "reported": "Merci. Quelqu'un s'en occupe et vous aurez de nos nouvelles.",
        "back": "Retour à la commande",
        "none_there": "Ce lien ne mène à aucune commande.",
        "none_there_more": "Ouvrez le lien du dernier message que nous vous avons envoyé.",
        "away": "Nous ne pouvons pas afficher votre commande pour l'instant.",
        "away_more": "La commande elle-même va bien. Réessayez dans une minute.",
        "wrong": "Choisissez ce qui s'est passé et n'écrivez pas plus de {most} caractères.",
        "steps": "Où elle en est",
        "done": "fait",
        "as_of": "État au {now}.",
        "follow": "Suivre votre commande",
    },
}

STEPS: Mapping[str, Mapping[Step, str]] = {
    "en": {
        Step.WAITING: "Waits for stock",
        Step.PREPARING: "Being prepared",
        Step.PREPARED: "Ready to leave",
        Step.UNDER_WAY: "On its way",
        Step.OUT: "Out for delivery",
        Step.READY: "Waits for you",
        Step.DELIVERED: "Delivered",
        Step.IN_TROUBLE: "Held up",
    },
    "fr": {
        Step.WAITING: "En attente de stock",
        Step.PREPARING: "En préparation",
        Step.PREPARED: "Prêt à partir",
        Step.UNDER_WAY: "En route",
        Step.OUT: "En cours de livraison",
        Step.READY: "Vous attend",
        Step.DELIVERED: "Livré",
        Step.IN_TROUBLE: "Retenu",
    },
}

SAID: Mapping[str, Mapping[Progress, str]] = {
    "en": {
        Progress.ANNOUNCED: "Announced",
        Progress.HANDED_OVER: "With the carrier",
        Progress.IN_TRANSIT: "On its way",
        Progress.OUT_FOR_DELIVERY: "Out for delivery",
        Progress.READY: "Waits to be collected",
        Progress.FAILED: "Could not be delivered",
        Progress.DELIVERED: "Delivered",
        Progress.RETURNING: "On its way back",
        Progress.RETURNED: "Came back to us",
        Progress.LOST: "Lost",
        Progress.OTHER: "",
    },
    "fr": {
        Progress.ANNOUNCED: "Annoncé",
        Progress.HANDED_OVER: "Remis au transporteur",
        Progress.IN_TRANSIT: "En route",
        Progress.OUT_FOR_DELIVERY: "En cours de livraison",
        Progress.READY: "À retirer",
        Progress.FAILED: "Livraison impossible",
        Progress.DELIVERED: "Livré",
        Progress.RETURNING: "En retour",
        Progress.RETURNED: "Revenu chez nous",
        Progress.LOST: "Perdu",
        Progress.OTHER: "",
    },
}

TROUBLES: Mapping[str, Mapping[Trouble, str]] = {
    "en": {
        Trouble.NOT_RECEIVED: "I did not receive it",
        Trouble.DAMAGED: "It is damaged",
        Trouble.WRONG_ITEM: "It is not what I ordered",
        Trouble.MISSING_ITEM: "Something is missing",
        Trouble.OTHER: "Something else",
    },
    "fr": {
        Trouble.NOT_RECEIVED: "Je ne l'ai pas reçue",
        Trouble.DAMAGED: "Elle est abîmée",
        Trouble.WRONG_ITEM: "Ce n'est pas ce que j'ai commandé",
        Trouble.MISSING_ITEM: "Il manque quelque chose",
        Trouble.OTHER: "Autre chose",
    },
}

SUBJECTS: Mapping[str, Words] = {
    "en": {
        "confirmed": "Order {order}: thank you",
        "prepared": "Order {order} is ready to leave",
        "on_its_way": "Order {order} is on its way",
        "out_for_delivery": "Order {order} comes today",
        "ready": "Order {order} waits for you",
        "delivered": "Order {order} has come",
        "delayed": "Order {order} comes later than we said",
        "unsure": "Order {order}: it will hardly come as we said",
        "in_trouble": "Order {order} is held up",
        "cancelled": "Order {order} is cancelled",
    },
    "fr": {
        "confirmed": "Commande {order}\u202f: merci",
        "prepared": "Commande {order}\u202f: prête à partir",
        "on_its_way": "Commande {order}\u202f: en route",
        "out_for_delivery": "Commande {order}\u202f: livrée aujourd'hui",
        "ready": "Commande {order}\u202f: elle vous attend",
        "delivered": "Commande {order}\u202f: arrivée",
        "delayed": "Commande {order}\u202f: plus tard que prévu",
        "unsure": "Commande {order}\u202f: elle n'arrivera sans doute pas comme prévu",
        "in_trouble": "Commande {order}\u202f: retenue en route",
        "cancelled": "Commande {order}\u202f: annulée",
    },
}

OPENINGS: Mapping[str, Words] = {
    "en": {
        "confirmed": "Thank you for your order. It comes {days}.",
        "prepared": "Your parcel is packed, and leaves soon.",
        "on_its_way": "Your parcel is on its way. It comes {days}.",
        "out_for_delivery": "Your parcel comes today.",
        "ready": "Your parcel waits for you at {place}.",
        "delivered": "Your parcel has come. If something is wrong with it, tell us.",
        "delayed": "Your order comes {days}, later than we said.",
        "unsure": "Your order will hardly come {days}, as we said, and we do not know yet when it"
        " comes.",
        "in_trouble": "Something went wrong on the way. We are looking into it.",
        "cancelled": "Your order is cancelled.",
    },
    "fr": {
        "confirmed": "Merci pour votre commande. Elle arrive {days}.",
        "prepared": "Votre colis est prêt et part bientôt.",
        "on_its_way": "Votre colis est en route. Il arrive {days}.",
        "out_for_delivery": "Votre colis arrive aujourd'hui.",
        "ready": "Votre colis vous attend\u202f: {place}.",
        "delivered": "Votre colis est arrivé. Si quelque chose ne va pas, dites-le-nous.",
        "delayed": "Votre commande arrive {days}, plus tard que prévu.",
        "unsure": "Votre commande n'arrivera sans doute pas {days} comme prévu, et nous ne savons"
        " pas encore quand elle arrivera.",
        "in_trouble": "Un problème est survenu en route. Nous nous en occupons.",
        "cancelled": "Votre commande est annulée.",
    },
}
