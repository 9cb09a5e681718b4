"""Who may do what: permissions, roles, and the actor behind a request. Log-in lives in `people`.

Every route says in its `opt` who may use it, or the application does not start:

- `{"permission": Permission.STOCK_READ}`: actors who hold it somewhere; the handler asks where
- `{"permission": None}`: any actor, whatever it may do
- `{"public": True}`: anybody, and no credential is even looked at
"""

import sys
from collections.abc import Iterable, Mapping
from enum import Enum

from msgspec import Struct

from noria.kit.errors import Kind, Refusal, Text


class Permission(Enum):
    """What an endpoint can ask for. Each one names a room and how deep the hand goes in."""

    CATALOG_READ = "catalog.read"
    CATALOG_WRITE = "catalog.write"
    NETWORK_READ = "network.read"
    NETWORK_WRITE = "network.write"
    STOCK_READ = "stock.read"
    STOCK_WRITE = "stock.write"
    VALUE_READ = "value.read"
    VALUE_WRITE = "value.write"
    COUNT_WORK = "counts.work"
    COUNT_APPROVE = "counts.approve"
    COUNT_APPROVE_LARGE = "counts.approve_large"
    SUPPLY_READ = "supply.read"
    SUPPLY_WRITE = "supply.write"
    PARTNERS_READ = "partners.read"
    PARTNERS_WRITE = "partners.write"
    FEEDS_SEND = "feeds.send"
    PROMISE_READ = "promise.read"
    PROMISE_WRITE = "promise.write"
    RESERVE = "promise.reserve"
    POLICIES_READ = "policies.read"
    POLICIES_WRITE = "policies.write"
    POLICIES_ACTIVATE = "policies.activate"
    ORDERS_READ = "orders.read"
    ORDERS_WRITE = "orders.write"
    ORDERS_PAY = "orders.pay"
    ORDERS_CLEAR = "orders.clear"
    ORDERS_REPLAN = "orders.replan"
    MESSAGES_SEND = "messages.send"
    MESSAGES_REPORT = "messages.report"
    CUSTOMERS_ERASE = "customers.erase"
    FULFILMENT_READ = "fulfilment.read"
    FULFILMENT_WORK = "fulfilment.work"
    FULFILMENT_MANAGE = "fulfilment.manage"
    RETURNS_READ = "returns.read"
    RETURNS_WORK = "returns.work"
    TOWER_READ = "tower.read"
    TOWER_WRITE = "tower.write"
    EVENTS_READ = "events.read"
    WEBHOOKS_WRITE = "webhooks.write"
    JOBS_READ = "jobs.read"
    IMPORT = "files.import"
    EXPORT = "files.export"
    AUDIT_READ = "audit.read"
    PEOPLE_READ = "people.read"
    PEOPLE_WRITE = "people.write"
    KEYS_WRITE = "keys.write"
    CLOCK_DRIVE = "clock.drive"


class Role(Enum):
    DIRECTOR = "director"
    OPERATIONS = "operations"
    STORE_MANAGER = "store_manager"
    STORE_ASSOCIATE = "store_associate"
    PLANNER = "planner"
    INTEGRATOR = "integrator"
    AUDITOR = "auditor"
    READ_ONLY = "read_only"


P = Permission
_READ_BUSINESS = frozenset(
    {P.CATALOG_READ, P.NETWORK_READ, P.STOCK_READ, P.SUPPLY_READ, P.PROMISE_READ,
     P.POLICIES_READ, P.ORDERS_READ, P.FULFILMENT_READ, P.RETURNS_READ, P.TOWER_READ,
     P.PARTNERS_READ}
)  # fmt: skip
_WORK_IN_NODE = frozenset(
    {P.CATALOG_READ, P.NETWORK_READ, P.STOCK_READ, P.SUPPLY_READ, P.ORDERS_READ, P.PROMISE_READ,
     P.FULFILMENT_READ, P.FULFILMENT_WORK, P.RETURNS_READ, P.RETURNS_WORK, P.COUNT_WORK,
     P.ORDERS_PAY}
)  # fmt: skip

