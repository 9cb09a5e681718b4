"""What is wrong with one field, in French: faults are made in English, and told in either.

Where `{}` stands in a sentence, something of the request or of the business stands there in both.
"""

import re
from collections.abc import Mapping

TYPES: Mapping[str, str] = {
    "array": "une liste",
    "bool": "oui ou non",
    "date": "une date",
    "datetime": "une date et une heure",
    "float": "un nombre",
    "int": "un nombre entier",
    "null": "rien",
    "object": "un objet",
    "str": "un texte",
    "time": "une heure",
}
"""What a value may be, as msgspec names it between backticks."""

OF_SHAPE: Mapping[str, str] = {
    "Expected {}, got {}": "Attendu\u202f: {}\u202f; reçu\u202f: {}",
    "Expected {} >= {}": "Attendu\u202f: {}, au moins {}",
    "Expected {} <= {}": "Attendu\u202f: {}, au plus {}",
    "Expected {} of length >= 1": "Attendu\u202f: {} qui ne soit pas vide",
    "Expected {} of length >= {}": "Attendu\u202f: {} d'une longueur d'au moins {}",
    "Expected {} of length <= {}": "Attendu\u202f: {} d'une longueur d'au plus {}",
    "Expected {} of length {}": "Attendu\u202f: {} d'une longueur de {}",
    "Expected {} matching regex {}": "Attendu\u202f: {} de la forme {}",
    "Expected `datetime` with a timezone component": (
        "Attendu\u202f: une date et une heure avec leur décalage d'UTC"
    ),
    "Invalid enum value {}": "{} n'est pas une valeur d'ici",
    "Invalid value {}": "{} n'est pas une valeur d'ici",
    "Invalid RFC3339 encoded date": "Ce n'est pas une date (année-mois-jour)",
    "Invalid RFC3339 encoded datetime": "Ce n'est pas une date et une heure (RFC 3339)",
    "Invalid RFC3339 encoded time": "Ce n'est pas une heure (heures:minutes:secondes)",
    "Invalid UUID": "Ce n'est pas un UUID",
    "Object contains unknown field {}": "Le champ {} n'existe pas ici",
    "Object missing required field {}": "Le champ {} manque",
    "Input data was truncated": "La demande s'arrête au milieu",
    "JSON is malformed: invalid character (byte {})": (
        "Le JSON est mal formé\u202f: caractère inattendu (octet {})"
    ),
    "JSON is malformed: trailing characters (byte {})": (
        "Le JSON est mal formé\u202f: quelque chose le suit (octet {})"
    ),
}
"""What msgspec says of a body or a parameter of another shape."""

