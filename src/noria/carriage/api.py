"""Carriers at the door: accounts, labels, offers, vans, lists and what customs want to know.

Nothing here waits for a carrier: what is asked for is in the book at once, and the worker calls.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta, Struct

from noria.carriage import actions, views
from noria.carriage.model import (
    Account,
    AskLabel,
    AskManifest,
    AskPickup,
    CallKind,
    CustomsGood,
    Label,
    LabelState,
    Manifest,
    Pickup,
    Priced,
    Resolve,
)
from noria.kit import clock
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.http import (
    PAGE,
    BatchAnswer,
    Door,
    Page,
    PathCode,
    QueryCode,
    QueryCodes,
    QueryCursor,
    QueryLimit,
    check_address,
    cursor,
    page,
    posts,
    puts,
    reads,
)
from noria.orders import views as orders

InState = Annotated[
    list[LabelState] | None,
    QueryParameter(
        name="state", max_items=10, description="Only labels that are so; repeat it for several."
    ),
]
OF_LABELS = (CallKind.BUY, CallKind.CANCEL, CallKind.CHOOSE)


class LabelBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    items: Annotated[tuple[AskLabel, ...], Meta(min_length=1, max_length=200)]


class GoodsBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    items: Annotated[tuple[CustomsGood, ...], Meta(min_length=1, max_length=5000)]


class GoodsSaved(Struct, frozen=True, kw_only=True):
    """How many differed from what was kept."""

    changed: int


class AccountHealth(Struct, frozen=True, kw_only=True):
    """Troubles in a row with an account, and until when nobody is sent there."""

    account: str
    failures: int
    closed_until: datetime | None


@reads("/carrier-accounts", Permission.NETWORK_READ)
def get_accounts(
    door: NamedDependency[Door], page_cursor: QueryCursor = None, limit: QueryLimit = PAGE
) -> Page[Account]:
    """Accounts with carriers in key order; secrets are shown by their names alone."""
    after = str((cursor(page_cursor, 1) or [""])[0])
    found = door.read(lambda tx: views.accounts(tx, after=after, limit=limit + 1))
    return page(found, limit, lambda one: (one.code,))


@reads("/carrier-accounts/{account:str}", Permission.NETWORK_READ, has_version=True)
def get_account(account: PathCode, door: NamedDependency[Door]) -> Response[Account]:
    """One account; its ETag goes back as If-Match when it is changed."""
    return door.show(lambda tx: _account(tx, account))


@puts("/carrier-accounts/{account:str}", Permission.NETWORK_WRITE, has_version=True)
def put_account(
    account: PathCode, data: JSONBody[Account], door: NamedDependency[Door]
) -> Response[Account]:
    """Open or change an account, naming by If-Match the version that was read."""
    check_address("code", data.code, account)
    door.actor.must_everywhere(Permission.NETWORK_WRITE)
    return door.save(actions.save_account, data, lambda tx: _account(tx, account))


@reads("/carrier-health", Permission.NETWORK_READ)
def get_health(
    door: NamedDependency[Door], page_cursor: QueryCursor = None, limit: QueryLimit = PAGE
) -> Page[AccountHealth]:
    """How carriers answer: troubles in a row, and until when nobody is sent there."""
    after = str((cursor(page_cursor, 1) or [""])[0])
    known = door.read(views.health)
    found = [
        AccountHealth(account=code, failures=one.failures, closed_until=one.closed_until)
        for code, one in sorted(known.items())
        if code > after
    ]
    return page(found[: limit + 1], limit, lambda one: (one.account,))


@reads("/legs/{leg_id:str}/offers", Permission.FULFILMENT_READ)
def get_offers(leg_id: PathCode, door: NamedDependency[Door]) -> Page[Priced]:
    """What our own tariffs say of a leg in one box, by every account; no carrier is asked."""

    def ask(tx: Connection, now: datetime) -> list[Priced]:
        for node in orders.nodes_of(tx, [leg_id]):
            door.actor.must(Permission.FULFILMENT_READ, node)
        return actions.offers(tx, leg_id, now=now)

    return Page(door.read(lambda tx: ask(tx, clock.now(tx))))


@posts("/labels/batch", Permission.FULFILMENT_WORK)
def post_labels(
    data: JSONBody[LabelBatch], door: NamedDependency[Door]
) -> Response[BatchAnswer[Label]]:
    """Ask for labels, each once for its id. The worker buys them; read one to see how far it is.

    Whatever becomes of a call, no label is bought twice: one whose outcome nobody knows is looked
    for first.
    """
    by_id = {item.id: item for item in data.items}

    def work(tx: Connection, now: datetime, ids: list[str]) -> Mapping[str, Label]:
        for node in orders.nodes_of(tx, [by_id[key].leg for key in ids]):
            door.actor.must(Permission.FULFILMENT_WORK, node)
        return actions.ask(tx, [by_id[key] for key in ids], actor=door.actor.id, now=now)

    items = [(item.id, item) for item in data.items]
    return door.batch("PUT /v1/labels/{label_id}", items, work)


@reads("/labels", Permission.FULFILMENT_READ)
def get_labels(
    door: NamedDependency[Door],
    node: QueryCodes = None,
    leg: QueryCodes = None,
    in_state: InState = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Label]:
    """Labels, the newest first; those with the state `stuck` wait for a person."""
    after = cursor(page_cursor, 2)
    nodes = door.nodes(Permission.FULFILMENT_READ, node)
    found = door.read(
        lambda tx: views.labels(
            tx,
            nodes=nodes,
            legs=leg,
            states=None if in_state is None else [one.value for one in in_state],
            after=after,
            limit=limit + 1,
        )
    )
    return page(found, limit, lambda one: (one.asked_at.isoformat(), one.id))


@reads("/labels/{label:str}", Permission.FULFILMENT_READ)
def get_label(label: PathCode, door: NamedDependency[Door]) -> Label:
    """One label: how far it is, its number, and among what its service was chosen."""
    found = door.read(lambda tx: actions.known_label(tx, label))
    door.actor.must(Permission.FULFILMENT_READ, found.node)
    return found


@puts("/labels/{label:str}/cancellation", Permission.FULFILMENT_WORK)
def put_label_cancellation(label: PathCode, door: NamedDependency[Door]) -> Response[Label]:
    """Take a label back: at once if its carrier has not heard of it, else by asking it to."""

    def work(tx: Connection, now: datetime) -> Label:
        door.actor.must(Permission.FULFILMENT_WORK, actions.known_label(tx, label).node)
        return actions.cancel(tx, label, actor=door.actor.id, now=now)

    return door.act([label, "cancellation"], work)


@puts("/labels/{label:str}/resolution", Permission.FULFILMENT_WORK)
def put_label_resolution(
    label: PathCode, data: JSONBody[Resolve], door: NamedDependency[Door]
) -> Response[Label]:
    """Say what the carrier answered when somebody asked what became of a stuck label."""

    def work(tx: Connection, now: datetime) -> Label:
        door.actor.must(Permission.FULFILMENT_WORK, actions.known_label(tx, label).node)
        actions.resolve(tx, label, OF_LABELS, data, actor=door.actor.id, now=now)
        return actions.known_label(tx, label)

    return door.act([label, data], work)


@puts("/pickups/{pickup:str}", Permission.FULFILMENT_WORK)
def put_pickup(
    pickup: PathCode, data: JSONBody[AskPickup], door: NamedDependency[Door]
) -> Response[Pickup]:
    """Ask for a carrier's van; the worker books it."""
    check_address("id", data.id, pickup)
    door.actor.must(Permission.FULFILMENT_WORK, data.node)
    return door.once(
        pickup, data, lambda tx, now: actions.ask_pickup(tx, data, actor=door.actor.id, now=now)
    )


