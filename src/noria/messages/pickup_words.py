"""The sentences about orders that are collected in a store, in English and French."""

from collections.abc import Mapping

Words = Mapping[str, str]

SENTENCES: Mapping[str, Words] = {
    "en": {
        "coming_pickup": "You can collect your order {window}.",
        "coming_pickup_by": "Your order is ready on {by}.",
        "later_pickup": "You can collect your order {window}, later than we said.",
        "unsure_pickup": "You will probably not be able to collect your order {window}, as we said,"
        " and we do not know yet when you can.",
        "overdue_pickup": "Your order should have been ready by {last}. It is not, and we are"
        " looking after it.",
        "delivered_pickup": "You collected your order on {delivered_on}.",
        "cancelled_pickup": "Nobody collected your order in time. It is cancelled, and what you"
        " have paid is given back.",
        "collect_at": "Collect at",
        "your_code": "Your code",
        "code_picture": "The same code, to be scanned",
        "show_code": "Show the code, or scan it, in the store.",
        "kept_until": "We keep it up to and including",
        "pay_there": "You pay in the store.",
        "open_hours": "When the store is open",
        "closed": "closed",
        "all_day": "all day",
        "say_coming": "Say when you come",
        "coming_title": "When do you come for order {order}?",
        "in_minutes": "I come",
        "now_here": "I am here",
        "in_15": "in 15 minutes",
        "in_30": "in 30 minutes",
        "in_60": "in an hour",
        "vehicle": "Your car, if you wait in it: plate or colour",
        "bay": "Bay, if you stand at one",
        "coming_done": "Thank you. The store knows that you are coming.",
        "coming_wrong": "Please choose when you come.",
        "extend": "Keep it 3 days longer",
        "extend_title": "Keep order {order} 3 days longer?",
        "extend_what": "We then keep it up to and including {until}. This can be done once.",
        "extend_yes": "Yes, keep it",
        "extended_done": "We keep it for you longer: see the new date below.",
        "extend_no": "We cannot keep it any longer. The store can: call or go there.",
        "proxy": "Let somebody else collect it",
        "proxy_title": "Who collects order {order} for you?",
        "proxy_name": "First and last name, as on a proof of identity",
        "proxy_what": "They show it in the store. We forget the name once your data is erased.",
        "proxy_done": "They may collect it, with a proof of identity.",
        "proxy_is": "Somebody else may collect it too.",
        "proxy_wrong": "Please write a first and a last name.",
        "place": "Collect it elsewhere, or have it sent home",
        "place_title": "Where should order {order} go?",
        "place_what": "You can change it until the store hands it over. We then tell you the new"
        " day.",
        "place_store": "Collect it in another store",
        "place_home": "Have it sent home",
        "place_from_home": "Change the address, or collect it in a store",
        "place_street": "Correct the street",
        "place_what_home": "You can change it until we begin to prepare it, and the street until it"
        " leaves. We then tell you the new day.",
        "place_what_street": "It is being prepared. You can still correct the street, until it"
        " leaves.",
        "place_to_store": "Collect it in a store",
        "place_address": "Have it sent to this address",
        "place_name": "First and last name at the door",
        "place_nameless": "Please write the name at the door.",
        "place_none": "There is no other store near.",
        "street": "Street and number",
        "postcode": "Postcode",
        "town": "Town",
        "place_yes": "Change it",
        "place_done": "It is changed. The new day is below.",
        "place_late": "It is too late to change this.",
        "place_wrong": "Please choose a store, or write street, postcode and town.",
        "place_unknown": "We do not know this postcode.",
        "refunded_now": "Paid back: {amount}.",
    },
    "fr": {
        "coming_pickup": "Vous pourrez retirer votre commande {window}.",
        "coming_pickup_by": "Votre commande sera prête le {by}.",
        "later_pickup": "Vous pourrez retirer votre commande {window}, plus tard que prévu.",
        "unsure_pickup": "Vous ne pourrez sans doute pas retirer votre commande {window} comme"
        " prévu, et nous ne savons pas encore quand vous le pourrez.",
        "overdue_pickup": "Votre commande devait être prête au plus tard le {last}. Elle ne l'est"
        " pas et nous nous en occupons.",
        "delivered_pickup": "Vous avez retiré votre commande le {delivered_on}.",
        "cancelled_pickup": "Personne n'a retiré votre commande à temps. Elle est annulée et ce"
        " que vous avez payé vous est rendu.",
        "collect_at": "À retirer à",
        "your_code": "Votre code",
        "code_picture": "Le même code, à scanner",
        "show_code": "Montrez ce code en magasin, ou faites-le scanner.",
        "kept_until": "Gardée, jour compris, jusqu'au",
        "pay_there": "Vous payez en magasin.",
        "open_hours": "Horaires du magasin",
        "closed": "fermé",
        "all_day": "toute la journée",
        "say_coming": "Dire quand vous venez",
        "coming_title": "Quand venez-vous pour la commande {order}\u202f?",
        "in_minutes": "J'arrive",
        "now_here": "Je suis là",
        "in_15": "dans 15 minutes",
        "in_30": "dans 30 minutes",
        "in_60": "dans une heure",
        "vehicle": "Votre voiture, si vous y attendez\u202f: plaque ou couleur",
        "bay": "Emplacement, si vous y êtes",
        "coming_done": "Merci. Le magasin sait que vous venez.",
        "coming_wrong": "Choisissez quand vous venez.",
        "extend": "La garder 3 jours de plus",
        "extend_title": "Garder la commande {order} 3 jours de plus\u202f?",
        "extend_what": "Nous la garderons alors jusqu'au {until} inclus. C'est possible une fois.",
        "extend_yes": "Oui, la garder",
        "extended_done": "Nous la gardons plus longtemps\u202f: voyez la nouvelle date ci-dessous.",
        "extend_no": "Nous ne pouvons pas la garder plus longtemps. Voyez avec le magasin.",
        "proxy": "La faire retirer par quelqu'un d'autre",
        "proxy_title": "Qui retire la commande {order} pour vous\u202f?",
        "proxy_name": "Prénom et nom, comme sur une pièce d'identité",
        "proxy_what": "Cette personne la montre en magasin. Nous oublions ce nom quand vos données"
        " sont effacées.",
        "proxy_done": "Cette personne peut la retirer, avec une pièce d'identité.",
        "proxy_is": "Quelqu'un d'autre peut aussi la retirer.",
        "proxy_wrong": "Écrivez un prénom et un nom.",
        "place": "La retirer ailleurs ou la recevoir chez vous",
        "place_title": "Où doit aller la commande {order}\u202f?",
        "place_what": "C'est possible jusqu'à sa remise par le magasin. Nous vous dirons ensuite la"
        " nouvelle date.",
        "place_store": "La retirer dans un autre magasin",
        "place_home": "La recevoir chez vous",
        "place_from_home": "Changer l'adresse ou la retirer en magasin",
        "place_street": "Corriger la rue",
        "place_what_home": "C'est possible jusqu'au début de sa préparation, et pour la rue jusqu'à"
        " son départ. Nous vous dirons ensuite la nouvelle date.",
        "place_what_street": "Elle est en préparation. Vous pouvez encore corriger la rue, jusqu'à"
        " son départ.",
        "place_to_store": "La retirer en magasin",
        "place_address": "L'envoyer à cette adresse",
        "place_name": "Prénom et nom sur la porte",
        "place_nameless": "Écrivez le nom sur la porte.",
        "place_none": "Aucun autre magasin n'est proche.",
        "street": "Numéro et rue",
        "postcode": "Code postal",
        "town": "Ville",
        "place_yes": "Changer",
        "place_done": "C'est changé. La nouvelle date est ci-dessous.",
        "place_late": "Il est trop tard pour changer cela.",
        "place_wrong": "Choisissez un magasin, ou écrivez la rue, le code postal et la ville.",
        "place_unknown": "Nous ne connaissons pas ce code postal.",
        "refunded_now": "Remboursé\u202f: {amount}.",
    },
}

