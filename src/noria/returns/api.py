"""Returns at the door."""

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody

from noria.kit.auth import Permission
from noria.kit.errors import NotFound
from noria.kit.http import (
    PAGE,
    Door,
    Page,
    PathCode,
    QueryCodes,
    QueryCursor,
    QueryLimit,
    cursor,
    page,
    posts,
    puts,
    reads,
)
from noria.network.reliability_model import Measured
from noria.returns import actions, views
from noria.returns.model import CallingOff, Inspection, NewReturn, Reception, Rma


@puts("/returns/{return_id:str}", Permission.RETURNS_WORK)
def put_return(
    return_id: PathCode, data: JSONBody[NewReturn], door: NamedDependency[Door]
) -> Response[Rma]:
    """Give leave to return units of an order."""
    door.actor.must(Permission.RETURNS_WORK, data.node)
    return door.once(
        return_id,
        data,
        lambda tx, now: actions.announce(tx, return_id, data, actor=door.actor.id, now=now),
    )


@puts("/returns/{return_id:str}/reception", Permission.RETURNS_WORK)
def put_reception(
    return_id: PathCode, data: JSONBody[Reception], door: NamedDependency[Door]
) -> Response[Rma]:
    """A return was opened: what was in it is on hold until it is inspected."""
    door.actor.must(Permission.RETURNS_WORK, _known(door, return_id).node)
    return door.once(
        return_id,
        data,
        lambda tx, now: actions.receive(tx, return_id, data, actor=door.actor.id, now=now),
    )


@puts("/returns/{return_id:str}/inspection", Permission.RETURNS_WORK)
def put_inspection(
    return_id: PathCode, data: JSONBody[Inspection], door: NamedDependency[Door]
) -> Response[Rma]:
    """A return was inspected: every unit gets its grade and goes where that sends it."""
    door.actor.must(Permission.RETURNS_WORK, _known(door, return_id).node)
    return door.once(
        return_id,
        data,
        lambda tx, now: actions.inspect(tx, return_id, data, actor=door.actor.id, now=now),
    )


@puts("/returns/{return_id:str}/calling-off", Permission.RETURNS_WORK)
def put_calling_off(
    return_id: PathCode, data: JSONBody[CallingOff], door: NamedDependency[Door]
) -> Response[Rma]:
    """A return that was announced does not come: nothing is on its way any more."""
    door.actor.must(Permission.RETURNS_WORK, _known(door, return_id).node)
    return door.once(
        return_id,
        data,
        lambda tx, now: actions.call_off(
            tx, return_id, reason=data.reason, actor=door.actor.id, now=now
        ),
    )


@reads("/returns/{return_id:str}", Permission.RETURNS_READ)
def get_return(return_id: PathCode, door: NamedDependency[Door]) -> Rma:
    """A return as it stands."""
    found = _known(door, return_id)
    door.actor.must(Permission.RETURNS_READ, found.node)
    return found


@reads("/returns", Permission.RETURNS_READ)
def get_returns(
    door: NamedDependency[Door],
    node: QueryCodes = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Rma]:
    """Returns on their way or waiting for inspection, the oldest first, without their lines."""
    nodes, after = door.nodes(Permission.RETURNS_READ, node), cursor(page_cursor, 2)
    found = door.read(lambda tx: views.open_returns(tx, nodes=nodes, after=after, limit=limit + 1))
    return page(found, limit, lambda one: (one.asked_at.isoformat(), one.id))


@reads("/orders/{order_id:str}/returns", Permission.RETURNS_READ)
def get_order_returns(order_id: PathCode, door: NamedDependency[Door]) -> Page[Rma]:
    """What came, or comes, back of an order."""
    found = door.read(lambda tx: views.of_order(tx, order_id))
    return Page([one for one in found if door.actor.may(Permission.RETURNS_READ, one.node)])


def _known(door: Door, return_id: str) -> Rma:
    found = door.read(lambda tx: views.rma(tx, return_id))
    if found is None:
        raise NotFound(what="return", id=return_id)
    return found


@posts("/reliability/returns", Permission.NETWORK_WRITE)
def post_return_measurement(door: NamedDependency[Door]) -> Response[Measured]:
    """Tell reliability what came back as waste on days gone by. The worker does so too."""
    door.actor.must_everywhere(Permission.NETWORK_WRITE)
    return door.act(
        None,
        lambda tx, now: Measured(source="returns", has_more=actions.measure(tx, now=now)),
    )


routes = [
    put_return,
    put_reception,
    put_inspection,
    put_calling_off,
    get_return,
    get_returns,
    get_order_returns,
    post_return_measurement,
]
