"""Mondial Relay: SOAP, the answer to `WSI2_TracingColisDetaille`, which names no parcel."""

from collections.abc import Mapping

from msgspec import structs

from noria.connectors.carriers import trees
from noria.connectors.carriers.model import NotUnderstood, heard, instant, read_each, refused
from noria.connectors.carriers.trees import Tree
from noria.fulfilment.tracking_model import Heard, Reply
from noria.orders.carried_model import Progress

WORDS: tuple[tuple[str, Progress], ...] = (
    ("retour a l'expediteur", Progress.RETURNING),
    ("retour expediteur", Progress.RETURNING),
    ("non livre", Progress.FAILED),
    ("non reclame", Progress.RETURNING),
    ("refuse", Progress.FAILED),
    ("livre au destinataire", Progress.DELIVERED),
    ("remis au destinataire", Progress.DELIVERED),
    ("colis livre", Progress.DELIVERED),
    ("disponible au point relais", Progress.READY),
    ("disponible", Progress.READY),
    ("en cours de livraison", Progress.OUT_FOR_DELIVERY),
    ("prise en charge", Progress.HANDED_OVER),
    ("pris en charge", Progress.HANDED_OVER),
    ("hub", Progress.IN_TRANSIT),
    ("agence", Progress.IN_TRANSIT),
    ("acheminement", Progress.IN_TRANSIT),
    ("tri", Progress.IN_TRANSIT),
    ("preparation", Progress.ANNOUNCED),
    ("enregistre", Progress.ANNOUNCED),
    ("annonce", Progress.ANNOUNCED),
)
"""It sends words without a code; the first of these that is found in them decides."""

OF_PARCELS: Mapping[str, Progress] = {
    "0": Progress.OTHER,
    "80": Progress.ANNOUNCED,
    "81": Progress.IN_TRANSIT,
    "82": Progress.DELIVERED,
    "83": Progress.FAILED,
}
"""What STAT says of a parcel as a whole; all else is an error."""

PLAIN = str.maketrans("àâäéèêëîïôöùûüç\u2019", "aaaeeeeiioouuuc'")


def answer(body: bytes, asked: str) -> Reply:
    """What was said of the parcel that was asked for, line by line; empty lines are left out.

    Where the words of the last line are unknown, of another language perhaps, STAT decides.
    """
    found = trees.from_xml(body).first("WSI2_TracingColisDetailleResult")
    if found is None or not found.text("STAT"):
        raise NotUnderstood("no element “WSI2_TracingColisDetailleResult” with a STAT")
    if found.text("STAT") not in OF_PARCELS:
        return refused(found.text("STAT"), found.text("Libelle01"))
    lines = found.every("ret_WSI2_sub_TracingColisDetaille")
    told = [line for line in lines if line.text("Tracing_Date") or line.text("Tracing_Libelle")]
    reply = read_each(told, lambda line: _heard(line, asked))
    last = max(reply.heard, key=lambda one: one.happened_at, default=None)
    if last is None or last.progress is not Progress.OTHER:
        return reply
    meant = structs.replace(last, progress=OF_PARCELS[found.text("STAT")])
    said = tuple(meant if one is last else one for one in reply.heard)
    return structs.replace(reply, heard=said)


def progress(words: str) -> Progress:
    """What a line means."""
    plain = words.lower().translate(PLAIN)
    return next((known for part, known in WORDS if part in plain), Progress.OTHER)


def _heard(line: Tree, asked: str) -> Heard:
    words = line.text("Tracing_Libelle")
    return heard(
        asked,
        progress(words),
        instant(f"{line.text('Tracing_Date')} {line.text('Tracing_Heure')}"),
        words,
        words,
        line.text("Tracing_Lieu"),
    )
