"""From records to items: what each line says, and everything that is wrong with it. Pure."""

import difflib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from noria.catalog.model import Sku
from noria.catalog.rules import normal
from noria.connectors.files import tariff_columns
from noria.connectors.files.cells import written
from noria.connectors.files.columns import ORDERS, column_name
from noria.connectors.files.model import (
    CellError,
    Column,
    Draft,
    Faults,
    FileKind,
    Item,
    Sheet,
    Spec,
    StockLine,
    fault,
)
from noria.connectors.files.promise_columns import ASN_FIELDS, ASNS, UnderWay, announced
from noria.connectors.files.tariff_columns import (
    TARIFF_FIELDS,
    TARIFFS,
    ZONINGS,
    AreaLine,
    PriceLine,
)
from noria.network.model import Node, Spot
from noria.orders.model import Destination, NewLine, NewOrder, Recipient
from noria.promise.keep_back_model import KeepBack

LONGEST_ORDER = 2000
POINT_FIELDS = ("latitude", "longitude")
DESTINATION_FIELDS = ("country", "postcode", "town", *POINT_FIELDS)
RECIPIENT_FIELDS = ("name", "street", "email", "phone")
LINE_FIELDS = ("sku", "quantity", "price_cents", "gift_wrap", "tax_cents", "tax_code")


def items(sheet: Sheet, spec: Spec, faults: Faults) -> tuple[list[Item], int]:
    """What the sheet's good lines say, and how many lines were read; what is wrong is in `faults`.

    If the header is wrong, no line is read.
    """
    columns = _columns(sheet, spec, faults)
    if columns is None:
        return [], 0
    drafts, read = _drafts(sheet, columns, faults)
    drafts = _named_once(drafts, spec, faults)
    return BUILDERS[spec.kind](drafts, faults), read


def _columns(sheet: Sheet, spec: Spec, faults: Faults) -> list[Column | None] | None:
    """The header's columns in its order, if it is good; None: no name, at the right edge."""
    by_name = {column.name: column for column in spec.columns}
    named = [column_name(cell) for cell in sheet.header]
    width = max((place + 1 for place, name in enumerate(named) if name), default=0)
    seen: set[str] = set()
    for place, name in enumerate(named[:width]):
        if not name:
            faults.add(fault(sheet.header_line, "", "unnamed-column", number=place + 1))
        elif name not in by_name:
            faults.add(_unknown_column(sheet, place, spec))
        elif name in seen:
            faults.add(fault(sheet.header_line, name, "column-twice", value=name))
        seen.add(name)
    for column in spec.columns:
        if column.is_required and column.name not in seen:
            faults.add(fault(sheet.header_line, column.name, "column-missing", value=column.name))
    return None if faults.count else [by_name.get(name) for name in named]


def _unknown_column(sheet: Sheet, place: int, spec: Spec) -> Any:
    given = sheet.header[place]
    near = difflib.get_close_matches(column_name(given), spec.names, n=1, cutoff=0.5)
    return fault(
        sheet.header_line,
        given,
        "unknown-column",
        value=given,
        hint_en=f"; did you mean “{near[0]}”?" if near else "",
        hint_fr=f"\u202f; vouliez-vous dire «\u202f{near[0]}\u202f»\u202f?" if near else "",
        known=", ".join(spec.names),
    )


def _drafts(
    sheet: Sheet, columns: Sequence[Column | None], faults: Faults
) -> tuple[list[Draft], int]:
    drafts: list[Draft] = []
    for line, cells in sheet.records:
        if len(cells) == len(columns):
            drafts.append(_draft(line, cells, columns, faults))
        else:
            code = "too-many-columns" if len(cells) > len(columns) else "too-few-columns"
            faults.add(fault(line, "", code, found=len(cells), expected=len(columns)))
            drafts.append(_draft(line, cells, columns, Faults()))
    return drafts, len(drafts)


def _draft(
    line: int, cells: Sequence[Any], columns: Sequence[Column | None], faults: Faults
) -> Draft:
    values: dict[str, Any] = {}
    is_good = len(cells) == len(columns)
    for cell, column in zip(cells, columns, strict=False):
        if column is None:
            if cell != "":
                is_good = False
                faults.add(
                    fault(line, "", "too-many-columns", found=len(cells), expected=len(cells) - 1)
                )
        elif cell != "":
            try:
                values[column.field] = column.shape.read(cell)
            except CellError as bad:
                is_good = False
                faults.add(fault(line, column.name, bad.code, **bad.details))
        elif column.is_required:
            is_good = False
            faults.add(fault(line, column.name, "missing"))
        else:
            values[column.field] = column.default
    return Draft(line, values, is_good)


