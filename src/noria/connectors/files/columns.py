"""The columns of each kind of file, said once for the reader, the writer and docs/files.md."""

import re

import msgspec
from msgspec import Struct

from noria.catalog.model import Sku, Tracking, WithdrawalBar
from noria.connectors.files.cell_lists import (
    CAPACITIES,
    CLOSURES,
    DEPARTURES,
    GTINS,
    HOURS,
    OPENINGS,
)
from noria.connectors.files.cells import (
    CODE,
    DAY,
    FLAG,
    INSTANT,
    ZONE,
    cents,
    choice,
    degrees,
    matching,
    text,
    whole,
)
from noria.connectors.files.model import Column, FileKind, Shape, Spec, StockLine
from noria.connectors.files.policy_columns import MEASURES
from noria.connectors.files.promise_columns import ASNS, KEEP_BACKS
from noria.connectors.files.tariff_columns import TARIFFS, ZONINGS
from noria.connectors.files.work_columns import BOXES, LOCATIONS
from noria.kit.errors import Text
from noria.kit.ids import LARGEST_QUANTITY
from noria.network.model import Node, NodeKind
from noria.orders.model import Destination, NewLine, NewOrder, Payment, Recipient

LARGEST_CENTS = 10**12
NAME = text(200)
CURRENCY = matching(r"[A-Z]{3}", Text("three capital letters, EUR", "trois capitales, EUR"))
COUNTRY = matching(r"[A-Z]{2}", Text("two capital letters, FR", "deux capitales, FR"))
ORDER_ID = matching(
    r"[A-Za-z0-9._-]{1,40}",
    Text(
        "1 to 40 of: letters, digits, dot, underscore, hyphen",
        "1 à 40 parmi\u202f: lettres, chiffres, point, tiret bas, trait d'union",
    ),
)
UNITS = whole(1, LARGEST_QUANTITY)
MONEY = cents(LARGEST_CENTS)
SIDE = whole(0, 100_000)


def column_name(cell: str) -> str:
    """A header's cell as the name of a column: `Weight (g)` and `weight-g` are both `weight_g`."""
    return re.sub(r"[^a-z0-9]+", "_", cell.lower()).strip("_")


def _column(
    struct: type[Struct],
    field: str,
    shape: Shape,
    meaning: str,
    example: str,
    name: str = "",
    *,
    is_filled_in: bool = False,
) -> Column:
    """A column that fills a field of `struct`, which says whether it must be there.

    One that `is_filled_in` need not be: where it is empty, what it would say is found otherwise.
    """
    known = next(one for one in msgspec.structs.fields(struct) if one.name == field)
    is_required = known.required and not is_filled_in
    return Column(
        name=name or field,
        field=field,
        shape=shape,
        meaning=meaning,
        example=example,
        is_required=is_required,
        default=None if known.required else known.default,
    )


CATALOG = Spec(
    kind=FileKind.CATALOG,
    about="One line a SKU.",
    key=("code",),
    columns=(
        _column(Sku, "code", CODE, "The key of the SKU.", "85123A"),
        _column(Sku, "name", NAME, "What people call it.", "White hanging heart"),
        _column(Sku, "weight_g", whole(0, 10_000_000), "Grams, packed.", "350"),
        _column(Sku, "volume_cm3", whole(0, 100_000_000), "Cubic centimetres, packed.", "1200"),
        _column(Sku, "length_mm", SIDE, "Packed; 0: not known.", "120"),
        _column(Sku, "width_mm", SIDE, "Packed; 0: not known.", "80"),
        _column(Sku, "height_mm", SIDE, "Packed; 0: not known.", "95"),
        _column(Sku, "keeps_upright", FLAG, "Whether its height stays its height.", "false"),
        _column(Sku, "ships_as_is", FLAG, "Whether its packaging is its parcel.", "false"),
        _column(Sku, "price_cents", MONEY, "Sales price before tax.", "12.50", "price"),
        _column(Sku, "cost_cents", MONEY, "What one costs us.", "5.10", "cost"),
        _column(Sku, "currency", CURRENCY, "Of price and cost.", "EUR"),
        _column(Sku, "is_sold", FLAG, "Whether it may be sold.", "true"),
        _column(Sku, "is_hazardous", FLAG, "Only nodes and services that take it.", "false"),
        _column(Sku, "is_bulky", FLAG, "Only nodes and services that take it.", "false"),
        _column(Sku, "is_digital", FLAG, "Delivered without a parcel.", "false"),
        _column(Sku, "category", text(100), "What rules may name instead of SKUs.", "lamps"),
        _column(
            Sku,
            "tracking",
            choice(Tracking),
            "How units are told apart; it changes only while there are none.",
            "lot",
        ),
        _column(
            Sku,
            "withdrawal_bar",
            choice(WithdrawalBar),
            "Why law lets nobody withdraw from it (EU 2011/83, article 16).",
            "perishable",
        ),
        _column(
            Sku,
            "minimum_days",
            whole(0, 3650),
            "Days that a lot must still have before it expires, to be sent.",
            "7",
        ),
        _column(
            Sku,
            "barcodes",
            GTINS,
            "The GTINs that name one unit, or a pack of so many.",
            "4006381333931; 14006381333938 x6",
            "gtins",
        ),
    ),
)