STEPS: Mapping[str, Words] = {
    "en": {"under_way": "On its way to the store", "prepared": "Ready to leave for the store",
           "delivered": "Collected"},
    "fr": {"under_way": "En route vers le magasin", "prepared": "Prête à partir vers le magasin",
           "delivered": "Retirée"},
}  # fmt: skip

SUBJECTS: Mapping[str, Words] = {
    "en": {
        "ready": "Order {order} waits for you in the store",
        "delivered": "Order {order}: you collected it",
        "pickup_reminder": "Order {order} still waits for you",
        "not_collected": "Order {order} was not collected",
        "refunded": "Order {order}: you are paid back",
    },
    "fr": {
        "ready": "Commande {order}\u202f: elle vous attend en magasin",
        "delivered": "Commande {order}\u202f: retirée",
        "pickup_reminder": "Commande {order}\u202f: elle vous attend encore",
        "not_collected": "Commande {order}\u202f: non retirée",
        "refunded": "Commande {order}\u202f: remboursée",
    },
}

OPENINGS: Mapping[str, Words] = {
    "en": {
        "confirmed": "Thank you for your order. You can collect it {days} at {place}.",
        "on_its_way": "Your order is on its way to the store.",
        "ready": "Your order waits for you at {place}. Your code: {code}. We keep it up"
        " to and including {until}.",
        "delivered": "You collected your order. If something is wrong with it, tell us.",
        "delayed": "You can collect your order {days}, later than we said.",
        "unsure": "You will probably not be able to collect your order {days}, as we said, and we"
        " do not know yet when you can.",
        "pickup_reminder": "Your order still waits for you at {place}. Your code: {code}. We keep"
        " it up to and including {until}, then we have to sell it.",
        "not_collected": "Nobody collected your order in time, so it is back on sale. What you have"
        " paid for it is given back.",
        "refunded": "We have paid you back {amount}.",
    },
    "fr": {
        "confirmed": "Merci pour votre commande. Vous pourrez la retirer {days}\u202f: {place}.",
        "on_its_way": "Votre commande est en route vers le magasin.",
        "ready": "Votre commande vous attend\u202f: {place}. Votre code\u202f: {code}. Nous la"
        " gardons jusqu'au {until} inclus.",
        "delivered": "Vous avez retiré votre commande. Si quelque chose ne va pas, dites-le-nous.",
        "delayed": "Vous pourrez retirer votre commande {days}, plus tard que prévu.",
        "unsure": "Vous ne pourrez sans doute pas retirer votre commande {days} comme prévu, et"
        " nous ne savons pas encore quand vous le pourrez.",
        "pickup_reminder": "Votre commande vous attend encore\u202f: {place}. Votre code\u202f:"
        " {code}. Nous la gardons jusqu'au {until} inclus, puis nous devrons la vendre.",
        "not_collected": "Personne n'a retiré votre commande à temps\u202f: elle est remise en"
        " vente. Ce que vous avez payé vous est rendu.",
        "refunded": "Nous vous avons remboursé {amount}.",
    },
}
"""`refunded`, `not_collected` and `pickup_reminder` are said here alone."""
