"""The codes that facts of exceptions hold, as words of both languages."""

from collections.abc import Mapping

from noria.kit.errors import Text
from noria.messages.words import SAID
from noria.orders.carried_model import Progress


def lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


MOMENTS = frozenset({"by", "expected_at", "at", "day"})
COUNTED = frozenset({"units", "before"})
UNITS = Text("units", "unités")
ONE_UNIT = Text("unit", "unité")
NOBODY = Text("nobody", "personne")
SPANS = (
    (24 * 60, Text("days", "jours")),
    (60, Text("hours", "heures")),
    (1, Text("minutes", "minutes")),
)
"""Units of time, in minutes."""

WORDS: Mapping[str, Mapping[str, Text]] = {
    "reason": {
        "not_found": Text("not found", "introuvable"),
        "damaged": Text("damaged", "abîmé"),
        "expired": Text("expired", "périmé"),
        "too_busy": Text("too busy", "débordé"),
        "cancelled": Text("cancelled", "annulé"),
        "replaced": Text("did not come, not sent again", "non arrivé, non renvoyé"),
        "refused": Text("refused at the door", "refusé à la livraison"),
        "refused_in_store": Text("refused in the store", "refusé en magasin"),
        "not_collected": Text("not collected", "non retiré"),
        "returned": Text("returned", "retourné"),
        "edited": Text("order changed", "commande modifiée"),
    },
    "step": {
        "source": Text("a node", "un site"),
        "accept": Text("acceptance", "acceptation"),
        "pick": Text("pick", "prélèvement"),
        "pack": Text("packing", "emballage"),
        "hand_over": Text("departure", "départ"),
        "deliver": Text("delivery", "livraison"),
    },
    "progress": {
        one.value: Text(
            lowered(SAID["en"][one]) or "other news", lowered(SAID["fr"][one]) or "autre nouvelle"
        )
        for one in Progress
    }
    | {"unheard": Text("nothing was ever said of it", "rien n'a jamais été dit")},
    "held_for": {
        "payment": Text("payment", "paiement"),
        "fraud": Text("fraud", "fraude"),
        "address": Text("address", "adresse"),
        "manual": Text("by hand", "à la main"),
    },
    "trouble": {
        "not_received": Text("not received", "non reçu"),
        "damaged": Text("damaged", "abîmé"),
        "wrong_item": Text("wrong item", "mauvais article"),
        "missing_item": Text("missing item", "article manquant"),
        "other": Text("other", "autre"),
    },
    "told": {
        "confirmed": Text("order confirmed", "commande confirmée"),
        "prepared": Text("being prepared", "en préparation"),
        "on_its_way": Text("on its way", "en route"),
        "out_for_delivery": Text("comes today", "arrive aujourd'hui"),
        "ready": Text("ready to be collected", "prête à retirer"),
        "delivered": Text("delivered", "livrée"),
        "delayed": Text("later than said", "plus tard que prévu"),
        "unsure": Text("late, no day known", "en retard, jour inconnu"),
        "in_trouble": Text("something went wrong", "incident"),
        "cancelled": Text("cancelled", "annulée"),
        "pickup_reminder": Text("still waits to be collected", "toujours à retirer"),
        "not_collected": Text("not collected", "non retirée"),
        "refunded": Text("paid back", "remboursée"),
        "day_chosen": Text("on the day chosen", "au jour choisi"),
        "withdrawn": Text("withdrawal received", "rétractation reçue"),
        "promised": Text("a day promised", "date promise"),
        "payment_reminder": Text("not paid yet", "pas encore payée"),
        "day_kept": Text("not on the day chosen", "pas au jour choisi"),
        "answered": Text("our answer", "notre réponse"),
    },
    "medium": {
        "email": Text("e-mail", "e-mail"),
        "sms": Text("text", "SMS"),
        "chat": Text("chat", "messagerie"),
        "push": Text("push", "notification"),
    },
    "way": {
        "scan": Text("scan", "scan"),
        "code": Text("code", "code"),
        "identity": Text("proof of identity", "pièce d'identité"),
        "proxy": Text("proxy", "mandataire"),
    },
}