NETWORK = Spec(
    kind=FileKind.NETWORK,
    about="One line a node.",
    key=("code",),
    columns=(
        _column(Node, "code", CODE, "The key of the node.", "LYS1"),
        _column(Node, "name", NAME, "What people call it.", "Lyon Part-Dieu"),
        _column(Node, "kind", choice(NodeKind), "What it is.", "store"),
        _column(Node, "country", COUNTRY, "ISO 3166 code.", "FR"),
        _column(Node, "street", text(200), "With its number.", "17 rue du Docteur Bouchut"),
        _column(Node, "address_more", text(200), "Building, entrance, floor.", "Bâtiment C"),
        _column(Node, "postcode", text(12), "As on a letter.", "69003"),
        _column(Node, "town", NAME, "As on a letter.", "Lyon"),
        _column(
            Node,
            "latitude",
            degrees(90),
            "Degrees north; empty: that of the postcode.",
            "45.7606",
            is_filled_in=True,
        ),
        _column(
            Node,
            "longitude",
            degrees(180),
            "Degrees east; empty: that of the postcode.",
            "4.8597",
            is_filled_in=True,
        ),
        _column(Node, "time_zone", ZONE, "Its clock, for all hours here.", "Europe/Paris"),
        _column(Node, "does_ship", FLAG, "Whether it sends parcels.", "true"),
        _column(Node, "does_hand_over", FLAG, "Whether customers collect there.", "true"),
        _column(Node, "does_take_returns", FLAG, "Whether it takes returns.", "true"),
        _column(Node, "does_gift_wrap", FLAG, "Whether it wraps gifts.", "true"),
        _column(Node, "has_own_packaging", FLAG, "Whether it packs in our boxes.", "true"),
        _column(Node, "takes_hazardous", FLAG, "Whether it may send hazardous goods.", "false"),
        _column(Node, "takes_bulky", FLAG, "Whether it can send bulky goods.", "true"),
        _column(
            Node, "handling_minutes", whole(0, 100_000), "Open minutes to pick and pack.", "90"
        ),
        _column(
            Node, "handling_cents", cents(1_000_000), "What that costs.", "2.40", "handling_cost"
        ),
        _column(
            Node, "learns_handling", FLAG, "Whether measured times replace the minutes.", "false"
        ),
        _column(
            Node, "units_per_day", whole(1, 100_000_000), "Its capacity; empty: no limit.", "400"
        ),
        _column(
            Node, "orders_per_day", whole(1, 10_000_000), "Also its capacity; empty: none.", "150"
        ),
        _column(
            Node, "overtime_units", whole(0, 100_000_000), "What it can do beyond, a day.", "50"
        ),
        _column(
            Node,
            "overtime_cents",
            cents(1_000_000),
            "What each then costs.",
            "1.20",
            "overtime_cost",
        ),
        _column(Node, "lead_days", whole(0, 365), "Working days before handling starts.", "2"),
        _column(Node, "booking_days", whole(1, 366), "Days that a maker is booked ahead.", "10"),
        _column(Node, "buffer_units", whole(0, 1_000_000), "Units of each SKU kept back.", "1"),
        _column(Node, "is_open", FLAG, "Whether it works at all.", "true"),
        _column(Node, "region", text(10), "Whose holidays; empty: by its postcode.", "6AE"),
        _column(Node, "keeps_holidays", FLAG, "Whether holidays close it.", "true"),
        _column(
            Node,
            "hours",
            HOURS,
            "When it is open; empty: always.",
            "mon-fri 09:00-19:00; sat 10:00-18:00",
        ),
        _column(Node, "closures", CLOSURES, "Days on which it is not.", "2026-12-25 Christmas"),
        _column(
            Node,
            "openings",
            OPENINGS,
            "Days with hours of their own, whatever weekday or holiday.",
            "2026-12-20 10:00-18:00 Sunday in Advent",
        ),
        _column(
            Node,
            "capacities",
            CAPACITIES,
            "Units and orders a day, where that is not as usual.",
            "sat units 200; 2026-12-24 units 100 orders 30",
        ),
        _column(
            Node,
            "departures",
            DEPARTURES,
            "Latest time for the service's collection of that day.",
            "home mon-fri 16:00; express sat 11:00",
        ),
    ),
)