def _named_once(drafts: Sequence[Draft], spec: Spec, faults: Faults) -> list[Draft]:
    """The drafts; those whose key another line has as well are good no more."""
    fields = [column.field for name in spec.key for column in spec.columns if column.name == name]

    def names(draft: Draft) -> list[tuple[str, ...]]:
        return [tuple(str(draft.values.get(field) or "") for field in fields)]

    return _told_apart(drafts, names, spec.key[-1], faults)


def _told_apart(
    drafts: Sequence[Draft],
    names: Callable[[Draft], Iterable[tuple[str, ...]]],
    column: str,
    faults: Faults,
) -> list[Draft]:
    """Fault every good draft that shares a name with another, at both of their lines."""
    first: dict[tuple[str, ...], int] = {}
    shared: set[int] = set()

    def say(line: int, other: int, name: tuple[str, ...]) -> None:
        shared.add(line)
        faults.add(fault(line, column, "given-twice", value=", ".join(name), other=other))

    for draft in drafts:
        for name in names(draft) if draft.is_good else ():
            before = first.setdefault(name, draft.line)
            if before != draft.line:
                say(draft.line, before, name)
                if before not in shared:
                    say(before, draft.line, name)
    return [
        msgspec.structs.replace(draft, is_good=False) if draft.line in shared else draft
        for draft in drafts
    ]


def _catalog(drafts: Sequence[Draft], faults: Faults) -> list[Item]:
    told_apart = _told_apart(
        drafts,
        lambda draft: {(one.gtin,) for one in draft.values.get("barcodes", ())},
        "gtins",
        faults,
    )
    return _as_they_are(told_apart, faults)


def _as_they_are(drafts: Sequence[Draft], faults: Faults) -> list[Item]:
    del faults  # nothing here depends on another line
    return [Item((draft.line,), draft.values) for draft in drafts if draft.is_good]


def _nodes(drafts: Sequence[Draft], faults: Faults) -> list[Item]:
    """Nodes as their lines say them; one without a point has neither half of it."""
    found = []
    for draft in drafts:
        if draft.is_good and _point_is_whole(draft, faults):
            empty = {field for field in POINT_FIELDS if draft.values.get(field) is None}
            said = {field: value for field, value in draft.values.items() if field not in empty}
            found.append(Item((draft.line,), said))
    return found


def _point_is_whole(draft: Draft, faults: Faults) -> bool:
    """Whether a line gives both parts of a point, or neither; if not, that is its fault."""
    said = [draft.values.get(field) is not None for field in POINT_FIELDS]
    if any(said) == all(said):
        return True
    faults.add(fault(draft.line, "latitude", "half-a-point"))
    return False


def _stock(drafts: Sequence[Draft], faults: Faults) -> list[Item]:
    del faults  # nothing here depends on another line
    found = [Item((draft.line,), StockLine(**draft.values)) for draft in drafts if draft.is_good]
    return sorted(found, key=lambda item: (item.value.node, item.value.sku))


def _zonings(drafts: Sequence[Draft], faults: Faults) -> list[Item]:
    return [
        Item(lines, tariff_columns.zoning([AreaLine(**values) for values in said]))
        for lines, said in _wholes(drafts, ZONINGS, {"name": "code"}, faults)
    ]


def _tariffs(drafts: Sequence[Draft], faults: Faults) -> list[Item]:
    alike = {**dict.fromkeys(TARIFF_FIELDS, "code"), "transit_days": "zone"}
    return [
        Item(lines, tariff_columns.tariff([PriceLine(**values) for values in said]))
        for lines, said in _wholes(drafts, TARIFFS, alike, faults)
    ]


def _asns(drafts: Sequence[Draft], faults: Faults) -> list[Item]:
    alike = dict.fromkeys(ASN_FIELDS, "code")
    return [
        Item(lines, announced([UnderWay(**values) for values in said]))
        for lines, said in _wholes(drafts, ASNS, alike, faults)
    ]


def _wholes(
    drafts: Sequence[Draft], spec: Spec, alike: Mapping[str, str], faults: Faults
) -> Iterator[tuple[tuple[int, ...], list[Mapping[str, Any]]]]:
    """Lines of one code together, if all are good: what never changes is added whole or not.

    `alike` are fields that are said again on each line, with what they belong to: lines of one
    code, or of one zone of it, must say the same.
    """
    by_code: dict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        if "code" in draft.values:
            by_code[draft.values["code"]].append(draft)
    for lines in by_code.values():
        first: dict[tuple[str, Any], Draft] = {}
        before = faults.count
        for draft in lines if all(draft.is_good for draft in lines) else ():
            for field, of in alike.items():
                said = first.setdefault((field, draft.values[of]), draft)
                value, known = draft.values.get(field), said.values.get(field)
                if value != known:
                    column = next(one for one in spec.columns if one.field == field)
                    faults.add(
                        fault(
                            draft.line,
                            column.name,
                            "differs-within",
                            value=_written(column, value),
                            said=_written(column, known),
                            other=said.line,
                        )
                    )
        if all(draft.is_good for draft in lines) and faults.count == before:
            yield tuple(draft.line for draft in lines), [draft.values for draft in lines]


