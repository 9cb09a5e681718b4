"""Changes and cancellations of purchase orders and transfers, at the door."""

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody

from noria.kit.auth import Permission
from noria.kit.http import Door, PathCode, puts
from noria.supply import change_actions as actions
from noria.supply import views
from noria.supply.change_model import CallOff, PurchaseChange, TransferChange
from noria.supply.model import Purchase, Transfer


@puts("/purchase-orders/{purchase_id:str}/changes/{change_id:str}", Permission.SUPPLY_WRITE)
def put_purchase_change(
    purchase_id: PathCode,
    change_id: PathCode,
    data: JSONBody[PurchaseChange],
    door: NamedDependency[Door],
) -> Response[Purchase]:
    """Ask a supplier for other units, or for another day; what has come of it stays."""
    _must_purchase(door, purchase_id)
    return door.once(
        change_id,
        (purchase_id, data),
        lambda tx, now: actions.change_purchase(
            tx, purchase_id, change_id, data, actor=door.actor.id, now=now
        ),
    )


@puts("/purchase-orders/{purchase_id:str}/cancellation", Permission.SUPPLY_WRITE)
def put_purchase_cancellation(
    purchase_id: PathCode, data: JSONBody[CallOff], door: NamedDependency[Door]
) -> Response[Purchase]:
    """Nothing more of a purchase order comes; what has come of it stays."""
    _must_purchase(door, purchase_id)
    return door.once(
        purchase_id,
        data,
        lambda tx, now: actions.cancel_purchase(
            tx, purchase_id, data, actor=door.actor.id, now=now
        ),
    )


@puts("/transfers/{transfer_id:str}/changes/{change_id:str}", Permission.SUPPLY_WRITE)
def put_transfer_change(
    transfer_id: PathCode,
    change_id: PathCode,
    data: JSONBody[TransferChange],
    door: NamedDependency[Door],
) -> Response[Transfer]:
    """Plan other units for a transfer, or another day, as long as it has not left."""
    _must_transfer(door, transfer_id)
    return door.once(
        change_id,
        (transfer_id, data),
        lambda tx, now: actions.change_transfer(
            tx, transfer_id, change_id, data, actor=door.actor.id, now=now
        ),
    )


@puts("/transfers/{transfer_id:str}/cancellation", Permission.SUPPLY_WRITE)
def put_transfer_cancellation(
    transfer_id: PathCode, data: JSONBody[CallOff], door: NamedDependency[Door]
) -> Response[Transfer]:
    """A transfer never leaves: nobody has to pick it any more."""
    _must_transfer(door, transfer_id)
    return door.once(
        transfer_id,
        data,
        lambda tx, now: actions.cancel_transfer(
            tx, transfer_id, data, actor=door.actor.id, now=now
        ),
    )


def _must_purchase(door: Door, purchase_id: str) -> None:
    known = door.read(lambda tx: views.known_purchase(tx, purchase_id))
    door.actor.must(Permission.SUPPLY_WRITE, known.node)


def _must_transfer(door: Door, transfer_id: str) -> None:
    known = door.read(lambda tx: views.known_transfer(tx, transfer_id))
    door.actor.must(Permission.SUPPLY_WRITE, known.source)


routes = [
    put_purchase_change,
    put_purchase_cancellation,
    put_transfer_change,
    put_transfer_cancellation,
]
