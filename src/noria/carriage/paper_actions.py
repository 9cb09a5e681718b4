"""Verbs of documents: ask for one, make those that are asked for, drop what names a person."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib import import_module, resources
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from noria.carriage import bars, consignment_views, paper_rules, store, views, zpl
from noria.carriage.actions import own_id
from noria.carriage.consignment_views import Errand
from noria.carriage.model import (
    PAPER_JOB,
    AskedKind,
    AskPaper,
    CustomsMissing,
    Format,
    Label,
    NoRecipient,
    Packed,
    Paper,
    PaperKind,
    PaperState,
)
from noria.carriage.paper_model import SeveralLegs, SheetsMissing
from noria.carriage.port import Party
from noria.fulfilment import actions as fulfilment
from noria.fulfilment.model import PickLine
from noria.kit import events, jobs
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.events import Event
from noria.orders import views as orders
from noria.orders.model import Leg

SHEETS = resources.files("noria.carriage") / "sheets"


def ask(tx: Connection, wanted: AskPaper, *, actor: str, now: datetime) -> Paper:
    """Ask for a document; the worker makes it.

    Raises:
        NotFound: there is no such leg.
        SeveralLegs: this document is for one leg, or the legs are of several nodes.
    """
    legs = {key: orders.leg(tx, key) for key in wanted.legs}
    for key, leg in legs.items():
        if leg is None:
            raise NotFound(what="leg", id=key)
    nodes = orders.nodes_of(tx, wanted.legs)
    is_list = wanted.kind is AskedKind.PICK_LIST
    if len(nodes) > 1 or (not is_list and len(wanted.legs) > 1):
        raise SeveralLegs
    want(
        tx,
        wanted.id,
        PaperKind(wanted.kind.value),
        Format.PDF,
        language=wanted.language,
        node=nodes[0],
        legs=wanted.legs,
        actor=actor,
        now=now,
    )
    return views.papers(tx, ids=[wanted.id])[0]


def want(
    tx: Connection,
    key: str,
    kind: PaperKind,
    form: Format,
    *,
    language: str,
    node: str,
    legs: Sequence[str],
    actor: str,
    now: datetime,
) -> None:
    """Write that a document is wanted; the worker makes it."""
    store.insert_paper(
        tx, key, kind, form.value, language=language, node=node, legs=legs, actor=actor, now=now
    )
    jobs.enqueue(tx, PAPER_JOB, {"paper": key}, asked_by=actor)


def known_paper(tx: Connection, key: str) -> Paper:
    """The document of that id.

    Raises:
        NotFound: there is none.
    """
    found = views.papers(tx, ids=[key])
    if not found:
        raise NotFound(what="document", id=key)
    return found[0]


def gather(tx: Connection, key: str) -> tuple[Paper, Mapping[str, Any] | bytes]:
    """What stands on a document: data for its sheet, or the document itself if no sheet is needed.

    Raises:
        NotFound, NoRecipient, CustomsMissing: it cannot be made.
    """
    paper = known_paper(tx, key)
    if paper.kind is PaperKind.MANIFEST:
        return paper, _handed_over(tx, paper)
    errands = consignment_views.errands(tx, paper.legs)
    if paper.kind is PaperKind.PICK_LIST:
        return paper, _pick_list(tx, paper, list(errands.values()))
    errand = errands.get(paper.legs[0])
    if errand is None:
        raise NotFound(what="leg", id=paper.legs[0])
    if errand.recipient is None:
        raise NoRecipient(leg=errand.leg.id)
    if paper.kind is PaperKind.DELIVERY_NOTE:
        return paper, _delivery_note(tx, paper, errand)
    if paper.kind is PaperKind.CUSTOMS:
        return paper, _customs(tx, paper, errand)
    return paper, _label(tx, paper, errand)


def draw(paper: Paper, content: Mapping[str, Any] | bytes) -> bytes:
    """The document as bytes; no transaction is held meanwhile.

    Raises:
        SheetsMissing: this installation cannot draw.
    """
    if isinstance(content, bytes):
        return content
    return drawn(paper.kind, content, "pdf")


def drawn(kind: PaperKind, content: Mapping[str, Any], form: str) -> bytes:
    """A sheet as PDF, or as PNG to be looked at.

    Raises:
        SheetsMissing: this installation cannot draw.
    """
    try:
        typst: Any = import_module("typst")  # an extra: `noria[carriers]`
    except ImportError:
        raise SheetsMissing from None
    made = typst.compile(
        str(SHEETS / f"{kind.value}.typ"),
        root=str(SHEETS),
        format=form,
        ppi=110,
        sys_inputs={"data": msgspec.json.encode(content).decode()},
        ignore_system_fonts=True,
    )
    return bytes(made[0] if isinstance(made, list) else made)


def finish(tx: Connection, key: str, content: bytes | None, *, detail: str = "") -> None:
    """Keep a document that was made, or why it was not."""
    paper = known_paper(tx, key)
    if paper.state is not PaperState.WAITING:
        return  # it was erased meanwhile, or its label was taken back
    state = PaperState.FAILED if content is None else PaperState.MADE
    store.set_paper(tx, key, state, content, detail)
    name = "document.failed" if content is None else "document.made"
    data = {"kind": paper.kind, "legs": paper.legs, "detail": detail}
    events.publish(tx, [Event(type=name, subject=key, node=paper.node, data=data)])


def _delivery_note(tx: Connection, paper: Paper, errand: Errand) -> dict[str, Any]:
    language, words = paper.language, paper_rules.told(paper_rules.NOTE, paper.language)
    leg, order = errand.leg, errand.order
    units = errand.units
    zone = ZoneInfo(errand.node.time_zone)
    facts = [
        (words["order"], order.id),
        (words["placed"], paper_rules.day(order.placed_at.astimezone(zone).date(), language)),
        (words["leaves"], paper_rules.day(leg.leaves_at.astimezone(zone).date(), language)),
        (words["expected"], paper_rules.day(leg.arrives_on, language)),
    ]
    return {
        **_head(words, language, leg.id, order.id),
        "sender": paper_rules.party(_sender(tx, errand)),
        "recipient": paper_rules.party(_recipient(errand)),
        "facts": facts,
        "lines": [
            {"sku": sku, "name": errand.skus[sku].name, "units": count}
            for sku, count in units.items()
        ],
        "total": paper_rules.NOTE["total"].filled(language, {"units": sum(units.values())}),
        "note": words["note"],
    }


def _pick_list(tx: Connection, paper: Paper, errands: Sequence[Errand]) -> dict[str, Any]:
    """One line a SKU over all legs, with the lots to take and how many each leg gets."""
    language, words = paper.language, paper_rules.told(paper_rules.LIST, paper.language)
    lots: dict[str, list[str]] = {}
    parts: dict[str, list[tuple[str, int]]] = {}
    names = {sku.code: sku.name for errand in errands for sku in errand.skus.values()}
    for errand in errands:
        for sku, count in errand.units.items():
            parts.setdefault(sku, []).append((errand.leg.id, count))
        for line in _picking(tx, errand.leg):
            lots.setdefault(line.sku, []).extend(f"{one.lot}: {one.quantity}" for one in line.lots)
    leaves = min((errand.leg.leaves_at for errand in errands), default=paper.asked_at)
    node = errands[0].node if errands else None
    zone = ZoneInfo(node.time_zone if node else "UTC")
    return {
        **_head(words, language, paper.id, node.name if node else paper.node),
        "sender": {"name": node.name if node else paper.node},
        "facts": [
            (words["node"], f"{paper.node} · {node.name if node else ''}"),
            (words["tasks"], str(len(errands))),
            (words["leaves"], paper_rules.moment(leaves.astimezone(zone), language)),
        ],
        "lines": [
            {
                "sku": sku,
                "name": names[sku],
                "lots": ", ".join(lots.get(sku, ())),
                "legs": several,
                "units": sum(count for _, count in several),
            }
            for sku, several in sorted(parts.items())
        ],
    }


def _handed_over(tx: Connection, paper: Paper) -> dict[str, Any]:
    """What a carrier takes from a node, box by box; it names nobody."""
    words = paper_rules.told(paper_rules.HANDED_OVER, paper.language)
    manifest = views.manifest_of(tx, paper.id)
    if manifest is None:
        raise NotFound(what="manifest", id=paper.id)
    listed = views.listed(tx, manifest.id)
    errands = consignment_views.errands(tx, [one.leg for one in listed])
    weights = [consignment_views.weight_g(errands[one.leg], one.packed) for one in listed]
    return {
        **_head(words, paper.language, manifest.id, manifest.account),
        "sender": {"name": paper.node},
        "facts": [
            (words["account"], manifest.account),
            (words["node"], paper.node),
            (words["boxes"], f"{len(listed)}"),
        ],
        "lines": [
            {
                "number": one.number or "",
                "leg": one.leg,
                "weight": paper_rules.kilograms(weight, paper.language),
            }
            for one, weight in zip(listed, weights, strict=True)
        ],
    }


def _picking(tx: Connection, leg: Leg) -> list[PickLine]:
    """What to take for a leg that was not picked yet."""
    return fulfilment.picking(tx, leg) if leg.picked_at is None else []


def _customs(tx: Connection, paper: Paper, errand: Errand) -> dict[str, Any]:
    language, words = paper.language, paper_rules.told(paper_rules.CUSTOMS, paper.language)
    lines = consignment_views.customs(tx, errand, Packed())
    missing = sorted(set(errand.units) - {one.sku for one in lines})
    if missing:
        raise CustomsMissing(leg=errand.leg.id, skus=", ".join(missing))
    zone = ZoneInfo(errand.node.time_zone)
    return {
        **_head(words, language, errand.leg.id, errand.order.id),
        "sender": paper_rules.party(_sender(tx, errand)),
        "recipient": paper_rules.party(_recipient(errand)),
        "day": paper_rules.day(errand.leg.leaves_at.astimezone(zone).date(), language),
        **paper_rules.declared(lines, errand.order.currency, language),
    }


def _label(tx: Connection, paper: Paper, errand: Errand) -> dict[str, Any] | bytes:
    """Our own label for a box whose carrier prints none: of the box that it was asked for."""
    numbered = [one for one in views.labels(tx, legs=[errand.leg.id]) if one.number is not None]
    its_own = [one for one in numbered if own_id("l", one.id) == paper.id]
    bought = next(iter(its_own or numbered), None)
    if bought is None or bought.number is None:
        raise NotFound(what="label", id=errand.leg.id)
    sender, recipient = _sender(tx, errand, bought.account), _recipient(errand)
    weight = consignment_views.weight_g(errand, bought.packed)
    if paper.format is Format.ZPL:
        return zpl.label(_lines(bought, errand, sender, recipient, weight))
    sscc = bought.packed.sscc
    return {
        **_head({"title": bought.number}, paper.language, errand.leg.id, errand.order.id),
        "sender": paper_rules.party(sender),
        "recipient": paper_rules.party(recipient),
        "service": bought.service or "",
        "facts": f"{errand.order.id} · {bought.box} · "
        f"{paper_rules.kilograms(weight, paper.language)}",
        "sscc": sscc,
        "sscc_bars": sscc and paper_rules.barred(bars.gs1(f"{zpl.SSCC_IDENTIFIER}{sscc}")),
        "number": bought.number,
        "number_bars": paper_rules.barred(bars.plain(bought.number)),
    }


def _lines(
    bought: Label, errand: Errand, sender: Party, recipient: Party, weight: int
) -> zpl.Lines:
    assert bought.number is not None
    return zpl.Lines(
        sender=paper_rules.party(sender)["lines"],
        recipient=paper_rules.party(recipient)["lines"],
        service=bought.service or "",
        number=bought.number,
        sscc=bought.packed.sscc,
        order=errand.order.id,
        weight_g=weight,
        box=bought.box,
        look=bought.number,
    )


def _head(words: Mapping[str, str], language: str, number: str, about: str) -> dict[str, Any]:
    return {
        "title": words["title"],
        "words": words,
        "language": language,
        "number": number,
        "footer": f"{words['title']} {number} · {about}",
    }


def _sender(tx: Connection, errand: Errand, account: str | None = None) -> Party:
    """Who sends, as the account of the leg's label says it; else the node itself."""
    node = errand.node
    if account is None:
        found = views.labels(tx, legs=[errand.leg.id])
        account = next((one.account for one in found if one.account is not None), None)
    plan = views.account(tx, account) if account is not None else None
    if plan is not None:
        return consignment_views.sender(plan[0], node)
    return Party(
        name=node.name,
        street=consignment_views.street(node),
        postcode=node.postcode,
        town=node.town,
        country=node.country,
    )


def _recipient(errand: Errand) -> Party:
    to, who = errand.order.destination, errand.recipient
    assert who is not None
    return Party(
        name=who.name, street=who.street, postcode=to.postcode, town=to.town, country=to.country
    )
