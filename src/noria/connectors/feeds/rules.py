"""From a partner's records to the lines of a feed, and all that is wrong with each. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from noria.connectors.files.cells import typed, whole
from noria.connectors.files.columns import column_name
from noria.connectors.files.model import Cell, CellError, Faults, LineFault, Sheet, fault
from noria.kit.ids import LARGEST_QUANTITY
from noria.partners import feed_rules
from noria.partners.feed_model import FeedFault, FeedLine, FeedPlan
from noria.partners.model import Partner

LONGEST_KEY = 100
UNITS = whole(-LARGEST_QUANTITY, LARGEST_QUANTITY)


def lines(sheet: Sheet, plan: FeedPlan, partner: Partner, faults: Faults) -> Iterator[FeedLine]:
    """The lines of a feed in their order; what is wrong is in `faults`, once they are all read.

    A line whose SKU can be read and whose quantity cannot is told without one: a full feed has
    named it, so it is not gone, though the line may have too few cells. If the header is wrong,
    there is no line.
    """
    places = _places(sheet, plan, faults)
    if places is None:
        return
    key_at, quantity_at, node_at = places
    last = max(key_at, quantity_at, node_at or 0)
    words = {word.casefold(): units for word, units in plan.words.items()}
    node = feed_rules.node_of(plan, partner)
    seen: dict[str, dict[str, int]] = defaultdict(dict)
    for line, cells in sheet.records:
        is_whole = len(cells) > last
        if not is_whole:
            faults.add(fault(line, "", "too-few-columns", found=len(cells), expected=last + 1))
            if len(cells) <= max(key_at, node_at or 0):
                continue
        key = _key(line, cells[key_at], plan, faults)
        where = node
        if node_at is not None:
            where = _node(line, cells[node_at], plan, partner, faults)
        if key is None or where is None:
            continue
        units = _units(line, cells[quantity_at], plan, words, faults) if is_whole else None
        if (first := seen[where].setdefault(key, line)) != line:
            faults.add(fault(line, plan.key_column, "given-twice", value=key, other=first))
            units = None
        yield FeedLine(line, where, key, units)


def told(found: LineFault) -> FeedFault:
    """A fault of a file's line as the feed keeps it."""
    return FeedFault(line=found.line, column=found.column, code=found.code, says=found.says)


def _places(sheet: Sheet, plan: FeedPlan, faults: Faults) -> tuple[int, int, int | None] | None:
    """Where the columns are: by their very name, or by what is left of it without signs."""
    exact = {name: place for place, name in reversed(list(enumerate(sheet.header)))}
    plain = {column_name(name): place for place, name in reversed(list(enumerate(sheet.header)))}
    found: list[int | None] = []
    for name in (plan.key_column, plan.quantity_column, plan.node_column):
        place = None if name is None else exact.get(name, plain.get(column_name(name)))
        if name is not None and place is None:
            faults.add(fault(sheet.header_line, name, "column-missing", value=name))
        found.append(place)
    key_at, quantity_at, node_at = found
    if faults.count or key_at is None or quantity_at is None:
        return None
    return key_at, quantity_at, node_at


def _key(line: int, cell: Cell, plan: FeedPlan, faults: Faults) -> str | None:
    try:
        key = cell if isinstance(cell, str) else typed(cell)
    except CellError as bad:
        faults.add(fault(line, plan.key_column, bad.code, **bad.details))
        return None
    if not key:
        faults.add(fault(line, plan.key_column, "missing"))
        return None
    if len(key) > LONGEST_KEY or "\0" in key:
        faults.add(
            fault(
                line,
                plan.key_column,
                "malformed",
                value=key,
                allowed_en=f"1 to {LONGEST_KEY} characters",
                allowed_fr=f"1 à {LONGEST_KEY} caractères",
            )
        )
        return None
    return key


def _node(line: int, cell: Cell, plan: FeedPlan, partner: Partner, faults: Faults) -> str | None:
    try:
        said = typed(cell)
    except CellError as bad:
        faults.add(fault(line, plan.node_column or "", bad.code, **bad.details))
        return None
    node = plan.node_codes.get(said, said)
    if node not in partner.nodes:
        faults.add(fault(line, plan.node_column or "", "unknown-node", value=said))
        return None
    return node


def _units(
    line: int, cell: Cell, plan: FeedPlan, words: Mapping[str, int], faults: Faults
) -> int | None:
    """Whole units; a partner who owes units has none. Words stand for what the plan says."""
    if isinstance(cell, str):
        if len(cell) < 10 and cell.isascii() and cell.isdecimal():
            return int(cell)
        if words and (known := words.get(cell.casefold())) is not None:
            return known
        if not cell:
            faults.add(fault(line, plan.quantity_column, "missing"))
            return None
    try:
        return max(0, int(UNITS.read(cell)))
    except CellError as bad:
        faults.add(fault(line, plan.quantity_column, bad.code, **bad.details))
        return None
