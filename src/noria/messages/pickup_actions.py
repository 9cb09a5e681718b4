"""What customers do by their link: about what they collect in a store, and where it goes."""

from datetime import datetime

from msgspec import structs

from noria.collect import keep_actions as collect
from noria.collect.model import Extension, NothingWaits, NoticeBody
from noria.kit.db import Connection
from noria.kit.ids import uuid7
from noria.messages import pickup_views
from noria.messages.actions import CUSTOMER, followed
from noria.messages.model import Goes, Home, LinkUnknown
from noria.messages.pickup_page import DAYS_LONGER
from noria.orders import edit_actions, recipient_views
from noria.orders import views as orders
from noria.orders.edit_model import EditBody, RecipientEdit
from noria.orders.model import Delivery, Destination, Order, Payment
from noria.promise.delivery.model import OptionKind

BY_LINK = "by their link"


def come(tx: Connection, token: str, told: NoticeBody, *, now: datetime) -> None:
    """They are there, or say when they will be.

    Raises:
        LinkUnknown: the link leads nowhere. NothingWaits: nothing of it is ready.
    """
    collect.announce(tx, followed(tx, token), told, now=now)


def keep_longer(tx: Connection, token: str, *, now: datetime) -> None:
    """It is kept some days longer, once; the store may do more.

    Raises:
        LinkUnknown: the link leads nowhere. NothingWaits: it is not there.
        KeptLongEnough: they had it kept longer before.
    """
    order = _collected(tx, token)
    pickup = pickup_views.pickup(tx, order, list(order.legs), now=now)
    if pickup is None or pickup.keep_until is None:
        raise NothingWaits(order=order.id, node="-", en="it is not there", fr="elle n'y est pas")
    asked = Extension(order=order.id, node=order.store or "", days=DAYS_LONGER, reason=BY_LINK)
    collect.extend(tx, asked, actor=CUSTOMER, now=now, is_once=True)


def allow(tx: Connection, token: str, name: str, *, now: datetime) -> None:
    """Somebody else may collect it.

    Raises:
        LinkUnknown: the link leads nowhere, or the order is not collected.
    """
    collect.allow(tx, _collected(tx, token).id, name, actor=CUSTOMER, now=now)


def place(tx: Connection, token: str) -> Goes:
    """Where it goes now, as far as a form needs to know.

    Raises:
        LinkUnknown: the link leads nowhere.
    """
    return _goes(tx, _order(tx, token))


def move(
    tx: Connection, token: str, *, store: str | None, home: Home | None, now: datetime
) -> None:
    """It is collected in another store, or sent to a street and a place; stock follows.

    Another street of the place to which it goes changes nothing else, so that is open for longer.

    Raises:
        LinkUnknown: the link leads nowhere.
        TooLateToEdit, NotAStore, UnknownPostcode: nothing was changed.
    """
    order = _order(tx, token)
    goes = _goes(tx, order)
    home_way = Delivery(
        option=OptionKind.HOME_STANDARD,
        price_cents=order.delivery_cents,
        tax_cents=order.delivery_tax_cents,
    )
    body = EditBody(order=order.id, reason=BY_LINK)
    if store is not None:
        way = structs.replace(home_way, option=OptionKind.PICK_UP, store=store)
        body = structs.replace(body, delivery=way)
    elif home is not None and order.payment is not Payment.IN_STORE:
        known = RecipientEdit(street=home.street, name=home.name if goes.needs_name else None)
        body = structs.replace(body, recipient=known)
        place = Destination(
            country=order.destination.country, postcode=home.postcode, town=home.town
        )
        if not goes.is_home:
            body = structs.replace(body, destination=place, delivery=home_way)
        elif not _is_same(place, order.destination):
            body = structs.replace(body, destination=place)
    edit_id = f"link-{uuid7(int(now.timestamp() * 1000))}"
    edit_actions.edit(tx, edit_id, body, actor=CUSTOMER, now=now)


def _goes(tx: Connection, order: Order) -> Goes:
    return Goes(
        is_home=order.store is None and order.relay is None,
        postcode=order.destination.postcode,
        town=order.destination.town,
        needs_name=recipient_views.recipient(tx, order.id) is None,
    )


def _is_same(one: Destination, other: Destination) -> bool:
    return (one.postcode.strip(), one.town.strip().casefold()) == (
        other.postcode.strip(),
        other.town.strip().casefold(),
    )


def stores_near(tx: Connection, token: str, *, most: int) -> list[tuple[str, str]]:
    """Where else it can be collected."""
    return pickup_views.stores_near(tx, followed(tx, token), most=most)


def _collected(tx: Connection, token: str) -> Order:
    found = _order(tx, token)
    if found.store is None:
        raise LinkUnknown
    return found


def _order(tx: Connection, token: str) -> Order:
    found = orders.order(tx, followed(tx, token))
    if found is None:
        raise LinkUnknown
    return found
