"""A comparison of policies as tables on a terminal."""

from collections.abc import Callable, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table

from noria.kit.errors import Text
from noria.orders.trial_model import Comparison, Figures
from noria.sourcing.telling import WORDS, euros

Cell = Callable[[Figures, str], str]

ROWS: Mapping[str, tuple[Text, Cell]] = {
    "orders": (Text("orders", "commandes"), lambda one, _: f"{one.orders:,}"),
    "sent": (Text("plans", "plans"), lambda one, _: f"{one.sent:,}"),
    "parcels": (Text("parcels", "colis"), lambda one, _: f"{one.parcels:,}"),
    "splits": (Text("split orders", "commandes scindées"), lambda one, _: f"{one.splits:,}"),
    "on_time": (
        Text("on time, expected", "à l'heure, attendu"),
        lambda one, _: f"{one.on_time / one.sent:.1%}" if one.sent else "—",
    ),
    "waiting": (
        Text("orders waiting at the end", "commandes en attente à la fin"),
        lambda one, _: f"{one.waiting:,}",
    ),
    "drained": (
        Text("empty shelves in stores at the end", "rayons vides en magasin à la fin"),
        lambda one, _: f"{one.drained:,}",
    ),
    "cost": (Text("cost", "coût"), lambda one, language: euros(one.cents, language)),
    "each": (
        Text("cost of a plan", "coût d'un plan"),
        lambda one, language: euros(round(one.cents / one.sent), language) if one.sent else "—",
    ),
}
BY_DAY = ("orders", "parcels", "splits", "on_time", "waiting", "drained", "cost")
DAY, POLICY = Text("day", "jour"), Text("policy", "politique")
TITLE = Text(
    "{orders:,} orders of {since} to {until} (UTC), decided again",
    "{orders} commandes du {since} au {until} (UTC), décidées à nouveau",
)


def shown(comparison: Comparison, language: str) -> RenderableType:
    """The sums side by side with each term of the cost, then day by day."""
    title = TITLE.filled(
        language,
        {
            "orders": comparison.orders,
            "since": f"{comparison.since:%Y-%m-%d}",
            "until": f"{comparison.until:%Y-%m-%d}",
        },
    )
    table = Table(title=title, title_justify="left", box=None)
    table.add_column("")
    for trial in comparison.trials:
        table.add_column(trial.policy, justify="right")
    totals = [trial.total for trial in comparison.trials]
    for name, cell in ROWS.values():
        table.add_row(name.filled(language, {}), *(cell(one, language) for one in totals))
    for term in _terms(totals):
        says = WORDS[term].filled(language, {}) if term in WORDS else term
        table.add_row(
            f"  {says}", *(euros(one.terms.get(term, 0), language) for one in totals), style="dim"
        )
    return Group(table, "", _by_day(comparison, language))


def _by_day(comparison: Comparison, language: str) -> Table:
    """A line for each day and policy."""
    table = Table(box=None)
    table.add_column(DAY.filled(language, {}), no_wrap=True)
    table.add_column(POLICY.filled(language, {}), no_wrap=True)
    for name in BY_DAY:
        table.add_column(ROWS[name][0].filled(language, {}), justify="right")
    for days in zip(*(trial.days for trial in comparison.trials), strict=True):
        for place, (trial, one) in enumerate(zip(comparison.trials, days, strict=True)):
            table.add_row(
                "" if place else str(one.day),
                trial.policy,
                *(ROWS[name][1](one, language) for name in BY_DAY),
            )
    return table


def _terms(totals: Sequence[Figures]) -> list[str]:
    names = {name for one in totals for name in one.terms}
    known = [name for name in WORDS if name in names]
    return [*known, *sorted(names.difference(known))]
