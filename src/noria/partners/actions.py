"""Verbs of partners: save one, save its terms, hold an order against them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from msgspec import structs

from noria.catalog import views as catalog
from noria.kit import events, trail
from noria.kit.db import Connection
from noria.kit.errors import Invalid, NotFound
from noria.kit.events import Event
from noria.kit.trail import Change
from noria.network import views as network
from noria.partners import rules, store, views
from noria.partners.model import AgainstTerms, NodeTaken, Partner, Term

CheckVersion = Callable[[int | None], None]
"""Lets an edit of the version it is given through, or refuses it; None: there is none yet."""


def save(
    tx: Connection,
    wanted: Partner,
    *,
    actor: str,
    now: datetime,
    request_id: str = "",
    check: CheckVersion | None = None,
) -> None:
    """Create or change a partner; what does not differ is left alone.

    Raises:
        UnknownCodes: a node is not known here. Nothing was changed.
        NodeTaken: a node is another partner's. Nothing was changed.
        Stale: somebody else changed it at this moment. Nothing was changed.
    """
    new = structs.replace(wanted, nodes=tuple(sorted(set(wanted.nodes))))
    network.check_known(tx, new.nodes)
    store.lock(tx, new.code)
    before, believed = views.partner(tx, new.code) or (None, 0)
    if before == new:
        return
    if check is not None:
        check(believed or None)
    owners = views.owners(tx, new.nodes)
    others = {node: owner for node, owner in owners.items() if owner != new.code}
    if others:
        raise NodeTaken(
            nodes=", ".join(sorted(others)), partner=", ".join(sorted({*others.values()}))
        )
    store.upsert(tx, new, believed, now=now)
    change = Change(action="partner.changed", subject=new.code, before=before, after=new)
    trail.record_all(tx, [change], actor=actor, request_id=request_id)
    events.publish(
        tx, [Event(type="partner.changed", subject=new.code, data={"is_new": before is None})]
    )


def known(tx: Connection, code: str) -> Partner:
    """The partner of that code.

    Raises:
        NotFound: there is none.
    """
    found = views.partner(tx, code)
    if found is None:
        raise NotFound(what="partner", id=code)
    return found[0]


def save_terms(
    tx: Connection,
    partner: str,
    terms: Sequence[Term],
    *,
    actor: str,
    now: datetime,
    request_id: str = "",
) -> int:
    """Write what a partner charges; how many terms differed. The trail notes only their number.

    Raises:
        NotFound, Invalid, UnknownCodes: nothing was written.
    """
    known(tx, partner)
    if faults := rules.term_faults(terms):
        raise Invalid(faults=faults)
    catalog.check_known(tx, [term.sku for term in terms])
    changed = store.save_terms(tx, partner, terms, now=now)
    if changed:
        trail.record(
            tx,
            actor=actor,
            action="partner.terms.changed",
            subject=partner,
            after={"changed": changed},
            request_id=request_id,
        )
        events.publish(
            tx, [Event(type="partner.terms.changed", subject=partner, data={"changed": changed})]
        )
    return changed


def check_terms(tx: Connection, supplier: str, asked: Mapping[str, int], day: date) -> None:
    """Refuse a purchase that its supplier's terms rule out; who has none sells anything.

    Raises:
        AgainstTerms: fewer than the minimum, or no whole packs, with every SKU concerned.
    """
    partner = views.named(tx, supplier)
    if partner is None:
        return
    wrong = rules.against(asked, views.terms_on(tx, partner, sorted(asked), day))
    if wrong:
        raise AgainstTerms(supplier=supplier, skus=", ".join(wrong))
