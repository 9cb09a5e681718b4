"""Addresses at which carriers tell by themselves: made, looked at, closed."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Response
from litestar.datastructures import State
from litestar.di import NamedDependency

from noria.carriage import hook_actions as actions
from noria.carriage import hook_views as views
from noria.carriage.hook_model import Hook, HookMade
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.http import Door, PathCode, deletes, posts, reads


@posts("/carrier-accounts/{account:str}/hook", Permission.NETWORK_WRITE)
def post_account_hook(
    account: PathCode, door: NamedDependency[Door], state: State
) -> Response[HookMade]:
    """Make the address at which this carrier tells of parcels; the one before is closed.

    It is shown this once. Whoever has it can tell of parcels, and do nothing else: give it to
    carriers that send no key with what they tell.
    """
    door.actor.must_everywhere(Permission.NETWORK_WRITE)
    made: list[HookMade] = []

    def make(tx: Connection, now: datetime) -> HookMade:
        token = actions.make(tx, account, actor=door.actor.id, now=now)
        url = f"{state.settings.public_url}/v1/carrier-hooks/{token}"
        made[:] = [HookMade(account=account, url=url)]
        return HookMade(account=account, url=None)

    answer = door.act(account, make)
    remembered: Any = answer.content
    is_new = made and remembered == msgspec.json.encode(HookMade(account=account, url=None))
    return Response(made[0]) if is_new else answer


@reads("/carrier-accounts/{account:str}/hook", Permission.NETWORK_READ)
def get_account_hook(account: PathCode, door: NamedDependency[Door]) -> Hook:
    """Who made the address at which this carrier tells, and when it last did."""
    found = door.read(lambda tx: views.hook(tx, account))
    if found is None:
        raise NotFound(what="hook", id=account)
    return found


@deletes("/carrier-accounts/{account:str}/hook", Permission.NETWORK_WRITE)
def delete_account_hook(account: PathCode, door: NamedDependency[Door]) -> None:
    """Close the address at which this carrier tells: it got into wrong hands, or is of no use."""
    door.actor.must_everywhere(Permission.NETWORK_WRITE)
    door.db.run(lambda tx: actions.close(tx, account, actor=door.actor.id))


routes = [post_account_hook, get_account_hook, delete_account_hook]
