"""Labels that are not as they should be, at the door."""

from datetime import datetime
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from noria.carriage import actions, trouble_actions
from noria.carriage.model import Label
from noria.carriage.trouble_model import TroubleKind
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.http import Door, PathCode, puts

QueryTrouble = Annotated[
    TroubleKind | None,
    QueryParameter(description="Only what is wrong in this way; otherwise all that is wrong."),
]


@puts("/labels/{label:str}/settlement", Permission.FULFILMENT_WORK)
def put_label_settlement(
    label: PathCode, door: NamedDependency[Door], kind: QueryTrouble = None
) -> Response[Label]:
    """Say that somebody has seen to one `kind` of what is wrong with a label, or to all of it.

    Its exceptions are gone. One that its carrier kept, of a leg that is not sent, counts as taken
    back from then on.
    """

    def work(tx: Connection, now: datetime) -> Label:
        door.actor.must(Permission.FULFILMENT_WORK, actions.known_label(tx, label).node)
        return trouble_actions.settle(tx, label, kind=kind, actor=door.actor.id, now=now)

    return door.act([label, "settlement", kind], work)


@puts("/labels/{label:str}/renewal", Permission.FULFILMENT_WORK)
def put_label_renewal(label: PathCode, door: NamedDependency[Door]) -> Response[Label]:
    """Let go of a label with an old address that its carrier does not take back; buy another.

    The answer is the new one. What the old one cost may be lost.
    """

    def work(tx: Connection, now: datetime) -> Label:
        door.actor.must(Permission.FULFILMENT_WORK, actions.known_label(tx, label).node)
        return trouble_actions.replace(tx, label, actor=door.actor.id, now=now)

    return door.act([label, "renewal"], work)


routes = [put_label_settlement, put_label_renewal]