OF_OURS: Mapping[str, str] = {
    "a SKU is weighed twice": "un SKU est pesé deux fois",
    "a lot or serial is there twice": "un lot ou un numéro de série y est deux fois",
    "a node says its kind already: leave one of them out": (
        "un site dit déjà son type\u202f: retirez l'un des deux"
    ),
    "a serial is there twice": "un numéro de série y est deux fois",
    "a serial is there twice: one movement moves a unit once": (
        "un numéro de série y est deux fois\u202f: un mouvement déplace une unité une fois"
    ),
    "an order's id has at most 40 characters": (
        "l'identifiant d'une commande a 40 caractères au plus"
    ),
    "at most {} days from today": "dans {} jours au plus",
    "expected 1 to 255 visible characters": "attendu\u202f: de 1 à 255 caractères visibles",
    "expected a date between {} and {}": "attendu\u202f: une date entre {} et {}",
    "expected the id of an event that we sent": (
        "attendu\u202f: l'identifiant d'un événement que nous avons envoyé"
    ),
    "from today to {} days on": "d'aujourd'hui à {} jours",
    "give either units or days": "donnez des unités ou des jours, l'un des deux",
    "it ends before it begins": "la fin est avant le début",
    "it has no offset from UTC": "son décalage d'UTC manque",
    "it is before since": "c'est avant le début de la période (since)",
    "it is before {}, the first day that is left": "c'est avant le {}, premier jour qui reste",
    "it is no https:// or sftp:// address": "ce n'est pas une adresse https:// ou sftp://",
    "it is one for all: set it for the whole policy instead": (
        "ce réglage vaut partout\u202f: mettez-le pour toute la politique"
    ),
    "it is one for an order, and cannot differ by node": (
        "ce réglage vaut pour une commande\u202f: il ne peut pas différer selon le site"
    ),
    "it is the source": "c'est le site de départ",
    "it names nothing: set it for the whole policy instead": (
        "rien n'est cité\u202f: réglez-le plutôt pour toute la politique"
    ),
    "it takes no returns": "ce site ne prend pas de retours",
    "it was settled with something else here": "autre chose a été dit ici",
    "leave it out to mean all goods": "retirez-le pour dire tous les articles",
    "may be there once only": "ne peut être là qu'une fois",
    "must not contain NUL": "ne doit pas contenir de NUL",
    "name a SKU or a category, not both": "citez un SKU ou une catégorie, pas les deux",
    "name a channel, and neither a country nor a category": (
        "citez un canal, et ni pays ni catégorie"
    ),
    "name a node or a kind of nodes, not both": ("citez un site ou un type de sites, pas les deux"),
    "name a postcode, or a store": "citez un code postal ou un magasin",
    "name a postcode, or latitude and longitude": (
        "citez un code postal, ou une latitude et une longitude"
    ),
    "name a purchase order, a transfer or an ASN, and only one of them": (
        "citez une commande d'achat, un transfert ou un avis d'expédition, et un seul"
    ),
    "name a task or a wave, and only one of them": "citez une tâche ou une vague, et une seule",
    "name a wave or a node, and only one of them": "citez une vague ou un site, et un seul",
    "name either a node or legs": "citez un site ou des expéditions, l'un des deux",
    "name the node that closes": "citez le site qui ferme",
    "name the nodes or the kinds of nodes that serve": (
        "citez les sites, ou les types de sites, qui servent"
    ),
    "no SKU has this category": "aucun SKU n'a cette catégorie",
    "nobody is known yet: it is needed": "personne n'est connu encore\u202f: il le faut",
    "not a parameter": "ce n'est pas un paramètre",
    "nothing is changed": "rien n'est changé",
    "nothing would be left: call it off": "il n'en resterait rien\u202f: annulez-la",
    "null is no value: leave the parameter out": (
        "null n'est pas une valeur\u202f: retirez le paramètre"
    ),
    "only a safety asks for the accuracy of a node": (
        "seule une sécurité demande l'exactitude d'un site"
    ),
    "only what is assigned names somebody": "seul ce qui est confié cite quelqu'un",
    "only what is snoozed has an end": "seul ce qui est mis en sommeil a une fin",
    "orders reserve by themselves; name another kind": (
        "les commandes réservent d'elles-mêmes\u202f; citez autre chose"
    ),
    "ready_until is not later than ready_from: no van would find it open": (
        "ready_until n'est pas après ready_from\u202f: aucun camion ne trouverait ouvert"
    ),
    "say below which accuracy it holds": "dites sous quelle exactitude elle vaut",
    "say how many units, or how many days of sales": (
        "dites combien d'unités, ou combien de jours de ventes"
    ),
    "say it as PUT /v1/assortment-rules/{id}": "dites-le par PUT /v1/assortment-rules/{id}",
    "say it as PUT /v1/channel-networks/{id}": "dites-le par PUT /v1/channel-networks/{id}",
    "say something": "dites quelque chose",
    "say units or days, not both": "dites des unités ou des jours, pas les deux",
    "say where it goes: a postcode, or stores": (
        "dites où cela va\u202f: un code postal, ou des magasins"
    ),
    "say where they want it: a store, or a postcode": (
        "dites où ils le veulent\u202f: un magasin, ou un code postal"
    ),
    "say where to tell them: an e-mail address, or a phone": (
        "dites où les prévenir\u202f: une adresse e-mail, ou un téléphone"
    ),
    "say which channel it is kept for": "dites pour quel canal c'est gardé",
    "say which node it is about, or its column": "dites de quel site il s'agit, ou sa colonne",
    "say whose the hold is": "dites pour qui c'est réservé",
    "send the code or the SKU, and only one of them": "envoyez le code ou le SKU, et un seul",
    "source and target are the same state: nothing would move": (
        "le départ et l'arrivée sont le même état\u202f: rien ne bougerait"
    ),
    "the SKU is there twice": "ce SKU y est deux fois",
    "the address says {}": "l'adresse dit {}",
    "the body is empty": "le corps est vide",
    "the body is nested too deep": "le corps est imbriqué trop profondément",
    "the body is not UTF-8": "le corps n'est pas en UTF-8",
    "the key {} is there twice in one object": "la clé {} est deux fois dans un même objet",
    "the lots add up to more units than the quantity": (
        "les lots font ensemble plus d'unités que la quantité"
    ),
    "there are more serials than units": "il y a plus de numéros de série que d'unités",
    "there is no SKU {}": "il n'y a pas de SKU {}",
    "there is no channel {}": "il n'y a pas de canal {}",
    "there is no node {}": "il n'y a pas de site {}",
    "there is no such setting": "ce réglage n'existe pas",
    "there is no {} in it": "il n'y a pas de {} dedans",
    "this is not a cursor that we gave out": "ce n'est pas un curseur que nous avons donné",
    "this is not an ETag that we gave out": "ce n'est pas un ETag que nous avons donné",
    "this is the order itself": "c'est la commande elle-même",
    "this line is there twice": "cette ligne y est deux fois",
    "this order is there twice": "cette commande y est deux fois",
    "trust is measured, and not set": "la confiance se mesure, et ne se règle pas",
    "what is in these parcels is known: leave it out": (
        "ce que ces colis contiennent est connu\u202f: retirez-le"
    ),
    "who names units takes all lines whole": (
        "qui cite des unités prend toutes les lignes en entier"
    ),
    "{} ({}) is not known here": "{} ({}) n'est pas connu ici",
    "{} at {} is there twice": "{} à {} y est deux fois",
    "{} changes no day over its interface": "{} ne change pas de jour par son interface",
    "{} is not a node of {}": "{} n'est pas un site de {}",
    "{} is not known here": "{} n'est pas connu ici",
    "{} is there twice": "{} y est deux fois",
    "{} is there twice from that day": "{} y est deux fois à partir de ce jour",
    "{} of {} have come already": "{} de {} sont déjà venus",
    "{} was ordered to {}": "{} a été commandé pour {}",
}
"""What we say ourselves."""


