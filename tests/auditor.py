"""The auditor in a test's own transaction: what it finds, and faults planted behind its back."""

import world
from noria.kit import checks
from noria.kit.checks import Finding, Scope
from noria.tower.checks import CHECKS


def findings(tx, scope=Scope(), of=CHECKS) -> list[Finding]:  # noqa: B008 - frozen
    """Everything that does not agree."""
    _, found = checks.ask(tx, of, scope)
    return found


def names(tx, scope=Scope(), of=CHECKS) -> set[str]:  # noqa: B008 - frozen
    return {finding.check for finding in findings(tx, scope, of)}


def plant(tx, *statements: str) -> None:
    """Do what no verb of ours does; triggers and foreign keys do not look."""
    with world.behind_the_book(tx):
        tx.execute("set local session_replication_role = replica")
        for statement in statements:
            tx.execute(statement)
        tx.execute("set local session_replication_role = origin")


def movement(tx, cause: str, kind: str | None = None) -> str:
    """The last movement for a cause."""
    found = tx.execute(
        "select id from movement where cause = %s and (%s::text is null or kind::text = %s)"
        " order by recorded_at desc, id desc limit 1",
        [cause, kind, kind],
    ).fetchone()
    assert found is not None, f"nothing moved for {cause}"
    return found[0]
