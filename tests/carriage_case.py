"""An order that is to be sent by a carrier on this machine, for tests of carriage."""

import base64
import itertools
import re
from contextlib import contextmanager
from datetime import timedelta
from xml.sax.saxutils import unescape

import pytest
from msgspec import structs

import carrier_fakes as fakes
import work_list
import world
from caller import database
from noria.carriage import actions, views
from noria.carriage.model import (
    Account,
    AskLabel,
    AskPickup,
    Connector,
    Sender,
)
from noria.connectors.carriers import ports, relay_labels
from noria.connectors.carriers.calls import drain
from noria.kit import clock
from noria.kit.egress import Rules
from noria.orders import edit_actions
from noria.orders.edit_model import EditBody
from noria.orders.model import Destination, NewLine, Recipient
from world import ACTOR, MONDAY

KEY = "whsec_" + base64.b64encode(b"a key that is long enough").decode()
ENVIRON = {"NORIA_SECRET_ANY": KEY, "NORIA_SECRET_RELAY": "PrivateK"}
WALL = MONDAY
RECIPIENT = Recipient(name="Zoé Müller", street="3 rue des Lilas", phone="+33 6 39 98 00 00")
SENDER = Sender(name="Noria Retail", street="1 quai de la Gare")
GENEVA = Destination(country="CH", postcode="1200", town="Genève", latitude=46.2, longitude=6.14)


@contextmanager
def opened(server, template):
    """One retailer for all tests of a file; each has an order and an account of its own."""
    with database(server, template) as shared:

        def make(tx):
            clock.start_driving(tx, MONDAY)
            world.build(tx)
            world.shelve(tx, "PAR", mug=900)

        shared.run(make)
        yield shared


numbers = itertools.count(1)


class Case:
    """An order to be sent, `leg` of it, by an account of its own."""

    def __init__(self, db, url, connector=Connector.WEBHOOK, *, to=world.PARIS,
                 recipient=RECIPIENT, given=0, services=None, **more):  # fmt: skip
        self.db = db
        number = next(numbers)
        self.code, self.order, self.leg = f"c{number}", f"o{number}", f"o{number}.1"
        secrets = {Connector.WEBHOOK: {"secret": "ANY"}, Connector.MONDIAL_RELAY: {"key": "RELAY"}}
        plain = {Connector.MONDIAL_RELAY: {"brand": "BDTEST13"}}
        self.plan = Account(
            code=self.code,
            connector=connector,
            url=url,
            services=services or {"HOME": "std"},
            sender=SENDER,
            settings=plain.get(connector, {}),
            secrets=secrets[connector],
            timeout_s=1,
            settle_s=60,
            **more,
        )
        one = structs.replace(world.order(self.order, mug=2), destination=to, recipient=recipient)
        if given:
            free = NewLine(sku="mug", quantity=given, price_cents=0)
            one = structs.replace(one, lines=(*one.lines, free))

        def make(tx):
            world.accept(tx, one)
            actions.save_account(tx, self.plan, actor=ACTOR, now=MONDAY)

        db.run(make)

    def ask(self, key="l1", box=1, *, chooses=False, **more):
        account = None if chooses else self.code
        one = AskLabel(id=self.key(key), leg=self.leg, box=box, account=account, **more)
        return self.act(actions.ask, [one])[one.id]

    def work(self, *, minutes=0, chooses=False):
        code = None if chooses else self.code
        return drain(self.db, code, connect, wall=lambda: WALL + timedelta(minutes=minutes))

    def label(self, key="l1"):
        return self.db.run(lambda tx: actions.known_label(tx, self.key(key)))

    def key(self, key):
        return f"{self.order}-{key}"

    def act(self, verb, *given, **more):
        return self.db.run(lambda tx: verb(tx, *given, actor=ACTOR, now=MONDAY, **more))

    def edit(self, person):
        body = EditBody(order=self.order, recipient=person, reason="asked for")
        key = f"e{next(numbers)}"
        self.db.run(lambda tx: edit_actions.edit(tx, key, body, actor=ACTOR, now=MONDAY))

    def exceptions(self, kind):
        found = self.db.run(lambda tx: work_list.exceptions(tx, kind=kind))
        return [one for one in found if one.facts.get("carrier") == self.code]

    def health(self):
        return self.db.run(views.health)[self.code]

    def van(self, key):
        return AskPickup(
            id=self.key(key), account=self.code, node="PAR", day=MONDAY.date(),
            ready_from=MONDAY.time(), ready_until=(MONDAY + timedelta(hours=2)).time(),
            boxes=1, weight_g=600,
        )  # fmt: skip


def connect(plan):
    return ports.connected(plan, Rules(is_open=True, timeout_s=plan.timeout_s), ENVIRON)


def relay(fake, method, path, headers, body):
    """Mondial Relay in its own shapes; it checks the signature as its service does."""
    del headers
    if method == "GET":
        return 200, b"%PDF-1.4 a label", {}
    inside = body.decode().partition(relay_labels.SPACE)[2]
    fields = {name: unescape(value) for name, value in re.findall(r"<(\w+)>([^<]*)</\1>", inside)}
    given = fields.pop("Security")
    stat = "0" if given == relay_labels.signature(fields, "PrivateK") else "97"
    number = fake.make(fields["NDossier"], f"{30000000 + len(fake.numbers())}")
    answer = (
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
        f'<WSI2_CreationEtiquetteResponse xmlns="{relay_labels.SPACE}">'
        f"<WSI2_CreationEtiquetteResult><STAT>{stat}</STAT><ExpeditionNum>{number}"
        "</ExpeditionNum><URL_Etiquette>/StickersV3/a.aspx?e=1</URL_Etiquette>"
        "</WSI2_CreationEtiquetteResult></WSI2_CreationEtiquetteResponse>"
        "</soap:Body></soap:Envelope>"
    )
    return 200, answer.encode(), {}


@pytest.fixture(scope="module")
def webhook_server():
    with fakes.serving(fakes.webhook) as served:
        yield served


@pytest.fixture
def carrier(webhook_server):
    webhook_server[0].reset(fakes.webhook)
    return webhook_server[0]


@pytest.fixture
def case(db, carrier, webhook_server):
    return Case(db, webhook_server[1])


@pytest.fixture
def relayed(db, carrier, webhook_server):
    carrier.reset(relay)
    return Case(db, webhook_server[1], Connector.MONDIAL_RELAY)
