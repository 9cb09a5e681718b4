"""What went wrong at the counter, and somebody has looked after."""

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody

from noria.collect import settle_actions, views
from noria.collect.model import HandOverSettled, SettleHandOver, WrongCodesSettled
from noria.kit import clock
from noria.kit.auth import Permission
from noria.kit.errors import NotFound
from noria.kit.http import Door, PathCode, puts
from noria.network import views as network


@puts("/hand-overs/{hand_over_id:str}/settlement", Permission.FULFILMENT_MANAGE)
def put_hand_over_settlement(
    hand_over_id: PathCode, data: JSONBody[SettleHandOver], door: NamedDependency[Door]
) -> Response[HandOverSettled]:
    """Somebody has looked after a hand-over that was not proven, or was told too late."""
    node = door.read(lambda tx: views.hand_over_node(tx, hand_over_id))
    if node is None:
        raise NotFound(what="hand-over", id=hand_over_id)
    door.actor.must(Permission.FULFILMENT_MANAGE, node)
    return door.once(
        hand_over_id,
        data,
        lambda tx, now: settle_actions.settle_hand_over(
            tx, hand_over_id, data.words, actor=door.actor.id, now=now
        ),
        reused=lambda tx: settle_actions.settled_otherwise(tx, hand_over_id, data.words),
    )


@puts("/nodes/{node:str}/wrong-codes/settlement", Permission.FULFILMENT_MANAGE)
def put_wrong_codes_settlement(
    node: PathCode, door: NamedDependency[Door]
) -> Response[WrongCodesSettled]:
    """Somebody has looked after wrong pickup codes: the store takes codes again."""
    door.actor.must(Permission.FULFILMENT_MANAGE, node)
    door.read(lambda tx: network.check_known(tx, [node]))
    return Response(
        door.db.run(lambda tx: settle_actions.settle_wrong_codes(tx, node, now=clock.now(tx)))
    )


routes = [put_hand_over_settlement, put_wrong_codes_settlement]
