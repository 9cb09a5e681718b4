"""The live table of a replay or a demonstration in the terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table

STAGES = ("waiting", "sourced", "picked", "packed", "shipped", "delivered", "cancelled")
WORDS = {
    "order.waiting": "orders waiting for stock over a day",
    "promise.late": "promises past their date",
    "stock.gap": "units the book did not know, 7 days",
    "pick.short": "short picks, 7 days",
    "receipt.discrepancy": "receipts that differ, 7 days",
    "count.unusual": "counts that differ unusually",
    "count.held_short": "counts short of what is held",
    "partner.not_accepted": "legs no partner accepted in time",
    "partner.not_shipped": "legs a partner did not ship in time",
    "partner.not_delivered": "legs of partners that did not arrive",
    "feed.silent": "partners' feeds that stopped",
    "feed.held": "feeds that wait for a person",
    "audit.difference": "differences that an audit found",
    "parcel.silent": "parcels not heard of for too long",
    "parcel.failed": "parcels that could not be delivered",
    "parcel.returning": "parcels on their way back",
    "parcel.returned": "parcels that came back",
    "parcel.lost": "parcels that are lost",
    "carrier.unreadable": "carriers' replies that nobody could read",
    "carrier.refuses": "carriers that refuse to say where parcels are",
    "carrier.silent": "carriers that do not answer where parcels are",
    "order.held": "orders that are held for a person",
    "order.reported": "orders that customers reported",
    "refund.overdue": "refunds that nobody told as paid",
    "return.missing": "returns that do not come",
    "return.uninspected": "returns that nobody inspected",
    "milestone.missed": "steps of orders that were missed",
    "milestone.endangered": "orders that will probably be late",
    "collect.late": "pickups that are not ready in time",
    "collect.endangered": "pickups that will hardly be ready in time",
    "collect.to_receive": "orders that a store has to receive",
    "collect.to_put_back": "orders that nobody collected, to be put back",
    "collect.code_tried": "pickups at which wrong codes were tried",
    "collect.unproven": "pickups handed over without proof",
    "collect.handed_over_late": "pickups told after they were given up",
    "collect.unpaid": "pickups handed over that nobody paid",
    "task.late": "picks that are late",
    "task.untaken": "picks that nobody took",
    "work.conflict": "facts of work that clash with the book",
    "label.declined": "labels that carriers will not make",
    "label.doubled": "labels with a second number",
    "label.kept": "labels that were paid and not used",
    "label.outdated": "labels with an old address",
    "label.stuck": "labels of which nobody knows whether they were made",
    "label.unlinked": "parcels that nobody follows",
    "label.unprinted": "labels to be printed by hand",
    "manifest.declined": "lists that carriers will not make",
    "manifest.stuck": "lists of which nobody knows whether they were made",
    "pickup.declined": "vans that carriers will not send",
    "pickup.stuck": "vans of which nobody knows whether they come",
    "message.failed": "customers who could not be told",
}


TAKEN_BACK = {
    "declined": "declined by a partner",
    "short": "nothing of it was there",
    "rerouted": "planned anew",
    "cancelled": "cancelled by the customer",
}

SENT_FROM = {
    "warehouse": "our warehouses",
    "store": "shops",
    "dark_store": "dark stores",
    "supplier": "suppliers, to the customer (virtual)",
    "printer": "printed on demand",
    "maker": "made to order",
    "third_party": "a logistics partner's warehouse",
    "marketplace": "a marketplace's warehouse",
    "relay": "relay points",
    "digital": "digital, at once",
}


def table(
    summary: Mapping[str, Any], calibration: Sequence[Mapping[str, Any]], head: str, foot: str
) -> RenderableType:
    """Orders by stage, units by state, promises, what was re-routed, exceptions."""
    promises = summary["promises"]
    settled = promises["kept"] + promises["broken"]
    share = f"{100 * promises['kept'] / settled:.1f} %" if settled else "—"
    grid = Table.grid(padding=(0, 3), expand=False)
    grid.add_row(
        _figures("orders", {stage: summary["orders"].get(stage, 0) for stage in STAGES}),
        _figures("units", summary["units"]),
    )
    grid.add_row()
    grid.add_row(
        _figures(
            "promises",
            {
                "open": promises["open"],
                "kept": promises["kept"],
                "broken": promises["broken"],
                "kept, of settled": share,
            },
        ),
        _figures(
            "exceptions",
            {WORDS.get(kind, kind): n for kind, n in summary["exceptions"].items()},
        ),
    )
    grid.add_row()
    grid.add_row(
        _figures("promised, and arrived in time", _kept_of(calibration)),
        _figures(
            "legs not sent as planned, 7 days",
            {TAKEN_BACK[why]: n for why, n in summary["taken_back"].items()},
        ),
    )
    grid.add_row()
    grid.add_row(
        _figures(
            "units sold from, 7 days",
            {SENT_FROM[kind]: n for kind, n in summary["sent_from"].items()}
            or {"nowhere yet": "—"},
        ),
    )
    return Panel(Group(grid), title=head, subtitle=foot, title_align="left", subtitle_align="left")


def _kept_of(calibration: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Of those that were promised with about that chance, how many arrived in time."""
    return {
        f"with {100 * one['told']:.1f} %": f"{100 * one['share_kept']:.1f} % of {one['settled']:,}"
        for one in calibration
    } or {"nothing is settled": "—"}


def _figures(title: str, figures: Mapping[str, Any]) -> Table:
    found = Table(title=title, title_justify="left", box=None, show_header=False, padding=(0, 1))
    found.add_column(style="dim")
    found.add_column(justify="right")
    for name, value in figures.items():
        found.add_row(
            name.replace("_", " "), f"{value:,}" if isinstance(value, int) else str(value)
        )
    return found
