"""A customer follows an order by its link: what they see, what they do, and what nobody else may."""

import re
from datetime import timedelta

import pytest
from msgspec import structs

import world
from caller import calling
from noria.kit import clock
from noria.kit.auth import Permission
from noria.messages import actions, letters, outbox_rules, rules, views
from noria.messages.outbox_model import Due, MessageKind
from noria.orders.model import Recipient
from world import MONDAY

CAMILLE = Recipient(name="Camille Martin", street="3 rue des Lilas", email="c@example.com")


def ordered(tx):
    """Two mugs come from one node and a cup from another."""
    clock.start_driving(tx, MONDAY)
    world.build(tx)
    world.shelve(tx, "PAR", mug=5)
    world.shelve(tx, "LYS", cup=5)
    world.accept(tx, structs.replace(world.order(mug=2, cup=1), recipient=CAMILLE))


@pytest.fixture
def client(db):
    with db.transaction() as tx:
        ordered(tx)
    with calling(db) as client:
        yield client


def link(client, order="o1"):
    url = client.get(f"/v1/orders/{order}/link").json()["url"]
    assert url.startswith("http")
    return url[url.index("/t/") :]


def open_(client, path, **more):
    return client.get(path, headers={"Authorization": ""}, **more)


def send(client, path, **form):
    return client.post(path, headers={"Authorization": ""}, data=form)


def text(answer):
    body = answer.text.split("</style>")[-1]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def written(kind, facts, part, language="en"):
    """The letter to the customer about that part of what is known of the order."""
    return letters.letter(
        kind, rules.telling(facts, MONDAY), part=part, key="m", to="c@example.com",
        url="https://shop.example/t/x", language=language, facts=facts,
    )  # fmt: skip


def test_they_see_where_it_is_and_nothing_about_who_they_are(client, db):
    here = link(client)
    shown = open_(client, here)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "Your order comes" in text(shown)
    assert "Being prepared" in text(shown)
    for name in ("Camille", "Lilas", "example.com", "PAR", "LYS"):
        assert name not in shown.text, "a link is passed on; our nodes are nobody's business"
    policy = shown.headers["content-security-policy"]
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "no-store" in shown.headers["cache-control"]
    french = open_(client, here, params={"language": "fr", "utm_source": "mail"})
    assert "Votre commande arrive" in text(french)
    assert '<html lang="fr">' in french.text
    asked = client.get(here, headers={"Accept-Language": "fr", "Authorization": ""})
    assert "Votre commande arrive" in text(asked)
    with db.transaction() as tx:
        world.send(tx, "o1.1", now=MONDAY + timedelta(days=1))
        world.send(tx, "o1.2", now=MONDAY + timedelta(days=1))
    assert "Your order came on Tuesday 24 November" in text(open_(client, here))


def test_a_link_that_was_renewed_or_made_up_shows_nothing(client, db):
    first = link(client)
    assert link(client) == first, "the same each time it is asked for"
    renewed = client.put("/v1/orders/o1/link-renewals/r1", json=None)
    assert renewed.status_code == 200
    assert client.put("/v1/orders/o1/link-renewals/r1", json=None).json() == renewed.json()
    second = link(client)
    assert renewed.json()["url"].endswith(second)
    for path in (first, first + "/cancel", first + "/report", second[:-1], "/t/o1", "/t/%20"):
        refused = open_(client, path)
        assert refused.status_code == 404, path
        assert "This link leads to no order." in text(refused)
    assert open_(client, second).status_code == 200
    assert client.get("/v1/orders/o9/link").status_code == 404
    with db.transaction() as tx:
        actions.renew_all_links(tx, b"x" * 32)
    assert open_(client, second).status_code == 404
    assert open_(client, link(client)).status_code == 200


