"""A comparison of policies as tables on a terminal."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct
from rich.console import Group, RenderableType
from rich.table import Table

from noria.kit import moments, money
from noria.kit.errors import Text
from noria.orders.trial_model import Comparison, Figures
from noria.sourcing.telling import WORDS, count, share, short_day


class Reader(Struct, frozen=True):
    """Who reads: how numbers and amounts are written, and in which currency the house reckons."""

    language: str
    currency: str

    def number(self, value: int) -> str:
        return count(value, self.language)

    def amount(self, cents: int) -> str:
        return money.told(cents, self.currency, self.language)


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
        lambda one, reader: (
            share(one.on_time / one.sent, reader.language, digits=1) if one.sent else "—"
        ),
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
        table.add_row(name.filled(language, {}), *(cell(one, reader) for one in totals))
    for term in _terms(totals):
        says = WORDS[term].filled(language, {}) if term in WORDS else term
        table.add_row(
            f"  {says}", *(reader.amount(one.terms.get(term, 0)) for one in totals), style="dim"
        )
    return Group(table, "", _by_day(comparison, reader))


def _by_day(comparison: Comparison, reader: Reader) -> Table:
    """A line for each day and policy."""
    table = Table(box=None)
    table.add_column(DAY.filled(reader.language, {}), no_wrap=True)
    table.add_column(POLICY.filled(reader.language, {}), no_wrap=True)
    for name in BY_DAY:
        table.add_column(ROWS[name][0].filled(reader.language, {}), justify="right")
    for days in zip(*(trial.days for trial in comparison.trials), strict=True):
        for place, (trial, one) in enumerate(zip(comparison.trials, days, strict=True)):
            table.add_row(
                "" if place else short_day(one.day, reader.language),
                trial.policy,
                *(ROWS[name][1](one, reader) for name in BY_DAY),
            )
    return table


def _terms(totals: Sequence[Figures]) -> list[str]:
    names = {name for one in totals for name in one.terms}
    known = [name for name in WORDS if name in names]
    return [*known, *sorted(names.difference(known))]
