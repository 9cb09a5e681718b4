"""A customer withdraws: once, however often they press; heard also where nobody takes returns."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import msgspec
import pytest
from msgspec import structs

import world
from caller import calling
from crowd import PATIENCE_S, until_somebody_waits
from noria.catalog.model import WithdrawalBar
from noria.kit import clock
from noria.messages import rules, views, withdraw_actions
from noria.messages.model import Bar
from noria.messages.outbox_model import MessageKind
from noria.policies.model import Settings
from noria.returns import actions as returns
from noria.returns import views as return_views
from noria.returns.model import NewReturn, Reception, ReturnLine
from test_messages_api import CAMILLE, link, open_, ordered, send, text, written
from test_orders_reroute import live
from world import MONDAY

TIMES = "\N{MULTIPLICATION SIGN}"


@pytest.fixture
def client(db):
    """Two mugs and a cup have come."""
    with db.transaction() as tx:
        ordered(tx)
        world.send(tx, "o1.1")
        world.send(tx, "o1.2")
    with calling(db) as client:
        yield client


def shown(client, here):
    return text(open_(client, here))


def withdraw(client, here, key, **units):
    form = {f"units:{sku}": str(count) for sku, count in units.items()}
    return text(send(client, here + "/withdraw", id=key, **form))


def nobody_takes_returns(db):
    with db.transaction() as tx:
        tx.execute("update node set does_take_returns = false")


@pytest.mark.parametrize("is_taken", [True, False])
def test_who_presses_twice_at_once_withdraws_once_and_sees_no_error(client, db, is_taken):
    token = link(client).removeprefix("/t/")
    if not is_taken:
        nobody_takes_returns(db)

    def press(tx):
        withdraw_actions.withdraw(tx, token, "a1", {"mug": 2}, now=MONDAY)

    with ThreadPoolExecutor(1) as pool:
        with db.transaction() as tx:
            press(tx)
            again = pool.submit(db.run, press)
            until_somebody_waits(db)
        assert again.result(PATIENCE_S) is None
    with db.transaction() as tx:
        assert len(return_views.of_order(tx, "o1")) == (1 if is_taken else 0)
    assert len(client.get("/v1/reports").json()["items"]) == (0 if is_taken else 1)


def test_what_nobody_takes_back_is_withdrawn_once_until_a_person_announces_it(client, db):
    here = link(client)
    nobody_takes_returns(db)
    assert "We have received your withdrawal" in withdraw(client, here, "a1", mug=1)
    assert "We have received your withdrawal" in withdraw(client, here, "a1", mug=1), (
        "pressed twice"
    )
    assert "We have received your withdrawal" in withdraw(client, here, "a2", mug=2)
    reports = client.get("/v1/reports").json()["items"]
    assert [one["words"][:5] for one in reports] == [f"1 {TIMES} M"] * 2, "only one was left"
    assert "Nothing of that" in withdraw(client, here, "a3", mug=1)
    with db.transaction() as tx:
        new = NewReturn(
            order="o1", node="LYS", reason="by hand", lines=(ReturnLine(sku="mug", quantity=2),)
        )
        tx.execute("update node set does_take_returns = true where code = 'LYS'")
        late = MONDAY + timedelta(hours=1)
        returns.announce(tx, "r1", new, actor="person:1", now=late)
        assert world.audit(tx) == []
    assert "Nothing of that" in withdraw(client, here, "a4", mug=1), (
        "announced, and not counted twice"
    )
    with db.transaction() as tx:
        returns.call_off(tx, "r1", reason="lost", actor="person:1", now=late)
    assert "Nothing of that" in withdraw(client, here, "a4", mug=1), "the withdrawal itself stands"
    assert "We have received your withdrawal" in withdraw(client, here, "a4", cup=1)


def test_a_withdrawal_is_heard_however_much_of_the_order_is_reported(client, db):
    here = link(client)
    nobody_takes_returns(db)
    for number in range(5):
        send(client, here + "/report", id=f"x{number}", trouble="other", words="")
    assert "We have received your withdrawal" in withdraw(client, here, "a1", mug=1)


def test_what_was_withdrawn_leaves_room_for_as_many_reports_as_ever(client, db):
    here = link(client)
    nobody_takes_returns(db)
    for number, sku in enumerate(("mug", "mug", "cup")):
        assert "We have received your withdrawal" in withdraw(
            client, here, f"a{number}", **{sku: 1}
        )
    told = []
    for number in range(6):
        form = {"id": f"x{number}", "trouble": "other", "words": ""}
        answer = send(client, here + "/report", **form)
        told.append("reports of this order already" in text(answer))
    assert told == [False] * 5 + [True]


def test_a_withdrawal_is_heard_however_long_the_names_of_its_goods(client, db):
    here = link(client)
    nobody_takes_returns(db)
    many = [f"long{number}" for number in range(20)]
    with db.transaction() as tx:
        tx.execute(
            "insert into sku select (jsonb_populate_record(sku, jsonb_build_object('code', given,"
            " 'name', repeat('long ', 30)))).* from sku, unnest(%s::text[]) as given"
            " where sku.code = 'mug'",
            [many],
        )
        world.shelve(tx, "PAR", **dict.fromkeys(many, 1))
        new = world.order("o2", **dict.fromkeys(many, 1))
        world.accept(tx, structs.replace(new, recipient=CAMILLE))
        world.send(tx, "o2.1")
    here = link(client, "o2")
    told = withdraw(client, here, "a1", **dict.fromkeys(many, 1))
    assert "We have received your withdrawal" in told
    words = client.get("/v1/reports/withdrawal.a1").json()["words"]
    assert len(words) == 2000
    assert words.endswith("… — withdrawal: no node could be found that takes it back")
    assert told.count(f"1 {TIMES} long") == len(many), "the customer reads all of it"


def test_a_withdrawal_is_not_settled_by_one_press(client, db):
    """Who withdrew has to read where the goods go: no fixed words do for that."""
    here = link(client)
    nobody_takes_returns(db)
    withdraw(client, here, "a1", mug=1)
    [row] = client.get("/v1/exceptions", params={"kind": "order.reported"}).json()["items"]
    assert (row["facts"]["is_withdrawal"], row["proposal"]) == (True, None)
    send(client, here + "/report", id="x1", trouble="damaged", words="")
    rows = client.get("/v1/exceptions", params={"kind": "order.reported"}).json()["items"]
    settles = {row["facts"]["report"] for row in rows if row["proposal"]}
    assert settles == {"x1"}


def test_nobody_is_asked_to_send_what_has_come_back_or_was_called_off(client, db):
    here = link(client)
    withdraw(client, here, "a1", mug=1)
    withdraw(client, here, "a2", cup=1)
    assert shown(client, here).count("Please send it within 14 days to") == 2
    with db.transaction() as tx:
        came = Reception(lines=(ReturnLine(sku="mug", quantity=1),))
        returns.receive(tx, "withdrawal.a1", came, actor="person:1", now=MONDAY)
        returns.call_off(tx, "withdrawal.a2", reason="late", actor="person:1", now=MONDAY)
        letters_sent = [receipt(tx, key) for key in ("withdrawal.a1", "withdrawal.a2")]
    told = shown(client, here)
    assert "Please send it within 14 days to" not in told
    assert f"It has come back to us. 1 {TIMES} Mug" in told
    assert "we wait for it no more" in told
    assert "It has come back to us. What you have paid for it is given back." in letters_sent[0]
    assert "given back" not in letters_sent[1]


def test_the_receipt_says_to_which_street_it_goes_back(client, db):
    here = link(client)
    with db.transaction() as tx:
        tx.execute("update node set street = '2 rue Neuve', address_more = 'Bât. A'")
    withdraw(client, here, "a1", mug=1)
    with db.transaction() as tx:
        receipts = [receipt(tx, "withdrawal.a1"), shown(client, here)]
    assert [", 2 rue Neuve, Bât. A, " in told for told in receipts] == [True, True]


def test_who_was_told_where_to_send_it_is_not_told_to_wait_for_that(client, db):
    here = link(client)
    nobody_takes_returns(db)
    withdraw(client, here, "a1", mug=1)
    assert "We write to you where to send it." in shown(client, here)
    answer = {"answer": "told", "told": "Bring it to the shop in Lyon."}
    client.put("/v1/reports/withdrawal.a1/settlement", json=answer)
    told = shown(client, here)
    assert "We write to you where to send it." not in told
    assert "We have answered you" in told


@pytest.mark.parametrize(
    ("bar", "is_digital", "offers", "why", "french"),
    [
        ("none", False, True, None, None),
        ("made_to_specification", False, False, "Made to your own specification",
         "selon vos propres spécifications"),
        ("perishable", False, False, "It spoils quickly", "Se détériore rapidement"),
        ("sealed_hygiene", False, True, "Only with its seal unbroken", "scellé est intact"),
        ("sealed_media", False, True, "recordings or software", "enregistrements, logiciels"),
        ("mixed", False, False, "cannot be told apart", "ne se distingue plus"),
        ("press", False, False, "newspaper", "journal"),
        ("none", True, False, "when you begin to use it", "commencez à l'utiliser"),
    ],
)  # fmt: skip
def test_what_law_lets_nobody_withdraw_from_is_shown_with_its_reason(
    client, db, bar, is_digital, offers, why, french
):
    here = link(client)
    with db.transaction() as tx:
        tx.execute(
            "update order_line set withdrawal_bar = %s where sku = 'mug'",
            ["digital" if is_digital else bar],
        )
        facts = views.facts(tx, "o1", now=MONDAY)
        mail = written(MessageKind.CONFIRMED, facts, "").text
    form = open_(client, here + "/withdraw").text
    assert ('name="units:mug"' in form) == offers
    assert 'name="units:cup"' in form, "the cup is as ever"
    assert ("selected>0<" in form) == (offers and why is not None), "who has it says it is sealed"
    assert ("Exceptions to the right to withdraw" in mail) == (why is not None), "told beforehand"
    if why is not None:
        assert why in shown(client, here + "/withdraw")
        assert french in shown(client, here + "/withdraw?language=fr").replace("&#39;", "'")
        assert why in mail
    if offers:
        assert "We have received your withdrawal" in withdraw(client, here, "a1", mug=1)
    else:
        assert why in shown(client, here), "also on the page of the order"
        assert "no right to withdraw from: Mug." in withdraw(client, here, "a1", mug=1)
    assert "We have received your withdrawal" in withdraw(client, here, "a2", mug=2, cup=1)
    with db.transaction() as tx:
        back = {line.sku for one in return_views.of_order(tx, "o1") for line in one.lines}
    assert back == ({"mug", "cup"} if offers else {"cup"})


@pytest.mark.parametrize(
    ("because", "then", "later", "line", "barred"),
    [
        ("what is barred later is open to who bought it before", "none", "perishable", "", None),
        ("what is opened later was bought barred", "press", "none", "", "press"),
        ("of a line from before bars were kept, the SKU says it", "none", "press",
         "update order_line set withdrawal_bar = null", "press"),
        ("of which only some was barred, all is open", "press", "press",
         "update order_line set withdrawal_bar = 'none' where line = 2", None),
    ],
)  # fmt: skip
def test_what_bars_is_what_did_when_it_was_bought(db, because, then, later, line, barred):
    with db.transaction() as tx:
        clock.start_driving(tx, MONDAY)
        world.build(tx)
        world.shelve(tx, "PAR", mug=5)
        bar(tx, then)
        twice = structs.replace(world.order(mug=1), lines=world.order(mug=1).lines * 2)
        world.accept(tx, twice)
        bar(tx, later)
        tx.execute(line or "select")
        told = [one.bar.value for one in views.facts(tx, "o1", now=MONDAY).withdrawal.barred]
    assert told == ([barred] if barred else []), because


def bar(tx, why):
    tx.execute("update sku set withdrawal_bar = %s where code = 'mug'", [why])


def test_every_reason_of_the_catalogue_can_be_told_to_customers():
    assert {bar.value for bar in Bar} == {bar.value for bar in WithdrawalBar} - {"none"} | {
        "digital"
    }


def test_a_retailer_gives_longer_than_the_law_and_never_less(client, db):
    with db.transaction() as tx:
        by_law = rules.telling(views.facts(tx, "o1", now=MONDAY), MONDAY).withdraw_until
        live(tx, withdrawal_days=30)
        longer = rules.telling(views.facts(tx, "o1", now=MONDAY), MONDAY).withdraw_until
        tomorrow = MONDAY + timedelta(days=1)
        clock.drive(tx, tomorrow)
        live(tx, now=tomorrow, key="stingy", withdrawal_days=14)
        kept = rules.telling(views.facts(tx, "o1", now=tomorrow), tomorrow).withdraw_until
    assert longer - by_law == timedelta(days=16)
    assert kept == longer, "a policy that comes later takes nothing from who bought before"
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"withdrawal_days": 13}, Settings)


def test_nothing_goes_back_to_a_node_that_is_closed(client, db):
    here = link(client)
    with db.transaction() as tx:
        tx.execute("update node set is_open = false where code = 'LYS'")
    withdraw(client, here, "a1", cup=1)
    [back] = client.get("/v1/orders/o1/returns").json()["items"]
    assert back["node"] != "LYS", "it sent the cup, and is no more"


def receipt(tx, part):
    return written(MessageKind.WITHDRAWN, views.facts(tx, "o1", now=MONDAY), part).text


@pytest.mark.parametrize(
    ("has_sender", "email", "is_mailed"),
    [(True, "c@example.com", True), (True, "", False), (False, "c@example.com", False)],
)
def test_an_email_is_announced_to_whoever_gets_one(client, db, has_sender, email, is_mailed):
    here = link(client)
    with db.transaction() as tx:
        tx.execute("update recipient set email = %s", [email])
    environ = {"NORIA_SMTP_URL": "smtp://127.0.0.1:9"} if has_sender else {}
    with calling(db, **environ) as shop:
        asked = shown(shop, here + "/withdraw")
        done = withdraw(shop, here, "a1", mug=1)
        french = shown(shop, here + "/withdraw?language=fr")
    assert ("We confirm it by e-mail." in asked) == is_mailed
    assert ("keep that page" in asked) != is_mailed
    assert ("confirm it by e-mail" in done) == is_mailed
    assert ("Keep this page" in done) != is_mailed
    assert ("par e-mail" in french) == is_mailed


def test_a_long_form_is_read_to_its_end_and_one_that_is_too_long_not_at_all(client, db):
    here = link(client)
    others = {f"other-{number:050}": 0 for number in range(2000)}
    over = withdraw(
        client, here, "a1", **others, mug=1, **{f"more-{number:060}": 0 for number in range(5000)}
    )
    assert "This is more than can be sent at once: nothing was taken." in over
    assert client.get("/v1/orders/o1/returns").json()["items"] == []
    assert "We have received your withdrawal" in withdraw(client, here, "a1", **others, mug=2)
    [back] = client.get("/v1/orders/o1/returns").json()["items"]
    assert [(line["sku"], line["quantity"]) for line in back["lines"]] == [("mug", 2)]