def test_they_cancel_what_has_not_left_and_once(client, db):
    here = link(client)
    with db.transaction() as tx:
        world.send(tx, "o1.1", now=MONDAY)
    asked = open_(client, here + "/cancel")
    assert "Yes, cancel it" in text(asked)
    assert "taken out of the order: 2 units." in text(asked)
    done = send(client, here + "/cancel")
    assert "It is cancelled." in text(done)
    again = send(client, here + "/cancel")
    assert (again.status_code, "It has left already" in text(again)) == (200, True)
    assert "Yes, cancel it" not in text(open_(client, here + "/cancel"))
    told = client.get("/v1/orders/o1/timeline").json()["items"]
    assert [(one["kind"], one["actor"]) for one in told if one["kind"] == "cancelled"] == [
        ("cancelled", "customer:link")
    ]
    with db.transaction() as tx:
        assert world.audit(tx) == []


def test_they_report_a_problem_and_a_person_settles_it(client):
    here = link(client)
    form = open_(client, here + "/report")
    report_id = re.search(r'name="id" value="([^"]+)"', form.text)[1]
    wrong = send(client, here + "/report", id=report_id, trouble="nonsense", words="<b>help</b>")
    assert "Please choose what happened" in text(wrong)
    assert "&lt;b&gt;help&lt;/b&gt;" in wrong.text, "what they wrote is still there, as text"
    told = {"id": report_id, "trouble": "damaged", "words": "The handle is off"}
    for _ in range(2):
        assert "Somebody looks into it" in text(send(client, here + "/report", **told))
    [report] = client.get("/v1/reports", params={"open": True}).json()["items"]
    assert (report["order"], report["trouble"], report["words"]) == (
        "o1",
        "damaged",
        "The handle is off",
    )
    rows = client.get("/v1/exceptions", params={"kind": "order.reported"}).json()["items"]
    assert [(row["subject"], row["owner"]) for row in rows] == [("order:o1", "operations")]
    settled = client.put(
        f"/v1/reports/{report_id}/settlement", json={"answer": "a new one is sent"}
    )
    assert settled.json()["settled_by"].startswith("key:")
    assert settled.json()["settled_name"] == "tests", "people read who it was, not an id"
    again = client.put(f"/v1/reports/{report_id}/settlement", json={"answer": "another"})
    assert again.status_code == 409
    assert client.get("/v1/reports", params={"open": True}).json()["items"] == []
    assert client.get("/v1/exceptions", params={"kind": "order.reported"}).json()["items"] == []
    assert client.get("/v1/reports/none").status_code == 404
    assert "What we answered" not in text(open_(client, here)), "it stays in the house"
    for number in range(5):
        send(client, here + "/report", id=f"x{number}", trouble="other", words="")
    late = send(client, here + "/report", id="x9", trouble="other", words="")
    assert "We have 5 reports of this order already" in text(late)


def test_they_read_what_whoever_settled_it_tells_them(db, client):
    here = link(client)
    for key, told in (("r1", "We are <sorry>.\nA new one leaves today."), ("r2", "")):
        send(client, here + "/report", id=key, trouble="damaged", words="")
        settled = {"answer": "sent anew", "told": told}
        assert client.put(f"/v1/reports/{key}/settlement", json=settled).json()["told"] == told
    other = client.put("/v1/reports/r1/settlement", json={"answer": "sent anew", "told": "No."})
    assert other.json()["code"] == "settled-otherwise"
    shown = open_(client, here + "?language=fr")
    assert "Nos réponses" in text(shown)
    assert "Elle est abîmée" in text(shown)
    assert shown.text.count("We are &lt;sorry&gt;.") == 1
    with db.transaction() as tx:
        facts = views.facts(tx, "o1", now=MONDAY)
        assert facts is not None
        due = [one for one in outbox_rules.due(facts, MONDAY) if one.kind == "answered"]
        assert due == [Due("answered", "r1")], "of what nothing is told, nothing is sent"
        letter = written(MessageKind.ANSWERED, facts, "r1")
        told = tx.execute("select data->>'report' from event where type = 'order.answered'")
        assert told.fetchall() == [("r1",)]
    assert letter.subject == "Order o1: our answer to you"
    assert "“It is damaged”. Here is our answer.\nWe are <sorry>.\nA new one" in letter.text
    assert "We are &lt;sorry&gt;." in letter.html


