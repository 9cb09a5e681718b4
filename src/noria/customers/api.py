"""Customers who asked to be forgotten, at the door."""

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody

from noria.customers import actions, views
from noria.customers.model import Erasure, ErasureBody
from noria.kit.auth import Permission
from noria.kit.errors import NotFound
from noria.kit.http import (
    PAGE,
    Door,
    Page,
    PathCode,
    QueryCursor,
    QueryLimit,
    cursor,
    page,
    puts,
    reads,
)


@puts("/erasures/{erasure_id:str}", Permission.CUSTOMERS_ERASE)
def put_erasure(
    erasure_id: PathCode, data: JSONBody[ErasureBody], door: NamedDependency[Door]
) -> Response[Erasure]:
    """Forget a customer: no name, address, mail, phone or word of theirs stays; the books do.

    What is still on its way is forgotten once it is delivered or cancelled. It cannot be undone.
    """
    return door.once(
        erasure_id,
        data,
        lambda tx, now: actions.erase(tx, erasure_id, data.customer, actor=door.actor.id, now=now),
    )


@reads("/erasures/{erasure_id:str}", Permission.CUSTOMERS_ERASE)
def get_erasure(erasure_id: PathCode, door: NamedDependency[Door]) -> Erasure:
    """How far a customer is forgotten."""
    found = door.read(lambda tx: views.erasure(tx, erasure_id))
    if found is None:
        raise NotFound(what="erasure", id=erasure_id)
    return found


@reads("/erasures", Permission.CUSTOMERS_ERASE)
def get_erasures(
    door: NamedDependency[Door], page_cursor: QueryCursor = None, limit: QueryLimit = PAGE
) -> Page[Erasure]:
    """Who was to be forgotten, under their aliases, the oldest first."""
    after = cursor(page_cursor, 2)
    found = door.read(lambda tx: views.erasures(tx, after=after, limit=limit + 1))
    return page(found, limit, lambda one: (one.asked_at.isoformat(), one.id))


routes = [put_erasure, get_erasure, get_erasures]