def _orders(drafts: Sequence[Draft], faults: Faults) -> list[Item]:
    by_order: dict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        if "id" in draft.values:
            by_order[draft.values["id"]].append(draft)
    return [
        Item(tuple(draft.line for draft in lines), _order(lines))
        for lines in by_order.values()
        if _fits_together(lines, faults)
    ]


def _fits_together(lines: Sequence[Draft], faults: Faults) -> bool:
    """Whether an order's lines are all good, and say the same about the order as a whole."""
    first = next((draft for draft in lines if draft.is_good), lines[0])
    bad = {
        draft.line: True
        for draft in lines
        if not (draft.is_good and _belongs(draft, first, len(lines), faults))
    }
    for draft in lines:
        if bad and draft.line not in bad:
            faults.add(fault(draft.line, "", "order-incomplete", other=next(iter(bad))))
    return not bad


def _belongs(draft: Draft, first: Draft, count: int, faults: Faults) -> bool:
    """Whether a good line can be part of the order that `first` begins."""
    before = faults.count
    values = draft.values
    if difference := _difference(first, draft):
        column, said, value = difference
        faults.add(
            fault(draft.line, column, "differs-from", value=value, said=said, other=first.line)
        )
    _point_is_whole(draft, faults)
    if not values.get("name") and any(values.get(field) for field in RECIPIENT_FIELDS):
        faults.add(fault(draft.line, "recipient", "missing"))
    if count > LONGEST_ORDER:
        faults.add(fault(draft.line, "", "order-too-long", limit=LONGEST_ORDER))
    return faults.count == before


def _difference(first: Draft, draft: Draft) -> tuple[str, Any, Any] | None:
    for column in ORDERS.columns:
        said, value = first.values.get(column.field), draft.values.get(column.field)
        if column.field not in LINE_FIELDS and said != value:
            return column.name, _written(column, said), _written(column, value)
    return None


def _written(column: Column, value: Any) -> Any:
    return "" if value is None else written(column.shape.write(value))


def _order(lines: Sequence[Draft]) -> NewOrder:
    values = lines[0].values
    recipient = {name: values[name] for name in RECIPIENT_FIELDS if values.get(name)}
    about = {
        name: value
        for name, value in values.items()
        if name not in (*DESTINATION_FIELDS, *RECIPIENT_FIELDS, *LINE_FIELDS)
    }
    return NewOrder(
        **about,
        destination=Destination(**_some(values, DESTINATION_FIELDS)),
        recipient=Recipient(**recipient) if "name" in recipient else None,
        lines=tuple(NewLine(**_some(draft.values, LINE_FIELDS)) for draft in lines),
    )


def _some(values: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


BUILDERS: Mapping[FileKind, Callable[[Sequence[Draft], Faults], list[Item]]] = {
    FileKind.CATALOG: _catalog,
    FileKind.NETWORK: _nodes,
    FileKind.ZONINGS: _zonings,
    FileKind.TARIFFS: _tariffs,
    FileKind.STOCK: _stock,
    FileKind.ORDERS: _orders,
    FileKind.KEEP_BACKS: _as_they_are,
    FileKind.ASNS: _asns,
    FileKind.MEASURES: _as_they_are,
    FileKind.LOCATIONS: _as_they_are,
    FileKind.BOXES: _as_they_are,
}


def merged_sku(known: Sku | None, values: Mapping[str, Any]) -> Sku:
    """The SKU as the line wants it: columns that the file does not have leave what is known."""
    return normal(Sku(**values) if known is None else msgspec.structs.replace(known, **values))


def merged_node(known: Node | None, said: Mapping[str, Any], place: Spot | None) -> Node:
    """The node as the line wants it: columns that the file does not have leave what is known.

    It lies at the `place` that was found for it, if one had to be.
    """
    values = dict(said)
    if place is not None:
        values |= {"latitude": place.latitude, "longitude": place.longitude}
    return Node(**values) if known is None else msgspec.structs.replace(known, **values)


def merged_rule(known: KeepBack | None, values: Mapping[str, Any]) -> KeepBack:
    """The rule as the line wants it: columns that the file does not have leave what is known."""
    return KeepBack(**values) if known is None else msgspec.structs.replace(known, **values)


def is_same_order(given: NewOrder, taken: NewOrder) -> bool:
    """Whether an order says again what was taken.

    Who opens the door may have been erased since, and what was due may have been paid.
    """
    where = given.destination
    if where.latitude is None:
        where = msgspec.structs.replace(
            where,
            latitude=taken.destination.latitude,
            longitude=taken.destination.longitude,
        )
    same = msgspec.structs.replace(
        given, destination=where, recipient=None, payment=taken.payment, fraud_score=None
    )
    return same == taken
