"""A decision as a table on a terminal: who could have sent it, what it would have cost, and why."""

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text as Line

from noria.kit.errors import Text
from noria.sourcing.model import Compared, Decision, Explanation, Terms
from noria.sourcing.telling import WORDS, euros, why

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
    "under": Text("Decided at {at} UTC under {policy}", "Décidé à {at} UTC selon {policy}"),
    "overrides": Text(", with {overrides}", ", avec {overrides}"),
    "prices": Text(
        "Opportunity prices: run {run} of {at} UTC",
        "Prix d'opportunité\u202f: calcul {run} du {at} UTC",
    ),
    "by": Text("Found by: {way}", "Trouvé par\u202f: {way}"),
    "decision": Text("Decision {number} for {order}", "Décision {number} pour {order}"),
}

WAYS: Mapping[str, Text] = {
    "alone": Text("one node is the cheapest", "un seul site est le moins cher"),
    "whole": Text("each line from one node", "chaque ligne d'un seul site"),
    "units": Text("lines split into units", "lignes partagées entre sites"),
    "sets": Text("every set of nodes", "toutes les combinaisons de sites"),
    "search": Text("exact search", "recherche exacte"),
    "greedy": Text("one choice after the other", "un choix après l'autre"),
}
"""How a plan was found."""


def shown(decision: Decision, language: str) -> RenderableType:
    """The whole decision, in a language."""
    told = decision.explanation

    def says(name: str, **values: str) -> str:
        return HEADS[name].filled(language, values)

    under = says("under", at=f"{decision.taken_at:%Y-%m-%d %H:%M}", policy=decision.policy)
    if told.overrides:
        under += says("overrides", overrides=", ".join(told.overrides))
    way = WAYS[told.way].filled(language, {}) if told.way in WAYS else told.way
    title = says("decision", number=str(decision.number), order=decision.order_id)
    parts: list[RenderableType] = [
        Line(f"{title}\n", style="bold"),
        Line(decision.sentence.filled(language, {}) + "\n"),
        *(Line(WORDS[note].filled(language, {}), style="yellow") for note in told.notes),
        _candidates(told, language),
        Line(""),
        _compared(told, language),
        Line(""),
        Line(under, style="dim"),
        Line(says("by", way=way), style="dim"),
    ]
    if told.prices:
        at = f"{told.prices.as_of:%Y-%m-%d %H:%M}"
        parts.append(Line(says("prices", run=told.prices.run, at=at), style="dim"))
    return Group(*parts)


def _candidates(told: Explanation, language: str) -> Table:
    """Those that could, then those that fell out, with the fence that stopped them."""
    terms = _terms([one.terms for one in told.candidates])
    table = _table(language, "candidates", ["node", "km", "units", "arrives", "chance"], terms)
    table.add_column(HEADS["cost"].filled(language, {}), justify="right")
    table.add_column(HEADS["why not"].filled(language, {}))
    chosen = set(told.chosen.nodes)
    for one in told.candidates:
        table.add_row(
            f"✓ {one.node}" if one.node in chosen else f"  {one.node}",
            f"{one.km:,}",
            f"{one.units}/{one.of_units}",
            f"{one.arrives_on}" if one.arrives_on else "—",
            f"{one.chance:.0%}" if one.chance is not None else "—",
            *_cells(one.terms, terms, language),
            euros(sum(one.terms.values()), language) if one.terms else "—",
            "",
            style="bold" if one.node in chosen else None,
        )
    for fence in told.fences:
        table.add_row(
            f"✗ {fence.node}",
            "",
            str(fence.units or ""),
            f"{fence.arrives_on}" if fence.arrives_on else "",
            "",
            *["" for _ in terms],
            "" if fence.paid_cents is None else euros(fence.paid_cents, language),
            why(fence, told.due).filled(language, {}),
            style="dim",
        )
    return table


def _compared(told: Explanation, language: str) -> Table:
    terms = _terms([one.terms for one in told.compared])
    table = _table(language, "compared", ["plan", "short", "arrives"], terms)
    table.add_column(HEADS["cost"].filled(language, {}), justify="right")
    for row in _plans(told.compared, terms, language):
        table.add_row(*row)
    return table


def _plans(
    compared: Sequence[Compared], terms: Sequence[str], language: str
) -> Iterator[Sequence[str]]:
    for one in compared:
        yield [
            " + ".join(one.nodes) or "—",
            str(one.short_units or ""),
            f"{one.arrives_on}" if one.arrives_on else "—",
            *_cells(one.terms, terms, language),
            euros(one.total_cents, language),
        ]


UNCUT = ("node", "arrives")
"""What a narrow terminal does not cut."""


def _table(language: str, title: str, heads: Sequence[str], terms: Sequence[str]) -> Table:
    table = Table(
        title=HEADS[title].filled(language, {}), title_justify="left", title_style="bold", box=None
    )
    for index, head in enumerate(heads):
        table.add_column(
            HEADS[head].filled(language, {}),
            justify="right" if index else "left",
            no_wrap=head in UNCUT,
        )
    for term in terms:
        name = WORDS[term].filled(language, {}) if term in WORDS else term
        table.add_column(name, justify="right")
    return table


def _terms(rows: Sequence[Terms]) -> list[str]:
    """The terms that any row has, in the order in which they are told."""
    names = {name for row in rows for name in row}
    known = [name for name in WORDS if name in names]
    return [*known, *sorted(names.difference(known))]


def _cells(terms: Terms, names: Sequence[str], language: str) -> list[str]:
    return [euros(terms[name], language) if name in terms else "" for name in names]
