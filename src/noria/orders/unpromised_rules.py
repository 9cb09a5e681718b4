"""Why an order is promised no day yet: facts in, words out."""

from collections.abc import Callable, Sequence
from datetime import date

from noria.kit import moments
from noria.kit.errors import Text
from noria.orders.unpromised_model import Missing, Unknown, Unpromised

MOST_NAMED = 3

WORDS = {
    Unknown.NOTHING_COMES: Text(
        "No node has {skus}, and nothing brings it. A purchase order, an ASN or a transfer with a"
        " day to come, or units that are found, would give this order a day.",
        "Aucun site n'a {skus}, et rien ne l'apporte. Un achat, un avis d'expédition ou un"
        " transfert daté, ou des unités retrouvées, donneraient une date à cette commande.",
    ),
    Unknown.LATE: Text(
        "What should have brought {skus} is late, and has no new day. A change of its day, or other"
        " supply, would give this order a day.",
        "Ce qui devait apporter {skus} est en retard, sans nouvelle date. Une nouvelle date, ou un"
        " autre approvisionnement, en donnerait une à cette commande.",
    ),
    Unknown.SPOKEN_FOR: Text(
        "What lies or comes of {skus} is for orders that wait longer. More supply, or an order"
        " before it that is cancelled, would give this order a day.",
        "Ce qu'il y a ou ce qui arrive de {skus} revient à des commandes plus anciennes. Un autre"
        " approvisionnement, ou l'annulation d'une commande plus ancienne, donnerait une date à"
        " celle-ci.",
    ),
    Unknown.TOO_LATE: Text(
        "Nothing can come by {asked}, the day that was asked for. An order without that day would"
        " get one.",
        "Rien ne peut arriver d'ici au {asked}, la date demandée. Sans cette date, la commande en"
        " aurait une.",
    ),
    Unknown.UNREACHABLE: Text(
        "{skus} lies or comes where it cannot be sent from for this order: the decision says why,"
        " node by node. A fence that is lifted, or supply elsewhere, would give this order a day.",
        "{skus} se trouve ou arrive là d'où rien ne peut partir pour cette commande\u202f: la"
        " décision dit pourquoi, site par site. Une barrière levée, ou un approvisionnement"
        " ailleurs, lui donnerait une date.",
    ),
}


def why(missing: Sequence[Missing], asked: date | None) -> Unpromised:
    """The first reason that holds, with the SKUs that it holds for."""
    reasons: tuple[tuple[Unknown, Callable[[Missing], bool]], ...] = (
        (Unknown.NOTHING_COMES, _is_nowhere),
        (Unknown.LATE, _is_late),
        (Unknown.SPOKEN_FOR, _is_spoken_for),
    )
    for reason, holds in reasons:
        if skus := [one.sku for one in missing if holds(one)]:
            return _said(reason, skus, asked)
    reason = Unknown.UNREACHABLE if asked is None else Unknown.TOO_LATE
    return _said(reason, [one.sku for one in missing], asked)


def _is_nowhere(one: Missing) -> bool:
    return not (one.is_made or one.lying or one.coming or one.late)


def _is_late(one: Missing) -> bool:
    return not (one.is_made or one.lying or one.coming)


def _is_spoken_for(one: Missing) -> bool:
    return not one.is_made and one.lying + one.coming - one.ahead < one.waiting


def _said(reason: Unknown, skus: Sequence[str], asked: date | None) -> Unpromised:
    named = ", ".join(skus[:MOST_NAMED]) + (" …" if len(skus) > MOST_NAMED else "")

    def told(language: str) -> str:
        day = moments.day(asked, language) if asked else ""
        return WORDS[reason].filled(language, {"skus": named, "asked": day})

    return Unpromised(reason=reason, skus=skus, asked=asked, en=told("en"), fr=told("fr"))
