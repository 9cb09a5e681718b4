"""The columns of what is kept back, and of what is under way: a line a rule, a line a SKU."""

from collections.abc import Iterator, Sequence
from datetime import date

from msgspec import Struct

from noria.connectors.files.cells import CODE, DAY, choice, share, text, whole
from noria.connectors.files.model import Column, FileKind, Shape, Spec
from noria.kit.ids import LARGEST_QUANTITY
from noria.network.model import NodeKind
from noria.promise.keep_back_model import KeepBack, Purpose
from noria.supply.asn_model import Asn, AsnLine, NewAsn

RULE_FIELDS = frozenset(KeepBack.__struct_fields__)


def _rule(field: str, shape: Shape, meaning: str, example: str, *, is_required: bool) -> Column:
    assert field in RULE_FIELDS
    return Column(
        name=field,
        field=field,
        shape=shape,
        meaning=meaning,
        example=example,
        is_required=is_required,
    )


KEEP_BACKS = Spec(
    kind=FileKind.KEEP_BACKS,
    about="One line a rule of what is kept back: buffers, safety, protections and thresholds. A "
    "column that the file does not have leaves what the rule says.",
    key=("id",),
    columns=(
        _rule("id", CODE, "The key of the rule.", "hall-theft", is_required=True),
        _rule("purpose", choice(Purpose), "Why units are kept.", "buffer", is_required=True),
        _rule("sku", CODE, "Only this SKU.", "85123A", is_required=False),
        _rule("category", text(100), "Only SKUs of it; not beside a SKU.", "lamps",
              is_required=False),
        _rule("node", CODE, "Only this node.", "LYS1", is_required=False),
        _rule("node_kind", choice(NodeKind), "Only nodes of it; not beside a node.", "store",
              is_required=False),
        _rule("channel", CODE, "Whom it is about; of a protection, for whom.", "web",
              is_required=False),
        _rule("units", whole(0, LARGEST_QUANTITY), "Units of each SKU; or `days`.", "2",
              is_required=False),
        _rule("days", whole(0, 365), "Days of sales of each SKU; or `units`.", "3",
              is_required=False),
        _rule("below_accuracy", share(), "Only nodes whose counts are right less often.", "0.95",
              is_required=False),
        _rule("reason", text(200), "Why, in words.", "thefts in the hall", is_required=True),
        _rule("valid_from", DAY, "The first day; empty: since ever.", "2026-11-01",
              is_required=False),
        _rule("valid_until", DAY, "The last day; empty: for good.", "2026-12-31",
              is_required=False),
    ),
)  # fmt: skip


class UnderWay(Struct, frozen=True, kw_only=True):
    """One line of a file of ASNs: a SKU, and what belongs to the whole ASN."""

    code: str
    supplier: str
    purchase_order: str | None = None
    node: str
    expected_on: date
    sku: str
    quantity: int


ASN_FIELDS = ("supplier", "purchase_order", "node", "expected_on")
ASNS = Spec(
    kind=FileKind.ASNS,
    about="One line for each SKU of an ASN; what belongs to the whole ASN is repeated on each of "
    "its lines. An ASN is announced whole or not at all; until something of it has come, a file "
    "may announce it otherwise.",
    key=("asn", "sku"),
    columns=(
        Column(name="asn", field="code", shape=CODE, meaning="Its number.", example="ASN-471",
               is_required=True),
        Column(name="supplier", field="supplier", shape=text(100), meaning="Who sent it.",
               example="Atelier Bois", is_required=True),
        Column(name="purchase_order", field="purchase_order", shape=CODE,
               meaning="What it belongs to; empty: nothing that is here.", example="PO-88"),
        Column(name="node", field="node", shape=CODE, meaning="Where it goes.", example="LYS1",
               is_required=True),
        Column(name="expected_on", field="expected_on", shape=DAY, meaning="When it is due.",
               example="2026-12-02", is_required=True),
        Column(name="sku", field="sku", shape=CODE, meaning="A SKU of the catalog.",
               example="85123A", is_required=True),
        Column(name="quantity", field="quantity", shape=whole(1, LARGEST_QUANTITY),
               meaning="Units of it under way.", example="48", is_required=True),
    ),
)  # fmt: skip


def announced(lines: Sequence[UnderWay]) -> tuple[str, NewAsn]:
    """An ASN that its lines say, by its number."""
    head = lines[0]
    return head.code, NewAsn(
        supplier=head.supplier,
        purchase_order=head.purchase_order,
        node=head.node,
        expected_on=head.expected_on,
        lines=tuple(AsnLine(sku=line.sku, quantity=line.quantity) for line in lines),
    )


def is_same_asn(new: NewAsn, known: Asn) -> bool:
    """Whether a file says again what was announced, in whatever order."""
    return (new.supplier, new.purchase_order, new.node, new.expected_on) == (
        known.supplier,
        known.purchase_order,
        known.node,
        known.expected_on,
    ) and {line.sku: line.quantity for line in new.lines} == {
        line.sku: line.quantity for line in known.lines
    }


def under_way(asn: Asn) -> Iterator[UnderWay]:
    """The lines of a file that would announce it."""
    for line in asn.lines:
        yield UnderWay(
            code=asn.id,
            supplier=asn.supplier,
            purchase_order=asn.purchase_order,
            node=asn.node,
            expected_on=asn.expected_on,
            sku=line.sku,
            quantity=line.quantity,
        )
