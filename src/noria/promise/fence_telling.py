"""Fences in words: why a node gives nothing of an order, or of a basket, or not all."""

from collections.abc import Mapping

from noria.kit.errors import Text
from noria.promise import fence_rules

WORDS: Mapping[str, Text] = {
    "no-stock": Text("has none of it", "n'en a pas"),
    "excluded": Text("is left out by the policy", "est exclu par la politique"),
    "does-not-ship": Text("does not ship", "n'expédie pas"),
    "full": Text("has no capacity left", "n'a plus de capacité"),
    "no-service": Text("no service carries it there", "aucun transport ne l'y porte"),
    "too-heavy": Text(
        "its parcel is too heavy for every service", "son colis est trop lourd pour tout transport"
    ),
    "too-large": Text(
        "its parcel is too large for every service", "son colis est trop grand pour tout transport"
    ),
    "too-late": Text("would come too late", "arriverait trop tard"),
    "not-all": Text(
        "does not have all of it, and it may not be split",
        "n'a pas tout, et la commande ne peut pas être scindée",
    ),
    "digital": Text("cannot deliver what is digital", "ne livre pas ce qui est numérique"),
    "not-digital": Text("delivers what is digital alone", "ne livre que du numérique"),
    "hazardous": Text("may not send hazardous goods", "n'expédie pas de matières dangereuses"),
    "bulky": Text("cannot send bulky goods", "n'expédie pas d'encombrants"),
    "no-gift-wrap": Text("does not wrap gifts", "n'emballe pas de cadeaux"),
    "no-own-packaging": Text("does not have our boxes", "n'a pas nos emballages"),
    "network": Text("does not serve the channel", "ne sert pas ce canal"),
    "assortment": Text("does not sell it in the channel", "ne le vend pas dans ce canal"),
    "trust": Text("cannot be trusted to have it", "n'est pas assez fiable pour l'avoir"),
    "buffer": Text("keeps all of it back as a buffer", "garde tout en tampon"),
    "safety": Text(
        "keeps all of it back, for its book was often wrong",
        "garde tout, car son livre était souvent faux",
    ),
    "protection": Text("keeps all of it for other channels", "garde tout pour d'autres canaux"),
    "threshold": Text("has fewer than may be shown", "en a moins que ce qui peut être montré"),
    "unsellable": Text(
        "has only what is too old to be sold", "n'a que des unités trop anciennes pour la vente"
    ),
    "named": Text(
        "has only what accepted orders ask of it alone",
        "n'a que ce que des commandes attendent de lui seul",
    ),
    "unsourced": Text(
        "has only what accepted orders wait for already",
        "n'a que ce que des commandes attendent déjà",
    ),
    "later": Text("begins it on a later day", "ne commence qu'un autre jour"),
    "odd-amount": Text(
        "does not send so few of it, or a part of a pack",
        "n'en envoie pas si peu, ou pas un lot entamé",
    ),
    "declined": Text(
        "refused the order, or was left out of what was asked",
        "a refusé la commande, ou a été laissé de côté",
    ),
    "closed": Text("is closed", "est fermé"),
}
"""Each code of a fence in words; promise and sourcing fail a node by the same."""


def why(code: str, detail: str) -> Text:
    """A fence in words, with the SKUs that it is about, and the reason that its rule has."""
    return Text(_why(code, detail, "en"), _why(code, detail, "fr"))


def because(code: str, reason: str) -> Text:
    """A fence in words, with the reason that its rule has, where it is clear which SKU is meant."""
    return Text(_because(code, reason, "en"), _because(code, reason, "fr"))


def _because(code: str, reason: str, language: str) -> str:
    said = WORDS[code].filled(language, {}) if code in WORDS else code
    return f"{said} ({fence_rules.said(reason).filled(language, {})})" if reason else said


def _why(code: str, detail: str, language: str) -> str:
    said = WORDS[code].filled(language, {}) if code in WORDS else code
    behind = about(detail, language)
    return f"{said} ({', '.join(behind)})" if behind else said


def about(detail: str, language: str) -> list[str]:
    """The SKUs of a fence, and the reason that its rule has."""
    skus, _, reason = detail.partition(": ")
    if not reason:
        return [skus] if skus else []
    colon = "\u202f: " if language == "fr" else ": "
    return [skus + colon + fence_rules.said(reason).filled(language, {})]
