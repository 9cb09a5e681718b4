"""Connections are believed while they are fresh, speak UTC, and keep what they have planned."""

from psycopg.conninfo import make_conninfo

from noria.kit.db import Database
from noria.orders import views as orders


def test_a_connection_whose_server_ended_it_is_not_given_out(db: Database) -> None:
    with db.transaction() as tx:
        [(gone,)] = tx.execute("select pg_backend_pid()").fetchall()
        kept = tx
    with db.connected() as other:
        other.execute("select pg_terminate_backend(%s, 60000)", [gone])
    with db.transaction() as tx:
        assert tx is not kept, "the socket said that nobody is there"
        assert tx.execute("select 1").fetchone() == (1,)


def test_a_transaction_is_in_utc_whatever_the_server_keeps(db: Database) -> None:
    far = Database(make_conninfo(db.url, options="-c timezone=Asia/Tokyo"))
    try:
        with far.transaction() as tx:
            assert tx.execute("show timezone").fetchone() == ("UTC",)
    finally:
        far.close()


def test_more_statements_stay_prepared_than_an_order_meets(db: Database) -> None:
    with db.transaction() as tx:
        for _ in range(7):
            for number in range(200):
                tx.execute(f"select {number}, %s::text", ["x"])
        [(kept,)] = tx.execute("select count(*) from pg_prepared_statements").fetchall()
    assert kept >= 200


def test_what_asks_by_given_keys_is_planned_once_for_all(db: Database) -> None:
    with db.transaction() as tx:
        for number in range(20):
            orders.legs(tx, [f"order-{number}"])
        [plans] = tx.execute(
            "select generic_plans, custom_plans from pg_prepared_statements"
            " where statement like '%part.quantities%' and statement not like '%generic_plans%'"
        ).fetchall()
    assert plans[0] > plans[1], "an array that the planner looks into is planned anew each time"
