"""Build the demonstration chain in an empty installation, with the verbs that anybody uses."""

from datetime import date, datetime, time

from msgspec import Struct, structs

from noria.catalog import actions as catalog
from noria.catalog.model import Channel, Sku
from noria.kit import clock
from noria.kit.auth import SYSTEM, Permission, Role
from noria.kit.db import Connection, Database, row
from noria.kit.errors import Kind, Refusal, Text
from noria.lab.chain import chain
from noria.lab.model import Chain, History, Opening, midnight
from noria.lab.stocking import assortment, opening_stock
from noria.network import actions as network
from noria.network import tariff_actions as prices
from noria.network.communes import areas
from noria.network.model import Departure, Node, NodeKind, Service
from noria.partners import actions as partners
from noria.partners import feed_actions as feeds
from noria.partners import feed_views
from noria.partners.feed_model import FeedPlan
from noria.partners.model import Partner, PartnerKind
from noria.people import actions as people
from noria.people import views as everybody
from noria.people.model import Grant, KeyWish, Profile
from noria.stock import actions as stock
from noria.stock.model import Counted
from noria.supply import actions as supply

CHANNEL = "web"
FEED_DAYS = 4
"""Feeds come on Mondays and Thursdays: one is expected after four days at the latest."""

MAKERS = (NodeKind.PRINTER, NodeKind.MAKER)
FEEDING = (NodeKind.SUPPLIER, NodeKind.MARKETPLACE)
PARTNERS = {
    NodeKind.SUPPLIER: PartnerKind.SUPPLIER,
    NodeKind.PRINTER: PartnerKind.PRINTER,
    NodeKind.THIRD_PARTY: PartnerKind.THIRD_PARTY,
    NodeKind.MARKETPLACE: PartnerKind.MARKETPLACE,
}
GIFT_CARD = Sku(
    code="GIFT-CARD", name="Gift card by e-mail", price_cents=2500, cost_cents=2500, is_digital=True
)
AT_ONCE = Service(code="AT-ONCE", carrier="email", name="By e-mail", chance=0.99)
CLOUD = Node(
    code="CLOUD",
    name="Livraison numérique",
    kind=NodeKind.DIGITAL,
    country="FR",
    postcode="45000",
    town="Orléans",
    latitude=47.9,
    longitude=1.9,
    departures=(Departure(service=AT_ONCE.code, weekday=0, cut_off=time(12)),),
)
SLICE = 1000
DEMO_PASSWORD = "noria-demo-2011"  # noqa: S105 - printed on the screen of whoever runs the demo
DEMO_PEOPLE = (
    ("director@demo.example", "Claire, director", Role.DIRECTOR, None),
    ("operations@demo.example", "Karim, operations", Role.OPERATIONS, None),
    ("planner@demo.example", "Inès, planner", Role.PLANNER, None),
    ("lyon@demo.example", "Marc, manager in Lyon", Role.STORE_MANAGER, ("LYON",)),
    ("lille@demo.example", "Zoé, associate in Lille", Role.STORE_ASSOCIATE, ("LILLE",)),
)


class Story(Struct, frozen=True, kw_only=True):
    """Which history an installation lives through; `source` is the file, `built-in` for ours.

    `carriers` is how troubled those are that take its boxes; off: there are none.
    """

    source: str
    month: str
    seed: int
    step_minutes: int
    carriers: str = "off"


class InUse(Refusal):
    code = "installation-in-use"
    kind = Kind.CONFLICT
    says = Text(
        "This installation holds real data: a replay would mix with it.",
        "Cette installation contient des données réelles\u202f: un rejeu s'y mélangerait.",
    )
    do = Text(
        "Point DATABASE_URL or NORIA_HOME at an empty place.",
        "Indiquez un endroit vide par DATABASE_URL ou NORIA_HOME.",
    )


class OtherStory(Refusal):
    code = "another-replay-here"
    kind = Kind.CONFLICT
    says = Text(
        "This installation lives through {month} with seed {seed}, from {source}, carriers"
        " {carriers}.",
        "Cette installation rejoue {month}, graine {seed}, depuis {source}, transporteurs"
        " {carriers}.",
    )
    do = Text(
        "Go on with that one, or start again with --fresh, which erases it.",
        "Continuez celui-ci, ou recommencez avec --fresh, qui l'efface.",
    )


def begin(db: Database, story: Story) -> None:
    """Set the clock of an empty installation to a story's eve, or find that it goes on with it.

    A worker must not have seen today before: what it has told of days gone by, it tells no more.

    Raises:
        InUse: there is something here that no replay has made.
        OtherStory: another replay lives here.
    """
    with db.transaction() as tx:
        if not _is_built(tx, story):
            clock.start_driving(tx, _eve(story))


def prepare(db: Database, history: History, story: Story) -> Chain:
    """The chain on the eve of its month; built once, then found again.

    Raises:
        InUse, OtherStory: as `begin` says.
    """
    made = chain(story.seed)
    with db.transaction() as tx:
        if not _is_built(tx, story):
            _build(tx, history, made, story)
    return made


def wipe(url: str) -> None:
    """Erase the replay that lives in a database, and everything with it.

    Raises:
        InUse: there is something here that no replay has made.
    """
    db = Database(url, pool_size=1)
    try:
        with db.transaction() as tx:
            is_known = tx.execute("select to_regclass('replay') is not null").fetchone()
            if is_known and is_known[0]:
                if (
                    not tx.execute("select 1 from replay").fetchone()
                    and tx.execute("select 1 from sku limit 1").fetchone()
                ):
                    raise InUse
                tx.execute("drop schema public cascade")
                tx.execute("create schema public")
    finally:
        db.close()


