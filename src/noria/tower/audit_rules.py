"""Decisions about audits: when the next one is due, and how to say what one found."""

from datetime import UTC, datetime, time, timedelta

from noria.kit.errors import Text
from noria.tower.audit_model import Run

NIGHT = time(2, 0, tzinfo=UTC)
"""When a full audit is due, once a day: machine time, UTC."""

MARGIN = timedelta(minutes=15)
"""What is recorded carries the time at which its transaction began: look back a little further."""

SLICE = 250_000
"""Balances that are looked at in one snapshot, more or less."""


def due(
    now: datetime, *, minutes: int, last: datetime | None, last_full: datetime | None
) -> bool | None:
    """Whether an audit is due, and if so whether a full one (True) or of what was touched (False).

    `last` and `last_full` are when the latest audits began, ended or not; `minutes` is the time
    between two, and 0 switches them off.
    """
    if not minutes or (last is not None and now - last < timedelta(minutes=minutes)):
        return None
    night = datetime.combine(now.date(), NIGHT)
    night = night if night <= now else night - timedelta(days=1)
    return last_full is None or last_full < night


def slice_size(*, parts: int, balances: int) -> int:
    """How many SKUs or nodes to look at in one snapshot: it should hold about `SLICE` balances."""
    return max(parts * SLICE // max(balances, parts, 1), 1)


def says(last: Run | None) -> Text:
    """What an audit found, in one sentence."""
    if last is None:
        return Text(
            "Nothing has been audited yet.",
            "Aucun audit n'a encore eu lieu.",
        )
    whole = (
        ("everything", "tout comparé")
        if last.is_full
        else ("what was touched", "comparé ce qui a bougé")
    )
    if last.differences == 0:
        return Text(
            f"The last audit compared {whole[0]} and found no difference.",
            f"Le dernier audit a {whole[1]} sans trouver d'écart.",
        )
    return Text(
        f"The last audit compared {whole[0]}. Differences found\N{COLON} {last.differences}.",
        f"Le dernier audit a {whole[1]}. Écarts trouvés\u202f: {last.differences}.",
    )


ABANDONED = Text("The process that ran it is gone.", "Le processus qui le menait a disparu.")
CANCELLED = Text("Somebody cancelled it.", "Quelqu'un l'a annulé.")
BROKEN = Text(
    "It met an error; the log of the worker tells more, under the id of the run.",
    "Il a rencontré une erreur\u202f; le journal du processus de fond en dit plus, sous"
    " l'identifiant de l'audit.",
)
"""Why a run may not have come to its end."""