STOCK = Spec(
    kind=FileKind.STOCK,
    about="One line a SKU and node: so many sellable units were counted there.",
    key=("node", "sku"),
    columns=(
        _column(StockLine, "sku", CODE, "A SKU of the catalog.", "85123A"),
        _column(StockLine, "node", CODE, "A node of the network.", "LYS1"),
        _column(
            StockLine,
            "quantity",
            whole(0, LARGEST_QUANTITY),
            "Sellable units found there; what the book said before does not matter.",
            "48",
        ),
        _column(
            StockLine,
            "counted_at",
            INSTANT,
            "When they were counted; empty: when the file is brought in. Two equal counts of "
            "different days need it to be told apart.",
            "2026-11-27T09:30:00+01:00",
        ),
    ),
)

ORDERS = Spec(
    kind=FileKind.ORDERS,
    about="One line for each SKU of an order; what belongs to the whole order is repeated on each "
    "of its lines. An order is taken whole or not at all.",
    key=("order", "sku"),
    columns=(
        _column(NewOrder, "id", ORDER_ID, "The seller's own number.", "536365", "order"),
        _column(NewOrder, "channel", CODE, "The channel that sold it.", "web"),
        _column(NewOrder, "customer", text(100), "A reference, never a name.", "C-17850"),
        _column(NewOrder, "placed_at", INSTANT, "When it was placed.", "2026-11-27T09:30:00+01:00"),
        _column(NewOrder, "currency", CURRENCY, "Of the prices.", "EUR"),
        _column(Destination, "country", COUNTRY, "Where it goes.", "FR"),
        _column(Destination, "postcode", text(12), "Where it goes.", "69003"),
        _column(Destination, "town", NAME, "Where it goes.", "Lyon"),
        _column(Destination, "latitude", degrees(90), "Empty: that of the postcode.", "45.7606"),
        _column(Destination, "longitude", degrees(180), "Empty: that of the postcode.", "4.8597"),
        _column(NewOrder, "due", DAY, "The day it has to be there.", "2026-12-02"),
        _column(NewOrder, "own_packaging", FLAG, "Whether it goes in our boxes.", "false"),
        Column(
            name="recipient",
            field="name",
            shape=NAME,
            meaning="Who opens the door; personal data, kept apart.",
            example="Camille Martin",
        ),
        _column(Recipient, "street", text(200), "Only with a recipient.", "3 rue des Lilas"),
        _column(Recipient, "email", text(254), "Only with a recipient.", "camille@example.org"),
        _column(Recipient, "phone", text(30), "Only with a recipient.", "+33 6 39 98 00 00"),
        _column(NewLine, "sku", CODE, "A SKU of the catalog.", "85123A"),
        _column(NewLine, "quantity", UNITS, "Units of it.", "6"),
        _column(NewLine, "price_cents", MONEY, "What one of them was sold at.", "2.55", "price"),
        _column(NewLine, "gift_wrap", FLAG, "Whether they are sent wrapped.", "false"),
        _column(NewLine, "tax_cents", MONEY, "Tax of the line, in its price.", "2.55", "tax"),
        _column(NewLine, "tax_code", text(30), "What the seller calls that tax.", "FR-20"),
        _column(NewOrder, "payment", choice(Payment), "Whether it is paid.", "paid"),
    ),
)

SPECS = {
    spec.kind: spec
    for spec in (
        *(CATALOG, NETWORK, ZONINGS, TARIFFS, STOCK, ORDERS, KEEP_BACKS, ASNS, MEASURES),
        *(LOCATIONS, BOXES),
    )
}
