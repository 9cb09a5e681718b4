"""The codes that facts of exceptions hold, as words of both languages."""

from collections.abc import Mapping

from noria.kit.errors import Text
from noria.messages.words import SAID
from noria.orders.carried_model import Progress


def lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


MOMENTS = frozenset({"by", "expected_at", "at", "day"})
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
    },
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
    "way": {
        "scan": Text("scan", "scan"),
        "code": Text("code", "code"),
        "identity": Text("proof of identity", "pièce d'identité"),
        "proxy": Text("proxy", "mandataire"),
    },
}