ROLES: Mapping[Role, frozenset[Permission]] = {
    Role.DIRECTOR: frozenset(Permission) - {P.CLOCK_DRIVE},
    Role.OPERATIONS: _READ_BUSINESS
    | {
        P.ORDERS_WRITE,
        P.ORDERS_PAY,
        P.ORDERS_CLEAR,
        P.ORDERS_REPLAN,
        P.MESSAGES_SEND,
        P.POLICIES_WRITE,
        P.POLICIES_ACTIVATE,
        P.PROMISE_WRITE,
        P.RESERVE,
        P.STOCK_WRITE,
        P.VALUE_READ,
        P.VALUE_WRITE,
        P.COUNT_WORK,
        P.COUNT_APPROVE,
        P.COUNT_APPROVE_LARGE,
        P.SUPPLY_WRITE,
        P.PARTNERS_WRITE,
        P.FEEDS_SEND,
        P.FULFILMENT_WORK,
        P.FULFILMENT_MANAGE,
        P.RETURNS_WORK,
        P.NETWORK_WRITE,
        P.EVENTS_READ,
        P.JOBS_READ,
        P.IMPORT,
        P.EXPORT,
        P.TOWER_WRITE,
    },
    Role.STORE_MANAGER: _WORK_IN_NODE
    | {
        P.STOCK_WRITE,
        P.COUNT_APPROVE,
        P.SUPPLY_WRITE,
        P.ORDERS_REPLAN,
        P.TOWER_READ,
        P.TOWER_WRITE,
        P.RESERVE,
        P.FULFILMENT_MANAGE,
    },
    Role.STORE_ASSOCIATE: _WORK_IN_NODE,
    Role.PLANNER: _READ_BUSINESS
    | {
        P.CATALOG_WRITE,
        P.SUPPLY_WRITE,
        P.ORDERS_REPLAN,
        P.PARTNERS_WRITE,
        P.VALUE_READ,
        P.PROMISE_WRITE,
        P.POLICIES_WRITE,
        P.JOBS_READ,
        P.IMPORT,
        P.EXPORT,
        P.TOWER_WRITE,
    },
    Role.INTEGRATOR: _READ_BUSINESS
    | {
        P.CATALOG_WRITE,
        P.NETWORK_WRITE,
        P.STOCK_WRITE,
        P.VALUE_READ,
        P.VALUE_WRITE,
        P.COUNT_WORK,
        P.SUPPLY_WRITE,
        P.PARTNERS_WRITE,
        P.FEEDS_SEND,
        P.PROMISE_WRITE,
        P.RESERVE,
        P.ORDERS_WRITE,
        P.ORDERS_PAY,
        P.ORDERS_CLEAR,
        P.ORDERS_REPLAN,
        P.MESSAGES_SEND,
        P.MESSAGES_REPORT,
        P.CUSTOMERS_ERASE,
        P.FULFILMENT_WORK,
        P.FULFILMENT_MANAGE,
        P.RETURNS_WORK,
        P.EVENTS_READ,
        P.WEBHOOKS_WRITE,
        P.JOBS_READ,
        P.IMPORT,
        P.EXPORT,
    },
    Role.AUDITOR: _READ_BUSINESS
    | {P.AUDIT_READ, P.VALUE_READ, P.PEOPLE_READ, P.EVENTS_READ, P.JOBS_READ, P.EXPORT},
    Role.READ_ONLY: _READ_BUSINESS,
}
"""What each role may do. `clock.drive` is in none: only a key made for a replay carries it."""

Nodes = frozenset[str] | None
"""The nodes a grant reaches; None means all of them."""


class Forbidden(Refusal):
    code = "forbidden"
    kind = Kind.FORBIDDEN
    says = Text(
        "This needs the permission {permission}{where}, which you do not have.",
        "Il faut la permission {permission}{where}, que vous n'avez pas.",
    )
    do = Text(
        "Ask whoever manages access to grant you a role that has it.",
        "Demandez un rôle qui la comporte à la personne qui gère les accès.",
    )


class NotLoggedIn(Refusal):
    code = "not-logged-in"
    kind = Kind.UNAUTHENTICATED
    says = Text("We do not know who is asking.", "Nous ne savons pas qui demande.")
    do = Text(
        "Log in, or send an API key as “Authorization: Bearer …”.",
        "Connectez-vous, ou envoyez une clé d'API\u202f: «\u202fAuthorization: Bearer …\u202f».",
    )


