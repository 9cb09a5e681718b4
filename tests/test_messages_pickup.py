"""A customer collects in a store: what the page and the mails tell, and what they do by their link."""

from datetime import timedelta

import pytest
from msgspec import structs

import postbox
import world
from caller import calling
from noria.collect import actions as collect
from noria.collect import keep_actions as keep
from noria.collect import views
from noria.collect.hand_over_actions import hand_over
from noria.collect.model import HandOverBody, Ready, Spot, Way
from noria.kit import clock
from noria.messages.letters import example
from noria.messages.outbox_model import MessageKind
from noria.network import actions as network
from noria.network.model import Lane
from noria.orders import refund_actions, refund_views
from noria.orders import views as orders
from noria.orders.model import Delivery, Payment
from noria.orders.refund_model import RefundPaid
from noria.promise.delivery.model import OptionKind
from test_messages_api import CAMILLE, link, open_, send, text
from test_messages_outbox import mail
from world import ACTOR, MONDAY

AT_SHOP = Delivery(option=OptionKind.PICK_UP, store="SHOP")
READY = Ready(id="o1.1", spot=Spot(name="A-12"))
DAY = timedelta(days=1)


@pytest.fixture
def shop(db):
    with db.transaction() as tx:
        clock.start_driving(tx, MONDAY)
        world.build(tx)
        world.amend(tx, "LYS", does_hand_over=True)
        network.save_lanes(
            tx, [Lane(source="SHOP", target="LYS", transit_days=1)], actor=ACTOR, now=MONDAY
        )
        world.shelve(tx, "SHOP", mug=5)
        new = structs.replace(world.order(mug=2), delivery=AT_SHOP, recipient=CAMILLE)
        world.accept(tx, new)
    return db


@pytest.fixture
def client(shop):
    with calling(shop) as client:
        yield client


def test_they_read_in_which_street_the_store_is(client, shop):
    with shop.transaction() as tx:
        world.amend(tx, "SHOP", street="2 rue Neuve")
    assert ", 2 rue Neuve, " in text(open_(client, link(client)))


def made_ready(db):
    with db.transaction() as tx:
        world.pick(tx, "o1.1")
        collect.ready(tx, [READY], actor=ACTOR, now=MONDAY)
        return views.held(tx, "o1", "SHOP")


def test_the_page_says_when_it_is_ready_then_the_code_and_the_hours(client, shop):
    here = link(client)
    before = open_(client, here)
    assert "Your order is ready on Monday 23 November at 11:00." in text(before)
    assert "data:image/svg" not in before.text
    held = made_ready(shop)
    shown = open_(client, here)
    assert "Your order waits for you at Shop, 75001 Paris." in text(shown)
    assert f"{held.code[:3]} {held.code[3:6]} {held.code[6:]}" in text(shown)
    assert "data:image/svg+xml;base64," in shown.text
    assert "Monday 23 Nov 07:00" not in text(shown)
    assert "06:00 \N{EN DASH} 22:00" in text(shown)
    assert "<script" not in shown.text
    assert len(shown.content) < 30_000
    assert "Camille" not in shown.text
    french = open_(client, here, params={"language": "fr"})
    assert "Votre commande vous attend" in text(french)
    assert "6 h 00" in text(french)


def test_they_say_that_they_come_and_who_else_may(client, shop):
    here = link(client)
    made_ready(shop)
    assert "When do you come" in text(open_(client, here + "/coming"))
    wrong = send(client, here + "/coming", in_minutes="7")
    assert "Please choose when you come." in text(wrong)
    told = send(client, here + "/coming", in_minutes="15", vehicle="AB-123-CD", bay="3")
    assert "The store knows" in text(told)
    assert "Please write a first" in text(send(client, here + "/proxy", name="Sacha"))
    assert "They may collect it" in text(send(client, here + "/proxy", name="Sacha Petit"))
    assert "Sacha" not in open_(client, here).text, "a link is passed on"
    [one] = client.get("/v1/collections?node=SHOP").json()["items"]
    assert (one["notice"]["vehicle"], one["proxy"]) == ("AB-123-CD", "Sacha Petit")


def test_they_have_it_kept_longer_once(client, shop):
    here = link(client)
    held = made_ready(shop)
    assert "Keep order o1 3 days longer?" in text(open_(client, here + "/extend"))
    assert "We keep it for you longer" in text(send(client, here + "/extend"))
    assert "We cannot keep it any longer" in text(send(client, here + "/extend"))
    with shop.transaction() as tx:
        assert views.held(tx, "o1", "SHOP").keep_until == held.keep_until + 3 * DAY


def test_they_collect_it_elsewhere_or_have_it_sent_home(client, shop):
    here = link(client)
    made_ready(shop)
    form = open_(client, here + "/place")
    assert "Lys, 75001 Paris" in text(form)
    assert "Please choose a store" in text(send(client, here + "/place", street="3 rue"))
    done = send(client, here + "/place", store="LYS")
    assert "It is changed." in text(done)
    assert "Collect at" in text(done)
    assert "Lys, 75001 Paris" in text(done)
    home = {"street": "3 rue des Lilas", "postcode": "99999", "town": "Paris"}
    assert "We do not know this postcode." in text(send(client, here + "/place", **home))
    done = send(client, here + "/place", **{**home, "postcode": "75001"})
    assert "It is changed." in text(done)
    assert "Your order comes" in text(done)
    assert open_(client, here + "/proxy").status_code == 200
    with shop.transaction() as tx:
        assert orders.order(tx, "o1").store is None
        assert world.audit(tx) == []