def test_only_who_may_change_orders_gets_links(db, client):
    with calling(db, Permission.STOCK_READ) as other:
        assert other.get("/v1/orders/o1/link").status_code == 403
        assert other.get("/v1/reports").status_code == 403
    with calling(db, Permission.ORDERS_READ) as other:
        assert other.get("/v1/orders/o1/link").status_code == 403, "a link is a customer's hand"
        assert other.put("/v1/orders/o1/link-renewals/r2", json=None).status_code == 403
    with calling(db, Permission.ORDERS_WRITE, nodes=("LYS",)) as other:
        assert other.get("/v1/orders/o1/link").status_code == 403, "it opens any order"
        renewed = other.put("/v1/orders/o1/link-renewals/r3", json=None)
        assert renewed.status_code == 403, "nor does a new one come by another door"


def test_they_withdraw_within_fourteen_days_of_what_came_and_have_a_receipt(client, db):
    here = link(client)
    assert "Withdraw from the contract here" not in text(open_(client, here)), "nothing has left"
    legs = client.get("/v1/orders/o1").json()["legs"]
    with db.transaction() as tx:
        for leg in legs:
            world.send(tx, leg["id"])
    assert "Withdraw from the contract here" in text(open_(client, here))
    asked = open_(client, here + "/withdraw")
    assert "Confirm withdrawal" in text(asked)
    key = re.search(r'name="id" value="([^"]+)"', asked.text)[1]
    nothing = send(client, here + "/withdraw", **{"id": key, "units:mug": "0"})
    assert "Nothing of that can be given back." in text(nothing)
    form = {"id": key, "units:mug": "1", "units:cup": "9", "units:bowl": "1"}
    for _ in range(2):
        assert "We have received your withdrawal" in text(send(client, here + "/withdraw", **form))
    [back] = client.get("/v1/orders/o1/returns").json()["items"]
    assert {line["sku"]: line["quantity"] for line in back["lines"]} == {"mug": 1, "cup": 1}
    assert (back["reason"], back["node"]) == ("withdrawal", "LYS"), "to the first that sent it"
    assert "You withdrew on" in text(open_(client, here))
    left = text(open_(client, here + "/withdraw?language=fr"))
    assert "Confirmer la rétractation" in left
    assert ("Mug" in left, "Cup" in left) == (True, False)
    with db.transaction() as tx:
        told = views.facts(tx, "o1", now=MONDAY)
        assert Due("withdrawn", back["id"]) in outbox_rules.due(told, MONDAY)
        clock.drive(tx, MONDAY + timedelta(days=14))
    assert "Withdraw from the contract here" in text(open_(client, here))
    with db.transaction() as tx:
        clock.drive(tx, MONDAY + timedelta(days=15))
    assert "Withdraw from the contract here" not in text(open_(client, here)), "the time is over"
    late = {"id": "another", "units:mug": "1"}
    assert "Nothing of that can be given back." in text(send(client, here + "/withdraw", **late))
    with db.transaction() as tx:
        assert world.audit(tx) == []


def test_who_withdraws_where_nobody_takes_returns_is_heard_by_a_person(client, db):
    here = link(client)
    legs = client.get("/v1/orders/o1").json()["legs"]
    with db.transaction() as tx:
        for leg in legs:
            world.send(tx, leg["id"])
        tx.execute("update node set does_take_returns = false")
    done = send(client, here + "/withdraw", **{"id": "a1", "units:mug": "1"})
    assert "We have received your withdrawal" in text(done)
    [report] = client.get("/v1/reports?open=true").json()["items"]
    assert report["words"].startswith("1 \N{MULTIPLICATION SIGN} Mug — withdrawal")
    assert "We write to you where to send it." in text(open_(client, here))
    with db.transaction() as tx:
        facts = views.facts(tx, "o1", now=MONDAY)
        assert Due("withdrawn", report["id"]) in outbox_rules.due(facts, MONDAY)
        letter = written(MessageKind.WITHDRAWN, facts, report["id"], "fr")
    assert (
        "1 \N{MULTIPLICATION SIGN} Mug. Nous vous écrirons où l'envoyer. Ce que vous avez payé"
        in letter.text
    )