LONGEST = 1000
"""Longer messages stay as they are: they repeat what was sent, and a pattern may take a time that
grows with the square of it."""


def in_french(message: str) -> str:
    """The message of a fault in French; as it stands, where there are no words for it."""
    if len(message) > LONGEST:
        return message
    for french, pattern in PATTERNS:
        if found := pattern.fullmatch(message):
            between = [*map(_word, found.groups()), ""]
            parts = zip(french.split("{}"), between, strict=True)
            return "".join(part + word for part, word in parts)
    return message


def _word(given: str) -> str:
    """Types, which msgspec names between backticks, are said in words; values stand in quotes."""
    if given.startswith("'"):
        value = given.strip("'")
        return f"«\u202f{value}\u202f»"
    named = given.strip("`").split(" | ")
    is_type = given.startswith("`") and TYPES.keys() >= set(named)
    return " ou ".join(TYPES[one] for one in named) if is_type else given


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile("(.+)".join(re.escape(part) for part in template.split("{}")), re.DOTALL)


def _words(template: str) -> int:
    return len(template.replace("{}", ""))


PATTERNS = [
    (french, _pattern(english))
    for english, french in sorted(
        {**OF_SHAPE, **OF_OURS}.items(), key=lambda one: _words(one[0]), reverse=True
    )
]
"""What has more words of its own is looked for first."""