def test_what_is_brought_home_goes_to_another_street_or_town_or_to_a_store(client, shop):
    with shop.transaction() as tx:
        world.shelve(tx, "PAR", mug=5)
        express = Delivery(option=OptionKind.HOME_EXPRESS, price_cents=700)
        world.accept(tx, structs.replace(world.order("o2", mug=1), delivery=express))
    here = link(client, "o2")
    assert "Change the address, or collect it in a store" in text(open_(client, here))
    form = open_(client, here + "/place")
    assert ("75001" in form.text, "Have it sent to this address" in text(form)) == (True, True)
    home = {"street": "5 rue B", "postcode": "75001", "town": "paris"}
    assert "the name at the door" in text(send(client, here + "/place", **home))
    home |= {"name": "Sacha Petit"}
    assert "It is changed." in text(send(client, here + "/place", **home))
    with shop.transaction() as tx:
        leg = orders.order(tx, "o2").legs[-1].id
        world.pick(tx, leg)
    assert "Correct the street" in text(open_(client, here))
    late = send(client, here + "/place", store="SHOP")
    assert "It is too late to change this." in text(late)
    assert "5 rue B" not in open_(client, here + "/place").text, "a link is passed on"
    assert "It is changed." in text(send(client, here + "/place", **{**home, "street": "7 rue C"}))
    with shop.transaction() as tx:
        known = tx.execute("select name, street from recipient where order_id = 'o2'").fetchall()
        assert known == [("Sacha Petit", "7 rue C")]
        order = orders.order(tx, "o2")
        assert (order.option, order.delivery_cents) == (OptionKind.HOME_EXPRESS, 700)
        assert len(order.legs) == 1, "another street is no other plan"
        world.accept(tx, world.order("o3", mug=1))
    there = link(client, "o3")
    assert "Collect at" in text(send(client, there + "/place", store="SHOP"))


def test_what_was_handed_over_goes_nowhere_else(client, shop):
    here = link(client)
    made_ready(shop)
    with shop.transaction() as tx:
        told = HandOverBody(order="o1", node="SHOP", way=Way.IDENTITY, identity_seen=True)
        hand_over(tx, "h1", told, actor=ACTOR, now=MONDAY)
    assert "It is too late" in text(send(client, here + "/place", store="LYS"))
    assert "You collected your order on Monday 23 November." in text(open_(client, here))


def test_nothing_is_sent_home_that_is_paid_in_the_store(client, shop):
    with shop.transaction() as tx:
        new = structs.replace(world.order("o2", mug=1), delivery=AT_SHOP, payment=Payment.IN_STORE)
        world.accept(tx, new)
    here = link(client, "o2")
    assert "Have it sent home" not in text(open_(client, here + "/place"))
    assert "You pay in the store." in text(open_(client, here))


def test_mails_tell_the_code_remind_once_and_say_what_became_of_it(shop):
    with postbox.mailbox() as box:
        mail(shop, box)
        held = made_ready(shop)
        assert mail(shop, box) == 1
        ready = box.mails[-1]
        assert ready["Subject"] == "Commande o1\u202f: elle vous attend en magasin"
        plain = ready.get_body(("plain",)).get_content()
        assert held.code[:3] in plain
        assert "Horaires du magasin" in plain
        pictures = [part for part in ready.walk() if part.get_content_type() == "image/png"]
        assert len(pictures) == 1
        assert pictures[0].get_payload(decode=True).startswith(b"\x89PNG")
        later = held.keep_until - DAY
        with shop.transaction() as tx:
            clock.drive(tx, later)
            keep.remind(tx, now=later)
        assert mail(shop, box) == 1
        assert box.mails[-1]["Subject"] == "Commande o1\u202f: elle vous attend encore"
        assert mail(shop, box) == 0
        with shop.transaction() as tx:
            clock.drive(tx, held.keep_until)
            keep.give_up(tx, now=held.keep_until)
        assert mail(shop, box) == 1
        assert box.mails[-1]["Subject"] == "Commande o1\u202f: non retirée"
        with shop.transaction() as tx:
            [due] = refund_views.refunds(tx)
            paid = RefundPaid(made_at=held.keep_until, reference="re_1")
            refund_actions.pay(tx, due.id, paid, actor=ACTOR, now=held.keep_until)
        assert mail(shop, box) == 1
        assert "19,80" in box.mails[-1].get_body(("plain",)).get_content()
        assert mail(shop, box) == 0, "once"


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", MessageKind)
def test_every_message_has_an_example(kind, language):
    shown = example(kind, language, "https://noria.example/t/x")
    assert shown.subject
    assert "{" not in shown.text
    assert bool(shown.picture) is (kind in {MessageKind.READY, MessageKind.PICKUP_REMINDER})
