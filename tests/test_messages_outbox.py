"""Messages reach a mail server and a port for texts over sockets: once each, or with a reason."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from msgspec import structs
from standardwebhooks import Webhook

import crowd
import postbox
import world
from caller import add_key, calling
from noria.kit import clock
from noria.kit.auth import Permission
from noria.kit.config import load
from noria.messages import asked_actions, jobs, outbox_views, result_actions
from noria.messages import outbox_actions as actions
from noria.messages.asked_model import (
    AskMessage,
    MessageNotTrue,
    MessageUnwanted,
    MessageWaits,
    NoWayToSend,
)
from noria.messages.outbox_model import Choices, Medium, MessageKind, Outcome, State
from noria.messages.result_model import Arrival, ResultBody
from noria.orders import hold_actions, release_actions
from noria.orders import views as orders
from noria.orders.hold_model import HoldBody, HoldKind
from noria.orders.model import Recipient
from test_messages_api import link
from world import ACTOR, MONDAY

CAMILLE = Recipient(name="Camille Martin", email="camille@example.com", phone="+33612345678")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def db(db):
    with db.transaction() as tx:
        clock.start_driving(tx, MONDAY)
        world.build(tx)
        world.shelve(tx, "PAR", mug=5)
        world.accept(tx, structs.replace(world.order(mug=2), recipient=CAMILLE))
    return db


def settings(**more):
    return load({"NORIA_PUBLIC_URL": "https://noria.example", **more})


def told(db):
    with db.transaction() as tx:
        found = outbox_views.messages(tx)
    return sorted((one.kind.value, one.medium.value, one.state, one.attempts) for one in found)


def mail(db, box, **more):
    known = settings(NORIA_SMTP_URL=box.url, NORIA_MAIL_FROM="Shop <shop@example.com>", **more)
    return jobs.tell(db, known, jobs.senders(known))


def test_a_customer_hears_of_each_step_once_in_their_language(db):
    with postbox.mailbox() as box:
        assert mail(db, box) == 1
        first = box.mails[0]
        assert (first["To"], first["From"]) == ("camille@example.com", "Shop <shop@example.com>")
        assert first["Subject"] == "Commande o1\u202f: merci"
        text = first.get_body(("plain",)).get_content()
        assert "https://noria.example/t/o1~" in text
        assert "2 \u00d7 Mug" in text
        assert "Suivre votre commande" in first.get_body(("html",)).get_content()
        assert mail(db, box) == 0, "nothing is told twice"
        with db.transaction() as tx:
            actions.choose(tx, "o1", Choices(language="en"), actor=ACTOR, now=MONDAY)
            world.pick(tx, "o1.1")
            world.ship(tx, "o1.1", now=MONDAY)
        assert mail(db, box) == 1
        assert box.mails[1]["Subject"] == "Order o1 is on its way"
        with db.transaction() as tx:
            world.deliver(tx, "o1.1", now=MONDAY)
        assert mail(db, box) == 1
        assert [one["Subject"] for one in box.mails][2] == "Order o1 has come"


def test_a_mail_server_that_fails_is_tried_again_and_one_that_refuses_is_not(db):
    with postbox.mailbox() as box:
        box.hangs_up = 1
        assert mail(db, box) == 0
        assert told(db) == [("confirmed", "email", State.WAITING, 1)]
        assert mail(db, box) == 0, "not before its time"
        with db.transaction() as tx:
            clock.drive(tx, MONDAY + timedelta(minutes=2))
        assert mail(db, box) == 1
        assert told(db) == [("confirmed", "email", State.SENT, 2)]
        box.refuses_with = 550
        with db.transaction() as tx:
            world.cancel(tx, "o1")
        assert mail(db, box) == 0
        assert told(db)[0] == ("cancelled", "email", State.FAILED, 1)


def test_what_was_overtaken_before_it_could_be_sent_is_dropped(db):
    with postbox.mailbox() as box:
        box.hangs_up = 1
        mail(db, box)
        with db.transaction() as tx:
            world.cancel(tx, "o1")
            clock.drive(tx, MONDAY + timedelta(minutes=2))
        assert mail(db, box) == 1
        assert [one["Subject"] for one in box.mails] == ["Commande o1\u202f: annulée"]
        assert ("confirmed", "email", State.DROPPED, 2) in told(db)


def test_what_a_hold_overtook_is_told_once_it_is_lifted(db):
    held = HoldBody(order="o1", kind=HoldKind.MANUAL, reason="a call")
    with postbox.mailbox() as box:
        box.hangs_up = 1
        mail(db, box)
        with db.transaction() as tx:
            hold_actions.place(tx, "h1", held, actor=ACTOR, now=MONDAY)
            clock.drive(tx, MONDAY + timedelta(minutes=2))
        assert mail(db, box) == 0
        assert told(db) == [("confirmed", "email", State.DROPPED, 2)]
        with db.transaction() as tx:
            release_actions.lift(
                tx, "h1", because="all is well", actor=ACTOR, now=MONDAY, must=lambda _: None
            )
        assert mail(db, box) == 1
        assert [one["Subject"] for one in box.mails] == ["Commande o1\u202f: merci"]
        assert mail(db, box) == 0


def test_texts_are_signed_and_wait_for_the_morning(db, monkeypatch):
    monkeypatch.setenv("NORIA_SECRET_SMS", SECRET)
    with postbox.texts() as (url, got):
        known = settings(NORIA_SMS_URL=url, NORIA_WEBHOOK_ALLOW_PRIVATE="true")
        with db.transaction() as tx:
            actions.choose(tx, "o1", Choices(email=False, sms=True), actor=ACTOR, now=MONDAY)
            tx.execute("update leg set arrives_on = arrives_on + 9 where order_id = 'o1'")
            clock.drive(tx, MONDAY.replace(hour=21, minute=30))
        ways = jobs.senders(known)
        assert jobs.tell(db, known, ways) == 0, "it is late at night in Paris"
        with db.transaction() as tx:
            clock.drive(tx, MONDAY + timedelta(days=1))
        assert jobs.tell(db, known, ways) == 1
    [(headers, body)] = got
    sent = Webhook(SECRET).verify(body, {name.lower(): value for name, value in headers.items()})
    assert sent["to"] == "+33612345678"
    assert "plus tard que prévu" in sent["text"]
    assert "https://noria.example/t/o1~" in sent["text"], "where to see more"


def test_one_port_takes_what_goes_by_chat_and_to_the_app(db, monkeypatch):
    monkeypatch.setenv("NORIA_SECRET_MESSAGES", SECRET)
    with postbox.texts() as (url, got):
        known = settings(NORIA_MESSAGE_URL=url, NORIA_WEBHOOK_ALLOW_PRIVATE="true")
        with db.transaction() as tx:
            chosen = Choices(email=False, sms=True, chat=True, push=True)
            actions.choose(tx, "o1", chosen, actor=ACTOR, now=MONDAY)
            tx.execute("update leg set arrives_on = arrives_on + 9 where order_id = 'o1'")
        assert jobs.tell(db, known, jobs.senders(known)) == 2
    sent = {}
    for headers, body in got:
        lowered = {name.lower(): value for name, value in headers.items()}
        one = Webhook(SECRET).verify(body, lowered)
        sent[one["channel"]] = one["to"], one["subject"]
        assert "plus tard que prévu" in one["text"]
    late = "Commande o1\u202f: "
    assert {how: to for how, (to, _) in sent.items()} == {"chat": "+33612345678", "push": "c1"}
    assert all(subject.startswith(late) for _, subject in sent.values())


def test_without_a_way_out_nothing_piles_up(db):
    known = settings()
    assert jobs.tell(db, known, jobs.senders(known)) == 0
    with postbox.mailbox() as box:
        assert mail(db, box) == 0, "old news is no news"
        with db.transaction() as tx:
            world.pick(tx, "o1.1")
            world.ship(tx, "o1.1", now=MONDAY)
        assert mail(db, box) == 2
    assert "camille" not in str(told(db))


def test_choices_messages_and_previews_at_the_door(db):
    with calling(db) as client:
        chosen = {"email": False, "sms": True, "chat": True, "push": False, "language": "fr"}
        assert client.put("/v1/orders/o1/message-choices", json=chosen).json() == chosen
        assert client.put("/v1/orders/o9/message-choices", json=chosen).status_code == 404
        assert client.get("/v1/messages", params={"order": "o1"}).json()["items"] == []
        shown = client.get("/v1/message-previews/delayed", params={"language": "fr"})
        assert "plus tard que prévu" in shown.text
        assert shown.headers["X-Frame-Options"] == "SAMEORIGIN", "the tower shows it in a frame"
        assert client.get("/v1/message-previews/nonsense").status_code == 404


def sending(db, key, kind, medium=Medium.EMAIL, *, part="", media=tuple(Medium)):
    wanted = AskMessage(order="o1", kind=kind, part=part, medium=medium)
    with db.transaction() as tx:
        return asked_actions.send(tx, key, wanted, open_media=media, actor=ACTOR, now=clock.now(tx))


def sendable(db):
    with db.transaction() as tx:
        return asked_actions.sendable(
            tx, "o1", public_url="https://noria.example", open_media=tuple(Medium),
            now=clock.now(tx),
        )  # fmt: skip


def test_a_person_tells_a_customer_what_is_true_and_tells_it_again(db):
    [one] = sendable(db)
    assert (one.kind, one.medium, one.language) == (MessageKind.CONFIRMED, Medium.EMAIL, "fr")
    assert (one.to, one.times, one.subject) == (
        "c…@example.com", 0, "Commande o1\u202f: merci",
    )  # fmt: skip
    sending(db, "m1", MessageKind.CONFIRMED)
    with pytest.raises(MessageWaits):
        sending(db, "m2", MessageKind.CONFIRMED)
    with postbox.mailbox() as box:
        assert mail(db, box) == 1, "told by a person, it is not told by itself as well"
        sending(db, "m3", MessageKind.CONFIRMED)
        box.refuses_with = 550
        assert mail(db, box) == 0
    [one] = sendable(db)
    assert (one.times, one.is_waiting) == (2, False)
    with db.transaction() as tx:
        found = {one.id: (one.state, one.result, one.asked_by) for one in
                 outbox_views.messages(tx, order="o1")}  # fmt: skip
        timeline = [(one.kind, one.reason, one.cause) for one in orders.timeline(tx, "o1")]
    assert found["m1"] == (State.SENT, "accepted by the mail server", ACTOR)
    assert found["m3"] == (State.FAILED, "SMTP 550", ACTOR)
    assert timeline[-2:] == [
        ("messaged", "confirmed: email", "message:m1"),
        ("messaged", "confirmed: email", "message:m3"),
    ]


def test_what_became_of_a_message_is_told_by_whoever_carries_it(db):
    def tell(outcome, minute, message, *, says="", status=200):
        body = {"outcome": outcome, "at": f"2026-11-23T09:{minute:02}:00Z", "says": says}
        answer = client.put(f"/v1/message-results/{message}", json=body, headers=carrier)
        assert answer.status_code == status, answer.text
        return answer.json()

    def failed():
        return client.get("/v1/exceptions?kind=message.failed").json()["items"]

    with postbox.mailbox() as box:
        ways = {"NORIA_SMTP_URL": box.url, "NORIA_MAIL_FROM": "shop@example.com"}
        mail(db, box)
        [first] = [one["Message-ID"][1:].partition("@")[0] for one in box.mails]
        with db.transaction() as tx:
            clock.drive(tx, MONDAY + timedelta(minutes=30))
        key = add_key(db, (Permission.MESSAGES_REPORT,))
        carrier = {"Authorization": f"Bearer {key}"}
        with calling(db, **ways) as client:
            assert client.get("/v1/messages", headers=carrier).status_code == 403, "it only tells"
            assert tell("bounced", 59, first, status=422)["code"] == "from-the-future"
            assert tell("delivered", 5, "nobody", status=404)["code"] == "not-found"
            back = tell("bounced", 9, first, says="550 <camille@example.com> unknown")
            assert (back["state"], back["result"]) == ("failed", "came back: 550 … unknown")
            assert tell("bounced", 9, first) == back, "told twice"
            assert tell("delivered", 8, first) == back, "told late"
            [row] = failed()
            assert row["detail"] == "order confirmed by e-mail: came back: 550 … unknown"
            assert (row["subject"], row["money_cents"]) == ("order:o1", 1980)
            again = row["proposal"]
            sent = client.put(again["path"].replace("{id}", "again"), json=again["body"])
            assert sent.status_code == 200, sent.text
            assert failed() == [], "they are told once more"
            assert tell("delivered", 29, "again", status=409)["code"] == "message-not-sent"
            mail(db, box)
            assert tell("delivered", 30, "again")["delivered_at"] == "2026-11-23T09:30:00Z"
            assert failed() == []
        with db.transaction() as tx:
            told = tx.execute("select data from event where type = 'message.failed'").fetchall()
        assert [(one["message"], one["kind"]) for (one,) in told] == [(first, "confirmed")]


def test_what_comes_back_while_its_sending_ends_in_vain_is_told_of_once(db):
    back = ResultBody(outcome=Arrival.BOUNCED, at=MONDAY, says="full")
    vain = Outcome(is_sent=False, is_final=True, told="SMTP 550")
    db.run(lambda tx: actions.plan(tx, now=MONDAY, is_sending=True))
    [key] = db.run(lambda tx: actions.claim(tx, now=MONDAY, limit=9))
    with ThreadPoolExecutor(1) as pool, db.transaction() as slow:
        result_actions.tell(slow, key, back, now=MONDAY)
        settling = pool.submit(db.run, lambda tx: actions.settle(tx, key, vain, now=MONDAY))
        crowd.until_somebody_waits(db)
    settling.result()
    with db.transaction() as tx:
        heard = tx.execute("select data from event where type = 'message.failed'").fetchall()
    assert [one["result"] for (one,) in heard] == ["came back: full"]


def test_what_a_customer_does_not_want_or_is_not_so_is_not_told(db):
    for because, key, wanted, refusal in [
        ("it has not come", "m1", (MessageKind.DELIVERED,), MessageNotTrue),
        ("of a leg that there is not", "m1", (MessageKind.CONFIRMED, Medium.EMAIL), MessageNotTrue),
        ("no text without a yes", "m1", (MessageKind.CONFIRMED, Medium.SMS), MessageUnwanted),
    ]:
        part = "o1.9" if "leg" in because else ""
        with pytest.raises(refusal):
            sending(db, key, *wanted, part=part)
    with pytest.raises(NoWayToSend):
        sending(db, "m1", MessageKind.CONFIRMED, media=())
    with db.transaction() as tx:
        actions.choose(tx, "o1", Choices(email=False, sms=True), actor=ACTOR, now=MONDAY)
        tx.execute("update leg set arrives_on = arrives_on + 9 where order_id = 'o1'")
        clock.drive(tx, MONDAY.replace(hour=21, minute=30))
    [one] = sendable(db)
    assert (one.kind, one.medium, one.to) == (MessageKind.DELAYED, Medium.SMS, "…5678")
    assert one.goes_at == (MONDAY + timedelta(days=1)).replace(hour=7), "eight in Paris"
    said = sending(db, "m4", one.kind, one.medium, part=one.part)
    assert said.due_at == one.goes_at
    with calling(db) as client:
        assert client.get("/v1/orders/o1/sendable-messages").json() == {"items": [], "next": None}
        look = client.get(
            "/v1/orders/o1/message-previews/delayed", params={"part": one.part, "language": "en"}
        )
        assert "later than" in look.text
        assert "/t/example" in look.text
        assert "/t/o1~" not in look.text
        body = {"order": "o1", "kind": "delayed", "part": one.part, "medium": "sms"}
        refused = client.put("/v1/message-sendings/m5", json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "no-way-to-send")


def test_who_is_told_that_it_is_late_chooses_to_wait_or_to_cancel(db):
    with db.transaction() as tx:
        tx.execute("update leg set arrives_on = arrives_on + 9")
    with postbox.mailbox() as box, calling(db) as client:
        mail(db, box)
        late = next(one for one in box.mails if "plus tard" in one["Subject"])
        letter = late.get_body(("plain",)).get_content()
        assert "Je préfère attendre" in letter
        ways = [line for line in letter.split() if "/t/o1~" in line]
        paths = [line.partition("?")[0].rpartition("/")[2] for line in ways]
        assert paths[:3] == ["wait", "cancel", "place"]
        here = ways[0][ways[0].index("/t/") :]
        assert "Je préfère attendre" in client.get(here).text
        with db.transaction() as tx:
            assert "delay_accepted" not in kinds(tx), "a link that is opened does nothing"
        for _ in range(2):
            assert "Merci de patienter" in client.post(here).text
        with db.transaction() as tx:
            assert kinds(tx).count("delay_accepted") == 1
        assert "Je préfère attendre" not in client.get(here).text
        mail(db, box)
        assert sum("plus tard" in one["Subject"] for one in box.mails) == 1


def kinds(tx):
    return [one.kind for one in orders.order(tx, "o1").timeline]


def test_orders_that_are_divided_or_put_together_are_not_cancelled_for_their_customer(db):
    with db.transaction() as tx:
        world.accept(tx, structs.replace(world.order("o2", mug=1), recipient=CAMILLE))
    with postbox.mailbox() as box, calling(db) as client:
        assert mail(db, box) == 2
        chosen = {"email": True, "sms": False, "language": "en"}
        client.put("/v1/orders/o1/message-choices", json=chosen)
        some = {"order": "o1", "new_order": "o3", "lines": [{"line": 1, "quantity": 1}]}
        assert client.put("/v1/order-splits/s1", json={**some, "reason": "soon"}).is_success
        put = {"into": "o1", "orders": ["o2"], "reason": "in one box"}
        assert client.put("/v1/order-merges/m1", json=put).is_success
        mail(db, box)
        told = [one["Subject"] for one in box.mails[2:]]
        assert told == ["Order o3: thank you"], "in the language that was chosen for o1"
        for order, says, other in (
            ("o1", "Part of this order goes its own way", "o3"),
            ("o2", "Your order goes on as part of another one.", "o1"),
        ):
            page = client.get(link(client, order))
            assert says in page.text
            assert "Cancelled" not in page.text
            assert f'href="/t/{other}~' in page.text
