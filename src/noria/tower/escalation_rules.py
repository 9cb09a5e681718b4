"""To whom an exception goes on when nobody has taken it."""

from collections.abc import Mapping, Sequence

from noria.kit.auth import Role
from noria.tower.escalation_model import Escalation, Untaken

NEXT: Mapping[str, str] = {
    Role.STORE_ASSOCIATE.value: Role.STORE_MANAGER.value,
    Role.STORE_MANAGER.value: Role.OPERATIONS.value,
    Role.PLANNER.value: Role.OPERATIONS.value,
    Role.INTEGRATOR.value: Role.OPERATIONS.value,
    Role.OPERATIONS.value: Role.DIRECTOR.value,
    Role.AUDITOR.value: Role.DIRECTOR.value,
}
"""From a role to the one above it; the director's stay with the director."""


def escalations(untaken: Sequence[Untaken]) -> list[Escalation]:
    """Each to the role above the one that it is with, if there is one."""
    return [
        Escalation(
            kind=one.kind,
            subject=one.subject,
            node=one.node,
            from_role=one.with_role,
            to_role=NEXT[one.with_role],
        )
        for one in untaken
        if one.with_role in NEXT
    ]
