"""The fast lane of a running server: callers that come at once, and more of them than connections."""

from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

import caller
import crowd
import world
from noria.kit.auth import Permission
from noria.kit.db import Database
from noria.lab.torture.servers import serving

CALLERS = 90
PLENTY = 10_000


def asked(number):
    """Every third asks for too much or for what there is not; every third has two lines."""
    lines = [("mug", 1 + number % 5)]
    if number % 9 == 0:
        lines = [("mug", PLENTY + 1)]
    elif number % 9 == 3:
        lines = [("spoon", 1)]
    elif number % 3 == 1:
        lines.append(("cup", 2))
    wish = {
        "id": f"w{number}",
        "demand": f"cart:{number}",
        "lines": [{"sku": sku, "node": "PAR", "quantity": units} for sku, units in lines],
    }
    status = {0: 409, 3: 422}.get(number % 9, 200)
    return wish, status


def test_callers_that_come_at_once_are_merged_and_each_has_its_own_answer(db):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=PLENTY, cup=PLENTY)
    key = caller.add_key(db, [Permission.RESERVE])
    headers = {"Authorization": f"Bearer {key}"}
    with (
        serving(db.url, 1, {"NORIA_MATRIX_MEGABYTES": "0"}) as [server],
        httpx2.Client(base_url=server.address, headers=headers, timeout=60) as client,
        ThreadPoolExecutor(CALLERS) as pool,
    ):

        def post(number):
            return client.post("/v1/reservations", json=asked(number)[0])

        first = post(CALLERS + 1)  # the key is known from here on
        with db.transaction() as tx:
            tx.execute("select from balance where sku = 'mug' for update")
            waiting = [pool.submit(post, number) for number in range(CALLERS)]
            crowd.until_somebody_waits(db)
        told = [one.result() for one in waiting]
        for number, answer in enumerate(told):
            wish, status = asked(number)
            assert answer.status_code == status, (number, answer.text)
            if status == 200:
                said = answer.json()
                assert said["id"] == wish["id"]
                assert said["demand"] == wish["demand"]
                assert [(one["sku"], one["held"]) for one in said["lines"]] == [
                    (line["sku"], line["quantity"]) for line in wish["lines"]
                ]
            elif status == 409:
                assert answer.json()["code"] == "not-enough-to-promise"
                assert str(PLENTY + 1) in answer.json()["detail"]
            else:
                assert "spoon" in answer.json()["detail"]
        again = post(1)
        assert again.content == told[1].content, "the same id is answered the same"
    assert first.status_code == 200
    held = 1 + sum(answer.status_code == 200 for answer in told)
    with db.transaction() as tx:
        found = tx.execute(
            """
            select (select count(*) from reservation where digest is not null),
                (select count(*) from reservation)
                    - (select count(*) from move_part where target_state = 'reserved'),
                (select count(*) from event where type = 'reservation.made'),
                (select count(distinct xmin::text) from reservation)
            """
        ).fetchone()
        assert found[:3] == (held, 0, held)
        assert found[3] < held / 2, "some were merged into one transaction"
        assert world.audit(tx) == []


@pytest.fixture
def narrow(url):
    """Two connections, for which nobody waits long."""
    database = Database(url, pool_size=2, wait_s=0.3)
    yield database
    database.close()


def test_more_callers_than_connections_are_asked_to_come_back(db, narrow):
    with db.transaction() as tx:
        world.build(tx)
        world.shelve(tx, "PAR", mug=10)
    with caller.calling(narrow, Permission.RESERVE) as client, ThreadPoolExecutor(6) as pool:

        def put(number):
            hold = {"demand": f"cart:{number}", "sku": "mug", "node": "PAR", "quantity": 1}
            return client.put(f"/v1/reservations/h{number}", json=hold)

        assert put(0).status_code == 200
        with db.transaction() as tx:
            tx.execute("select from balance where sku = 'mug' for update")
            waiting = [pool.submit(put, number) for number in range(1, 7)]
            refused = [one for one in waiting if _is_refused(one)]
            assert len(refused) == 4, "two have the connections, and wait for the shelf"
        for one in refused:
            answer = one.result()
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) > 0
            assert answer.json()["code"] == "unavailable"
        assert {one.result().status_code for one in waiting if one not in refused} == {200}
        assert [put(number).status_code for number in range(1, 7)] == [200] * 6, "and do"
    with db.transaction() as tx:
        assert tx.execute("select sum(held) from reservation").fetchone()[0] == 7
        assert world.audit(tx) == []


def _is_refused(one):
    try:
        return one.result(timeout=2).status_code == 503
    except TimeoutError:
        return False