def make_key(db: Database, name: str, permissions: tuple[Permission, ...]) -> str:
    """A key of the machine's own, in the clear; it is kept nowhere."""
    wish = KeyWish(name=name, permissions=permissions, nodes=None)
    with db.transaction() as tx:
        token = people.add_key(tx, wish, actor=SYSTEM, now=clock.wall()).token
    assert token is not None, "a key that was just made is shown"
    return token


def finish(db: Database) -> None:
    """Say that the story has come to its end."""
    with db.transaction() as tx:
        tx.execute("update replay set finished_at = now() where finished_at is null")


def invite(db: Database) -> None:
    """Somebody for each role, with a password that the demonstration shows."""
    with db.transaction() as tx:
        known = {person.email for person in everybody.people(tx, limit=1000)}
        for email, name, role, nodes in DEMO_PEOPLE:
            if email not in known:
                people.add_person(
                    tx,
                    Profile(email=email, name=name),
                    DEMO_PASSWORD,
                    [Grant(role=role, nodes=nodes)],
                    actor=SYSTEM,
                    now=clock.wall(),
                )


def hurry(db: Database) -> None:
    """Partners of a demonstration send their feeds daily: one that stops is soon missed."""
    with db.transaction() as tx:
        now = clock.now(tx)
        for partner in [one.partner for one in feed_views.pulses(tx)]:
            _, plan = feeds.plan_of(tx, partner)
            daily = structs.replace(plan, every_minutes=24 * 60)
            feeds.save_plan(tx, daily, partner=partner, actor=SYSTEM.id, now=now)


def first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _eve(story: Story) -> datetime:
    return midnight(first_day(story.month))


def _is_built(tx: Connection, story: Story) -> bool:
    known = row(tx, Story, "select source, month, seed, step_minutes, carriers from replay")
    if known is not None and known != story:
        raise OtherStory(
            month=known.month, seed=known.seed, source=known.source, carriers=known.carriers
        )
    if known is None and tx.execute("select 1 from sku limit 1").fetchone():
        raise InUse
    return known is not None


def _build(tx: Connection, history: History, made: Chain, story: Story) -> None:
    begins = _eve(story)
    tx.execute(
        "insert into replay (source, month, seed, step_minutes, carriers)"
        " values (%s, %s, %s, %s, %s)",
        [story.source, story.month, story.seed, story.step_minutes, story.carriers],
    )
    actor = SYSTEM.id
    for start in range(0, len(history.skus), SLICE):
        catalog.save(tx, history.skus[start : start + SLICE], actor=actor, now=begins)
    catalog.save_channel(tx, Channel(code=CHANNEL, name="Web shop"), actor=actor)
    network.save_areas(tx, areas(), actor=actor, now=begins)
    network.save_services(tx, made.services, actor=actor, now=begins)
    prices.add_zonings(tx, made.zonings, actor=actor, now=begins)
    prices.add_tariffs(tx, made.tariffs, actor=actor, now=begins)
    network.save_nodes(tx, made.nodes, actor=actor, now=begins)
    network.save_lanes(tx, made.lanes, actor=actor, now=begins)
    carried = assortment(made, history, begins.date()).carried
    makers = {node.code for node in made.nodes if node.kind in MAKERS}
    for maker in sorted(makers):
        supply.set_made(tx, maker, carried[maker])
    lying = opening_stock(made, history, begins.date(), story.seed)
    _shelve(tx, [one for one in lying if one.node not in makers], begins)
    _invite_partners(tx, made, begins)
    _sell_digital(tx, begins)


def _invite_partners(tx: Connection, made: Chain, begins: datetime) -> None:
    """Whose stock the chain sells: each with its node, and how its feed is read."""
    for node in made.nodes:
        if node.kind not in PARTNERS:
            continue
        partner = Partner(
            code=node.code, name=node.name, kind=PARTNERS[node.kind], nodes=(node.code,)
        )
        partners.save(tx, partner, actor=SYSTEM.id, now=begins)
        if node.kind in FEEDING:
            plan = FeedPlan(every_minutes=FEED_DAYS * 24 * 60, loss_percent=100)
            feeds.save_plan(tx, plan, partner=node.code, actor=SYSTEM.id, now=begins)


def _sell_digital(tx: Connection, begins: datetime) -> None:
    """A gift card that nobody packs, and the node that delivers it."""
    catalog.save(tx, [GIFT_CARD], actor=SYSTEM.id, now=begins)
    network.save_services(tx, [AT_ONCE], actor=SYSTEM.id, now=begins)
    network.save_nodes(tx, [CLOUD], actor=SYSTEM.id, now=begins)
    supply.set_made(tx, CLOUD.code, [GIFT_CARD.code])


def _shelve(tx: Connection, lying: list[Opening], begins: datetime) -> None:
    for node in sorted({one.node for one in lying}):
        lines = [Counted(sku=one.sku, quantity=one.quantity) for one in lying if one.node == node]
        stock.count(
            tx,
            f"opening-{node}",
            node,
            lines,
            counted_at=begins,
            actor=SYSTEM.id,
            now=begins,
        )
