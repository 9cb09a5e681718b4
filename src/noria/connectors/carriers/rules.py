"""Which carrier's reply is read how; whatever comes, there is an answer."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from noria.connectors.carriers import (
    chronopost,
    dhl_express,
    dpd,
    gls,
    laposte,
    mondial_relay,
    plain,
    ups,
)
from noria.connectors.carriers.model import NotUnderstood, short
from noria.fulfilment.tracking_model import Outcome, Reply, UnknownCarrier

log = logging.getLogger("noria.carriers")

READERS: Mapping[str, Callable[[bytes, str], Reply]] = {
    "chronopost": chronopost.answer,
    "colissimo": laposte.answer,
    "dhl_express": dhl_express.answer,
    "dpd": dpd.answer,
    "gls": gls.answer,
    "laposte": laposte.answer,
    "mondial_relay": mondial_relay.answer,
    "plain": plain.answer,
    "ups": ups.answer,
}
"""A reader takes a reply, and the number that was asked for where the reply names none."""

POLL_EVERY_MINUTES = 15
"""How often the worker looks whom to ask by itself: at :00, :15, :30 and :45."""


def next_poll(wall: datetime) -> datetime:
    """When the worker next looks whom to ask by itself, machine time."""
    began = wall.replace(minute=0, second=0, microsecond=0)
    gone = (wall - began) // timedelta(minutes=POLL_EVERY_MINUTES)
    return began + (gone + 1) * timedelta(minutes=POLL_EVERY_MINUTES)


def read(carrier: str, body: bytes, asked: str = "") -> Reply:
    """What a carrier's reply says. One that nobody can read is an answer too, with the reason.

    Raises:
        UnknownCarrier: no reader has this name.
    """
    if carrier not in READERS:
        raise UnknownCarrier(carrier=carrier, known=", ".join(sorted(READERS)))
    try:
        return READERS[carrier](body, asked)
    except NotUnderstood as problem:
        return Reply(outcome=Outcome.UNREADABLE, detail=short(problem))
    except Exception as problem:  # a reader that stumbles has not understood either
        log.exception("the reader of %s stumbled", carrier)
        detail = f"{type(problem).__name__} in the reader"
        return Reply(outcome=Outcome.UNREADABLE, detail=detail)
