"""A decision as a table on a terminal: who could have sent it, what it would have cost, and why."""

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text as Line

from noria.kit import moments
from noria.kit.errors import Text
from noria.sourcing.model import Compared, Decision, Explanation, Terms
from noria.sourcing.telling import WORDS, Reader, why

HEADS: Mapping[str, Text] = {
    "node": Text("node", "site"),
    "km": Text("km", "km"),
    "units": Text("units", "unités"),
    "arrives": Text("arrives", "arrive"),
    "chance": Text("chance", "chance"),
    "cost": Text("cost", "coût"),
    "why not": Text("why not", "pourquoi pas"),
    "plan": Text("plan", "plan"),
    "short": Text("short", "manque"),
    "candidates": Text("Who could send it", "Qui pouvait expédier"),
    "compared": Text("Plans compared (the first was chosen)", "Plans comparés (le premier retenu)"),
    "under": Text("Decided on {at} under {policy}", "Décidé le {at} selon {policy}"),
    "decision": Text("Decision {number} for {order}", "Décision {number} pour {order}"),
}


def shown(decision: Decision, language: str, currency: str) -> RenderableType:
    """The whole decision, in a language, with amounts in the house's currency."""
    told, reader = decision.explanation, Reader(language, currency)

    def says(name: str, **values: str) -> str:
        return reader.words(HEADS[name], **values)

    under = says("under", at=moments.moment(decision.taken_at, language), policy=decision.policy)
    unusual = len(told.notes)
    title = says("decision", number=str(decision.number), order=decision.order_id)
    return Group(
        Line(f"{title}\n", style="bold"),
        Line(reader.words(decision.sentence) + "\n"),
        *(Line(reader.words(one), style="yellow") for one in decision.remarks[:unusual]),
        _candidates(told, reader),
        Line(""),
        _compared(told, reader),
        Line(""),
        Line(under, style="dim"),
        *(Line(reader.words(one), style="dim") for one in decision.remarks[unusual:]),
    )


def _candidates(told: Explanation, reader: Reader) -> Table:
    """Those that could, then those that fell out, with the fence that stopped them."""
    terms = _terms([one.terms for one in told.candidates])
    table = _table(reader, "candidates", ["node", "km", "units", "arrives", "chance"], terms)
    table.add_column(reader.words(HEADS["cost"]), justify="right")
    table.add_column(reader.words(HEADS["why not"]))
    chosen = set(told.chosen.nodes)
    for one in told.candidates:
        table.add_row(
            f"✓ {one.node}" if one.node in chosen else f"  {one.node}",
            reader.number(one.km),
            f"{one.units}/{one.of_units}",
            reader.day(one.arrives_on) if one.arrives_on else "—",
            reader.share(one.chance) if one.chance is not None else "—",
            *_cells(one.terms, terms, reader),
            reader.amount(sum(one.terms.values())) if one.terms else "—",
            "",
            style="bold" if one.node in chosen else None,
        )
    for fence in told.fences:
        table.add_row(
            f"✗ {fence.node}",
            "",
            str(fence.units or ""),
            reader.day(fence.arrives_on) if fence.arrives_on else "",
            "",
            *["" for _ in terms],
            "" if fence.paid_cents is None else reader.amount(fence.paid_cents),
            reader.words(why(fence, told.due)),
            style="dim",
        )
    return table


def _compared(told: Explanation, reader: Reader) -> Table:
    terms = _terms([one.terms for one in told.compared])
    table = _table(reader, "compared", ["plan", "short", "arrives"], terms)
    table.add_column(reader.words(HEADS["cost"]), justify="right")
    for row in _plans(told.compared, terms, reader):
        table.add_row(*row)
    return table


def _plans(
    compared: Sequence[Compared], terms: Sequence[str], reader: Reader
) -> Iterator[Sequence[str]]:
    for one in compared:
        yield [
            " + ".join(one.nodes) or "—",
            str(one.short_units or ""),
            reader.day(one.arrives_on) if one.arrives_on else "—",
            *_cells(one.terms, terms, reader),
            reader.amount(one.total_cents),
        ]


UNCUT = ("node", "arrives")
"""What a narrow terminal does not cut."""


def _table(reader: Reader, title: str, heads: Sequence[str], terms: Sequence[str]) -> Table:
    table = Table(
        title=reader.words(HEADS[title]), title_justify="left", title_style="bold", box=None
    )
    for index, head in enumerate(heads):
        table.add_column(
            reader.words(HEADS[head]),
            justify="right" if index else "left",
            no_wrap=head in UNCUT,
        )
    for term in terms:
        name = reader.words(WORDS[term]) if term in WORDS else term
        table.add_column(name, justify="right")
    return table


def _terms(rows: Sequence[Terms]) -> list[str]:
    """The terms that any row has, in the order in which they are told."""
    names = {name for row in rows for name in row}
    known = [name for name in WORDS if name in names]
    return [*known, *sorted(names.difference(known))]


def _cells(terms: Terms, names: Sequence[str], reader: Reader) -> list[str]:
    return [reader.amount(terms[name]) if name in terms else "" for name in names]
