"""Whether rows of exceptions are new enough for whoever reads them."""

from datetime import timedelta

from noria.tower.standing_model import FRESH, USABLE, LastLook, Need


def need(last: LastLook, *, wants_no_copy: bool, fresh: timedelta = FRESH) -> Need:
    """What a reader needs before the rows may be read.

    A driven clock can leap while no time passes, and any clock be set back: rows are as old as
    either of them says, ahead or behind.
    """
    if last.began_at is None or last.at is None or wants_no_copy:
        return Need.A_LOOK
    age = max(abs(last.asked_at - last.began_at), abs(last.now - last.at))
    if age <= fresh:
        return Need.NOTHING
    return Need.A_TRY if age <= USABLE else Need.A_LOOK
