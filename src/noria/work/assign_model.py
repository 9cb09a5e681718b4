"""A task that somebody gives to somebody, whoever had it."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.ids import Code

TaskId = Annotated[
    str,
    Meta(
        pattern=r"^(leg|transfer):[A-Za-z0-9._-]{1,64}$",
        description="A task: the leg, or the transfer, that it is for.",
        examples=["leg:536365.1"],
    ),
]


class AssignBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A task, and who is to pick it (null: whoever sends this)."""

    task: TaskId
    person: Annotated[str, Meta(max_length=64, examples=["person:0197"])] | None = None


class Assigned(Struct, frozen=True, kw_only=True):
    """A task is somebody's, in a wave of its own, until they are not heard of for so long."""

    id: Code
    task: str
    wave: str
    person: str
    until: datetime
