"""A task given to somebody, at the door."""

from datetime import datetime

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody

from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.http import Door, PathCode, puts
from noria.work import assign_actions
from noria.work.assign_model import AssignBody, Assigned
from noria.work.model import Wave


@puts("/task-assignments/{assignment:str}", Permission.FULFILMENT_MANAGE)
def put_assignment(
    assignment: PathCode, data: JSONBody[AssignBody], door: NamedDependency[Door]
) -> Response[Assigned]:
    """Give a task to somebody, or take it yourself, whoever had it until now."""

    def work(tx: Connection, now: datetime) -> Assigned:
        return assign_actions.assign(
            tx, assignment, data, actor=door.actor.id, now=now, must=lambda node: _must(door, node)
        )

    return door.once(assignment, data, work)


@puts("/task-assignments/{assignment:str}/withdrawal", Permission.FULFILMENT_MANAGE)
def put_withdrawal(assignment: PathCode, door: NamedDependency[Door]) -> Response[Wave]:
    """Take a task from whom it was given to: it is free for anybody again."""

    def work(tx: Connection, now: datetime) -> Wave:
        return assign_actions.withdraw(tx, assignment, now=now, must=lambda node: _must(door, node))

    return door.once(f"{assignment}.withdrawal", assignment, work)


def _must(door: Door, node: str) -> None:
    door.actor.must(Permission.FULFILMENT_MANAGE, node)


routes = [put_assignment, put_withdrawal]