class Actor(Struct, frozen=True, kw_only=True):
    """Who is behind a request: `id` is `person:…`, `key:…` or `system:…`; reach says where."""

    id: str
    name: str
    language: str = "en"
    reach: Mapping[Permission, Nodes]

    def may(self, permission: Permission, node: str | None = None) -> bool:
        """With no node: whether it holds anywhere. With one: whether it holds there."""
        if permission not in self.reach:
            return False
        nodes = self.reach[permission]
        return node is None or nodes is None or node in nodes

    def must(self, permission: Permission, *nodes: str) -> None:
        """Refuse unless it holds at every one of `nodes` (anywhere, if none is named)."""
        if not self.may(permission):
            raise Forbidden(permission=permission.value, where="")
        for node in nodes:
            if not self.may(permission, node):
                raise Forbidden(permission=permission.value, where=f" ({node})")

    def must_everywhere(self, permission: Permission) -> None:
        """Refuse unless it holds at every node: for what belongs to the whole network."""
        self.must(permission)
        if self.reach[permission] is not None:
            raise Forbidden(permission=permission.value, where=" (*)")

    def nodes(self, permission: Permission) -> list[str] | None:
        """The nodes a list may show, sorted; None means all."""
        reach = self.reach.get(permission, frozenset())
        return None if reach is None else sorted(reach)


def reaches(holder: Nodes, asked: Nodes) -> bool:
    """Whether `holder` has every node of `asked`."""
    return holder is None or (asked is not None and asked <= holder)


def reach_of(grants: Iterable[tuple[Role, Nodes]]) -> dict[Permission, Nodes]:
    """What several grants add up to: the union of their nodes, permission by permission."""
    reach: dict[Permission, Nodes] = {}
    for role, nodes in grants:
        for permission in ROLES[role]:
            known = reach.get(permission, frozenset())
            reach[permission] = None if known is None or nodes is None else known | nodes
    return reach


SYSTEM = Actor(id="system:noria", name="Noria", reach=dict.fromkeys(Permission))
"""Noria itself, when a job acts."""

ANONYMOUS = Actor(id="anonymous", name="", reach={})
"""Whoever uses a public route."""


def roles_page() -> str:
    """The reference of roles and permissions, as Markdown."""
    head = "".join(f" {role.value.replace('_', ' ')} |" for role in Role)
    rule = "|---" * (len(Role) + 1) + "|"
    rows = "\n".join(
        f"| `{permission.value}` |"
        + "".join(" yes |" if permission in ROLES[role] else "  |" for role in Role)
        for permission in Permission
    )
    return ROLES_PAGE.format(table=f"| Permission |{head}\n{rule}\n{rows}")


ROLES_PAGE = """\
# Roles and permissions

Every address of the API names the permission that it needs (docs/api.md lists them). People have
permissions through roles; API keys have them one by one.

{table}

- **A grant** gives a person a role at all nodes, or at those it names. Several grants add up, each
  permission with its own nodes. A change holds from the person's next request on.
- **At a node**: with a permission at some nodes only, lists show those nodes, and acting on another
  is refused (`forbidden`). What belongs to the whole network asks for a grant at all nodes.
- **Nobody hands on what they do not have.** Grants and keys reach at most as far as whoever gives
  them; editing a person, setting their password or taking a grant away asks for as much, and so
  does rotating a key, since that shows its secret. A key keeps its reach when its maker leaves:
  revoke it then.
- **`clock.drive`** is in no role. Only a key made with `noria key add`, at the machine itself,
  carries it; only a replay needs it.
- **Keys** are sent as `Authorization: Bearer noria_...` and shown once. A rotation gives a new
  secret while the old one works for up to 7 days more. A revoked key is refused within 5 seconds
  by every process.
- **Sessions** of people last `NORIA_SESSION_HOURS`. A browser sends the value of the cookie
  `noria_csrf` in the header `X-CSRF-Token` with whatever is not a GET. Logging out, a new password
  and deactivation act at once.
- **Log-ins**: 10 failures in 15 minutes close an e-mail, 100 an address (of IPv6, a /64), each for
  as long as the answer's `Retry-After` says.

This page is made from the tables in `src/noria/kit/auth.py`; after a change there, run
`python -m noria.kit.auth > docs/roles.md`.
"""

if __name__ == "__main__":
    sys.stdout.write(roles_page())
