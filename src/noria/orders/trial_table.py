"""A comparison of policies as tables on a terminal."""

from collections.abc import Callable, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table

from noria.kit import moments
from noria.kit.errors import Text
from noria.orders.trial_model import Comparison, Figures
from noria.sourcing.telling import WORDS, Reader

Cell = Callable[[Figures, Reader], str]

ROWS: Mapping[str, tuple[Text, Cell]] = {
    "orders": (Text("orders", "commandes"), lambda one, reader: reader.number(one.orders)),
    "sent": (Text("plans", "plans"), lambda one, reader: reader.number(one.sent)),
    "parcels": (Text("parcels", "colis"), lambda one, reader: reader.number(one.parcels)),
    "splits": (
        Text("split orders", "commandes scindées"),
        lambda one, reader: reader.number(one.splits),
    ),
    "on_time": (
        Text("on time, expected", "à l'heure, attendu"),
        lambda one, reader: reader.share(one.on_time / one.sent, digits=1) if one.sent else "—",
    ),
    "waiting": (
        Text("orders waiting at the end", "commandes en attente à la fin"),
        lambda one, reader: reader.number(one.waiting),
    ),
    "drained": (
        Text("empty shelves in stores at the end", "rayons vides en magasin à la fin"),
        lambda one, reader: reader.number(one.drained),
    ),
    "cost": (Text("cost", "coût"), lambda one, reader: reader.amount(one.cents)),
    "each": (
        Text("cost of a plan", "coût d'un plan"),
        lambda one, reader: reader.amount(round(one.cents / one.sent)) if one.sent else "—",
    ),
}
BY_DAY = ("orders", "parcels", "splits", "on_time", "waiting", "drained", "cost")
DAY, POLICY = Text("day", "jour"), Text("policy", "politique")
TITLE = Text(
    "{orders} orders of {since} to {until} (UTC), decided again",
    "{orders} commandes du {since} au {until} (UTC), décidées à nouveau",
)


def shown(comparison: Comparison, language: str, currency: str) -> RenderableType:
    """The sums side by side with each term of the cost, then day by day."""
    reader = Reader(language, currency)
    title = TITLE.filled(
        language,
        {
            "orders": reader.number(comparison.orders),
            "since": moments.day(comparison.since.date(), language),
            "until": moments.day(comparison.until.date(), language),
        },
    )
    table = Table(title=title, title_justify="left", box=None)
    table.add_column("")
    for trial in comparison.trials:
        table.add_column(trial.policy, justify="right")
    totals = [trial.total for trial in comparison.trials]
    for name, cell in ROWS.values():
        table.add_row(reader.words(name), *(cell(one, reader) for one in totals))
    for term in _terms(totals):
        says = reader.words(WORDS[term]) if term in WORDS else term
        table.add_row(
            f"  {says}", *(reader.amount(one.terms.get(term, 0)) for one in totals), style="dim"
        )
    return Group(table, "", _by_day(comparison, reader))


def _by_day(comparison: Comparison, reader: Reader) -> Table:
    """A line for each day and policy."""
    table = Table(box=None)
    table.add_column(reader.words(DAY), no_wrap=True)
    table.add_column(reader.words(POLICY), no_wrap=True)
    for name in BY_DAY:
        table.add_column(reader.words(ROWS[name][0]), justify="right")
    for days in zip(*(trial.days for trial in comparison.trials), strict=True):
        for place, (trial, one) in enumerate(zip(comparison.trials, days, strict=True)):
            table.add_row(
                "" if place else reader.day(one.day),
                trial.policy,
                *(ROWS[name][1](one, reader) for name in BY_DAY),
            )
    return table


def _terms(totals: Sequence[Figures]) -> list[str]:
    names = {name for one in totals for name in one.terms}
    known = [name for name in WORDS if name in names]
    return [*known, *sorted(names.difference(known))]
