"""Somebody at the door: a client of the whole application, with a key of its own."""

import itertools
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from litestar import Litestar
from litestar.testing import TestClient
from psycopg.conninfo import make_conninfo

from copies import copy
from noria.app import create_app
from noria.kit import clock
from noria.kit.auth import SYSTEM, Permission
from noria.kit.config import load
from noria.kit.db import Database
from noria.people import actions
from noria.people.model import KeyWish

numbers = itertools.count(1)
idle: dict[tuple, list[tuple[Litestar, dict]]] = defaultdict(list)
"""Applications that nobody uses now, by their settings, each with what it kept at first."""

MEMORY = "NORIA_MATRIX_MEGABYTES"
CALM = {"NORIA_RATE_PER_MINUTE": "0", MEMORY: "0"}
"""No limit of requests; and what was just written is read at once: memory hears of it later, and
rows of exceptions are some seconds old to whoever does not say `no-cache`."""


@contextmanager
def database(server, template) -> Iterator[Database]:
    """A fresh database for tests that share one; `db` of conftest is one test's own."""
    name = f"{template}_shared_{next(numbers)}"
    with psycopg.connect(server, autocommit=True) as admin:
        copy(admin, template, name)
        db = Database(make_conninfo(server, dbname=name))
        yield db
        db.close()
        admin.execute(f"drop database {name} with (force)")


@contextmanager
def application(db, environ=CALM) -> Iterator[Litestar]:
    """The whole application on this database: put together once, and lent to one test at a time.

    What it keeps of its own (whom its gate knows, what memory holds) is forgotten in between.
    """
    key = tuple(sorted(environ.items()))
    if not idle[key]:
        made = create_app(load(environ), db)
        idle[key].append((made, made.state.dict()))
    app, at_first = idle[key].pop()
    for name in list(app.state.dict()):
        del app.state[name]
    app.state.update({**at_first, "db": db, "parts": {}, "memory": {}})
    yield app
    idle[key].append((app, at_first))


@contextmanager
def calling(db, *permissions, nodes=None, **environ) -> Iterator[TestClient]:
    """A client with a key of these permissions (none named: all of them), at these nodes."""
    with (
        application(db, CALM | environ) as app,
        TestClient(app, raise_server_exceptions=False) as client,
    ):
        token = add_key(db, permissions or tuple(Permission), nodes)
        client.headers["Authorization"] = f"Bearer {token}"
        if environ.get(MEMORY, "0") == "0":
            client.headers["Cache-Control"] = "no-cache"
        yield client


def add_key(db, permissions, nodes=None) -> str:
    wish = KeyWish(name="tests", permissions=permissions, nodes=nodes)
    made = db.run(lambda tx: actions.add_key(tx, wish, actor=SYSTEM, now=clock.wall()))
    return made.token