@reads("/pickups", Permission.FULFILMENT_READ)
def get_pickups(
    door: NamedDependency[Door],
    node: QueryCodes = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Pickup]:
    """Vans that were asked for, the newest first."""
    after = cursor(page_cursor, 2)
    nodes = door.nodes(Permission.FULFILMENT_READ, node)
    found = door.read(lambda tx: views.pickups(tx, nodes=nodes, after=after, limit=limit + 1))
    return page(found, limit, lambda one: (one.asked_at.isoformat(), one.id))


@puts("/pickups/{pickup:str}/resolution", Permission.FULFILMENT_WORK)
def put_pickup_resolution(
    pickup: PathCode, data: JSONBody[Resolve], door: NamedDependency[Door]
) -> Response[Pickup]:
    """Say what the carrier answered when somebody asked whether the van comes."""

    def work(tx: Connection, now: datetime) -> Pickup:
        known = views.pickups(tx, ids=[pickup])
        if not known:
            raise NotFound(what="pickup", id=pickup)
        door.actor.must(Permission.FULFILMENT_WORK, known[0].node)
        actions.resolve(tx, pickup, [CallKind.PICKUP], data, actor=door.actor.id, now=now)
        return views.pickups(tx, ids=[pickup])[0]

    return door.act([pickup, data], work)


