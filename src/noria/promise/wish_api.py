"""Wishes at the door: one, or up to a thousand, each answered by itself.

These are the addresses as the documentation knows them. `wish_lane` stands before them, takes
what is well-formed and sent with a key, and merges it; whatever else comes is answered here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody

from noria.kit import idempotency
from noria.kit.auth import Actor, Permission
from noria.kit.errors import Fault, Invalid, Refusal
from noria.kit.http import BatchAnswer, Door, check_once, posts
from noria.promise import wish_actions as actions
from noria.promise import wish_rules as rules
from noria.promise.wish_actions import Answer
from noria.promise.wish_model import Asked, Kept, Take, WishBatch, WishBody
from noria.stock.tracked.claims_model import check_wanted


@posts("/reservations", Permission.RESERVE)
def post_reservation(data: JSONBody[WishBody], door: NamedDependency[Door]) -> Response[Kept]:
    """Hold the lines of one wish together for a while, once for its id.

    All of them or none; with `take: available`, of each line as much as there is. A shopper's own
    holds never block that shopper: they give way as far as they are needed.
    """
    [told] = actions.answer(door.db, [asked(door.actor, data)])
    if isinstance(told, Refusal):
        raise told
    return Response(told, media_type="application/json")  # type: ignore[arg-type]  # as it was written


@posts("/reservations/batch", Permission.RESERVE)
def post_reservations(
    data: JSONBody[WishBatch], door: NamedDependency[Door]
) -> Response[BatchAnswer[Kept]]:
    """Hold for up to 1,000 wishes that know nothing of each other; each has its own answer."""
    wishes, refused = asked_of_all(door.actor, data)
    return Response(together(door, data, actions.answer(door.db, wishes), refused))


def asked(actor: Actor, body: WishBody) -> Asked:
    """A wish that its sender may have.

    Raises:
        Forbidden: not at one of these nodes.
        Invalid: it would pose as an order, or names units in a way that cannot be.
    """
    for line in body.lines:
        actor.must(Permission.RESERVE, line.node)
    if body.demand.startswith(rules.SOURCED):
        raise Invalid(faults=[Fault("/demand", "orders reserve by themselves; name another kind")])
    if rules.names_units(body):
        _check_wanted(body)
    return Asked(body=body, actor=actor.id, digest=idempotency.digest(body))


def _check_wanted(body: WishBody) -> None:
    faults: list[Fault] = []
    for place, line in enumerate(body.lines):
        try:
            check_wanted(line.quantity, line.lots, line.serials)
        except ValueError as wrong:
            faults.append(Fault(f"/lines/{place}", str(wrong)))
    if body.take is not Take.ALL:
        faults.append(Fault("/take", "who names units takes all lines whole"))
    if faults:
        raise Invalid(faults=faults)


def asked_of_all(actor: Actor, batch: WishBatch) -> tuple[list[Asked], dict[str, Refusal]]:
    """The wishes of a batch that their sender may have, and by id why not the others.

    Raises:
        Invalid: an id is there twice.
    """
    check_once([body.id for body in batch.items])
    wishes: list[Asked] = []
    refused: dict[str, Refusal] = {}
    for body in batch.items:
        try:
            wishes.append(asked(actor, body))
        except Refusal as refusal:
            refused[body.id] = refusal
    return wishes, refused


def together(
    door: Door, batch: WishBatch, told: Sequence[Answer], refused: Mapping[str, Refusal]
) -> BatchAnswer[Kept]:
    """Every answer at the place of its wish."""
    answers = iter(told)
    return BatchAnswer(
        [door.item(body.id, _said(refused.get(body.id) or next(answers))) for body in batch.items]
    )


def _said(answer: Answer) -> Any:
    """`Kept` as it was written, or the refusal."""
    return answer if isinstance(answer, Refusal) else msgspec.Raw(answer)


routes = [post_reservation, post_reservations]
