"""What a carrier has to know of a box, gathered for one call and kept nowhere."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from noria.carriage import customs_rules, views
from noria.carriage.model import (
    Account,
    Label,
    Packed,
    Priced,
    Sender,
)
from noria.carriage.port import Consignment, CustomsLine, Party
from noria.catalog import views as catalog
from noria.catalog.model import Sku
from noria.kit.db import Connection
from noria.network import tariff_rules, tariff_views
from noria.network import views as network
from noria.network.calendar import node_holidays, rests_of
from noria.network.model import Node, Service, Spot
from noria.network.rules import arrives_on, departs_at, great_circle_km, rounds
from noria.network.tariff_model import Book, Load
from noria.orders import recipient_views
from noria.orders import views as orders
from noria.orders.model import Leg, Order, Recipient


class Errand(Struct, frozen=True, kw_only=True):
    """A leg on its way to somebody: all that a label or a document may need.

    `point` is the store or relay point that keeps it for them.
    """

    leg: Leg
    order: Order
    node: Node
    point: Node | None
    recipient: Recipient | None
    skus: Mapping[str, Sku]

    @property
    def units(self) -> dict[str, int]:
        """What the leg still sends, by SKU."""
        found: dict[str, int] = {}
        for line in self.leg.lines:
            found[line.sku] = found.get(line.sku, 0) + line.due_units
        return {sku: count for sku, count in sorted(found.items()) if count}

    @property
    def passes_customs(self) -> bool:
        to = self.order.destination
        return customs_rules.passes_customs(
            (self.node.country, self.node.postcode), (to.country, to.postcode)
        )


def errands(tx: Connection, legs: Sequence[str]) -> dict[str, Errand]:
    """Legs with their orders and recipients; those that are not known are left out."""
    found: dict[str, Errand] = {}
    for leg_id in sorted(set(legs)):
        leg = orders.leg(tx, leg_id)
        order = orders.order(tx, leg.order) if leg is not None else None
        if leg is None or order is None:
            continue
        nodes = network.nodes(tx, filter(None, (leg.node, order.store, order.relay)))
        found[leg_id] = Errand(
            leg=leg,
            order=order,
            node=nodes[leg.node],
            point=nodes.get(order.store or order.relay or ""),
            recipient=recipient_views.recipient(tx, leg.order),
            skus=catalog.skus(tx, sorted({line.sku for line in leg.lines})),
        )
    return found


def consignment(
    tx: Connection,
    label: Label,
    account: Account,
    reference: str,
    *,
    now: datetime,
) -> Consignment | None:
    """A box as its carrier is told of it; None: its recipient has been erased, or it is no more."""
    errand = errands(tx, [label.leg]).get(label.leg)
    if errand is None or errand.recipient is None:
        return None
    order, to = errand.order, errand.order.destination
    inside = contents(errand, label.packed)
    relay = order.relay
    return Consignment(
        reference=reference,
        order=order.id,
        service=account.services.get(label.service or "", ""),
        sender=sender(account, errand.node),
        recipient=Party(
            name=errand.recipient.name,
            street=errand.recipient.street,
            postcode=to.postcode,
            town=to.town,
            country=to.country,
            phone=errand.recipient.phone,
            email=errand.recipient.email,
        ),
        relay=relay.removeprefix(account.relay_prefix) if relay else None,
        packed=label.packed,
        weight_g=weight_g(errand, label.packed),
        format=account.label_format,
        leaves_on=max(errand.leg.leaves_at, now).astimezone(ZoneInfo(errand.node.time_zone)).date(),
        currency=order.currency,
        value_cents=_value_cents(errand, inside),
        customs=customs(tx, errand, label.packed),
    )


def sender(account: Account, node: Node) -> Party:
    """Who sends from a node: the account's sender there, at the node's own address.

    What the account says of this node counts before what the node says, and that before what the
    account says of all.
    """
    known: Sender = account.senders.get(node.code, account.sender)
    own = "" if node.code in account.senders else street(node)
    return Party(
        name=known.name,
        company=known.name,
        street=own or known.street,
        postcode=node.postcode,
        town=node.town,
        country=node.country,
        phone=known.phone,
        email=known.email,
        tax_number=known.tax_number,
    )


def street(node: Node) -> str:
    """Where in its town a node is, in one line; empty: nobody said."""
    return ", ".join(line for line in (node.street, node.address_more) if line)


def contents(errand: Errand, packed: Packed) -> dict[str, int]:
    """What is in a box: what was said of it, or all of the leg."""
    return dict(sorted(packed.units.items())) if packed.units else errand.units


def weight_g(errand: Errand, packed: Packed) -> int:
    """What a box weighs: as on the scale, else as its units do; never nothing."""
    if packed.weight_g is not None:
        return packed.weight_g
    inside = contents(errand, packed)
    known = errand.skus
    return max(sum(known[sku].weight_g * units for sku, units in inside.items() if sku in known), 1)


def sold(errand: Errand) -> dict[str, list[tuple[int, int]]]:
    """By SKU, the units that the leg sends of each line, and what each of them was sold for."""
    cents = {line.line: line.price_cents for line in errand.order.lines}
    found: dict[str, list[tuple[int, int]]] = {}
    for line in errand.leg.lines:
        if line.due_units:
            found.setdefault(line.sku, []).append((line.due_units, cents[line.line]))
    return found


def _value_cents(errand: Errand, inside: Mapping[str, int]) -> int:
    """What a box is worth: as customs are told, whether or not it passes any."""
    every = sold(errand)
    return sum(
        customs_rules.value_cents(units, every.get(sku, ()), 0) for sku, units in inside.items()
    )


def customs(tx: Connection, errand: Errand, packed: Packed) -> list[CustomsLine]:
    """What is declared of a box; nothing where no customs are passed."""
    if not errand.passes_customs:
        return []
    inside = contents(errand, packed)
    goods = views.goods(tx, list(inside))
    described = {sku: units for sku, units in inside.items() if sku in goods}
    return customs_rules.declared(described, sold(errand), errand.skus, goods)


def leaving(
    tx: Connection, errand: Errand, packed: Packed, accounts: Sequence[Account], *, now: datetime
) -> dict[tuple[str, str], tuple[Service, date]]:
    """By account and service, those that take a box there, whoever tells the price: and when.

    One that goes to relay points takes nothing to a door, nor the other way; one that takes nothing
    bulky or hazardous, or that does not leave the node any more, takes none of it.
    """
    load, known = _load(errand, packed), network.services(tx)
    found = {}
    for account in accounts:
        for code in sorted(set(account.services) & set(known)):
            one = known[code]
            if one.goes_to_relays is not (errand.order.relay is not None):
                continue
            day = _leaves_on(errand.node, one, now) if tariff_rules.takes(one, load) else None
            if day is not None:
                found[account.code, code] = (one, day)
    return found


def grid(
    tx: Connection, errand: Errand, packed: Packed, accounts: Sequence[Account], *, now: datetime
) -> list[Priced]:
    """What our own tariffs say of a box, by every account and service that takes it there."""
    node, to = errand.node, errand.order.destination
    spot = Spot(to.latitude or 0.0, to.longitude or 0.0)
    km = great_circle_km(Spot(node.latitude, node.longitude), spot)
    load = _load(errand, packed)
    in_force: dict[date, Mapping[str, Book]] = {}
    found = []
    every = leaving(tx, errand, packed, accounts, now=now)
    for (account, code), (one, day) in every.items():
        if day not in in_force:
            in_force[day] = tariff_rules.in_force(tariff_views.books(tx, day), day)
        quote = tariff_rules.quote(
            one, in_force[day].get(code), country=to.country, postcode=to.postcode, km=km, load=load
        )
        if quote is None:
            continue
        found.append(
            Priced(
                account=account,
                service=code,
                cents=quote.cents,
                arrives_on=arrival(errand, one, day, quote.transit_days),
                is_live=False,
            )
        )
    return found


def arrival(errand: Errand, service: Service, day: date, transit_days: int) -> date:
    """The day on which a box is there that leaves on `day` and is under way so many days."""
    to = errand.order.destination
    rests = rests_of(errand.point, to.country, to.postcode, day)
    return arrives_on(day, transit_days, rests, rounds(service))


def _load(errand: Errand, packed: Packed) -> Load:
    return Load(
        weight_g=weight_g(errand, packed),
        volume_cm3=packed.length_mm * packed.width_mm * packed.height_mm // 1000,
        is_bulky=any(sku.is_bulky for sku in errand.skus.values()),
        is_hazardous=any(sku.is_hazardous for sku in errand.skus.values()),
    )


def _leaves_on(node: Node, service: Service, now: datetime) -> date | None:
    rest = node_holidays(node, (now.year, now.year + 1))
    closures = rounds(service).closures
    leaves_at = departs_at(node, service.code, now, holidays=rest, closures=closures)
    return leaves_at and leaves_at.astimezone(ZoneInfo(node.time_zone)).date()