@puts("/manifests/{manifest:str}", Permission.FULFILMENT_WORK)
def put_manifest(
    manifest: PathCode, data: JSONBody[AskManifest], door: NamedDependency[Door]
) -> Response[Manifest]:
    """Ask for the list of all that a carrier takes from a node and that is on no list yet."""
    check_address("id", data.id, manifest)
    door.actor.must(Permission.FULFILMENT_WORK, data.node)
    return door.once(
        manifest,
        data,
        lambda tx, now: actions.ask_manifest(tx, data, actor=door.actor.id, now=now),
    )


@reads("/manifests", Permission.FULFILMENT_READ)
def get_manifests(
    door: NamedDependency[Door],
    node: QueryCodes = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Manifest]:
    """Lists of what carriers took, the newest first."""
    after = cursor(page_cursor, 2)
    nodes = door.nodes(Permission.FULFILMENT_READ, node)
    found = door.read(lambda tx: views.manifests(tx, nodes=nodes, after=after, limit=limit + 1))
    return page(found, limit, lambda one: (one.asked_at.isoformat(), one.id))


@puts("/manifests/{manifest:str}/resolution", Permission.FULFILMENT_WORK)
def put_manifest_resolution(
    manifest: PathCode, data: JSONBody[Resolve], door: NamedDependency[Door]
) -> Response[Manifest]:
    """Say whether the carrier has a list that was asked for in vain; if not, it is asked again."""

    def work(tx: Connection, now: datetime) -> Manifest:
        known = views.manifests(tx, ids=[manifest])
        if not known:
            raise NotFound(what="manifest", id=manifest)
        door.actor.must(Permission.FULFILMENT_WORK, known[0].node)
        actions.resolve(tx, manifest, [CallKind.MANIFEST], data, actor=door.actor.id, now=now)
        return views.manifests(tx, ids=[manifest])[0]

    return door.act([manifest, data], work)


@reads("/manifests/{manifest:str}", Permission.FULFILMENT_READ)
def get_manifest(manifest: PathCode, door: NamedDependency[Door]) -> Manifest:
    """A list of what a carrier took, and the document that it is printed as."""
    found = door.read(lambda tx: views.manifests(tx, ids=[manifest]))
    if not found:
        raise NotFound(what="manifest", id=manifest)
    door.actor.must(Permission.FULFILMENT_READ, found[0].node)
    return found[0]


@posts("/customs-goods/batch", Permission.CATALOG_WRITE)
def post_goods(data: JSONBody[GoodsBatch], door: NamedDependency[Door]) -> Response[GoodsSaved]:
    """Say what customs want to know of SKUs: all of it or nothing."""
    door.actor.must_everywhere(Permission.CATALOG_WRITE)

    def save(tx: Connection, now: datetime) -> GoodsSaved:
        del now
        return GoodsSaved(changed=actions.save_goods(tx, data.items, actor=door.actor.id))

    return door.act(data, save)


@reads("/customs-goods", Permission.CATALOG_READ)
def get_goods(
    door: NamedDependency[Door],
    sku: QueryCode = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[CustomsGood]:
    """What customs are told of SKUs, in key order."""
    after = str((cursor(page_cursor, 1) or [""])[0])
    found = door.read(lambda tx: views.goods_page(tx, sku=sku, after=after, limit=limit + 1))
    return page(found, limit, lambda one: (one.sku,))


def _account(tx: Connection, code: str) -> tuple[Account, int]:
    found = views.account(tx, code)
    if found is None:
        raise NotFound(what="account", id=code)
    return found


routes = [
    get_accounts,
    get_account,
    put_account,
    get_health,
    get_offers,
    post_labels,
    get_labels,
    get_label,
    put_label_cancellation,
    put_label_resolution,
    put_pickup,
    get_pickups,
    put_pickup_resolution,
    put_manifest,
    put_manifest_resolution,
    get_manifests,
    get_manifest,
    post_goods,
    get_goods,
]
