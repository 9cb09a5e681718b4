"""Nouns of the audit: a run, what each check of it compared, and what did not agree."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct, structs

from noria.kit.checks import Finding, Severity
from noria.kit.errors import Kind, Refusal, Text

AUDIT_JOB = "tower.audit"


class CheckResult(Struct, frozen=True, kw_only=True):
    """What one check compared, and how much of it did not agree."""

    name: str
    severity: Severity
    question: Text
    of: str
    compared: int
    differences: int
    milliseconds: int


class Run(Struct, frozen=True, kw_only=True):
    """One audit: of everything, or of what was touched since the audit before.

    `at` is business time; `began_at` and `ended_at` are real time. It has failed if `failure` says
    why, and is under way while `ended_at` is null.
    """

    id: str
    is_full: bool
    asked_by: str
    at: datetime
    since: datetime | None
    began_at: datetime
    ended_at: datetime | None
    skus: int
    skus_done: int
    differences: int
    failure: Text | None


class Place(Struct, frozen=True):
    """How far a run has come: behind which SKU and node, and which checks were asked at all."""

    after_sku: str | None
    skus_done: int
    are_skus_done: bool
    after_node: str | None
    are_nodes_done: bool
    asked: frozenset[str]

    def behind(self, high: str | None, skus: int) -> "Place":
        """Behind a slice up to `high`; it was the last one if that is None."""
        return structs.replace(
            self, after_sku=high, skus_done=self.skus_done + skus, are_skus_done=high is None
        )

    def behind_node(self, high: str | None) -> "Place":
        """Behind a slice of nodes up to `high`; it was the last one if that is None."""
        return structs.replace(self, after_node=high, are_nodes_done=high is None)

    def with_asked(self, checks: Iterable[str]) -> "Place":
        return structs.replace(self, asked=self.asked.union(checks))


class Audit(Struct, frozen=True, kw_only=True):
    """What the auditor last found. `last` is null as long as no audit has been finished.

    `is_clean` is null then too: what was never compared is neither right nor wrong.
    """

    says: Text
    is_clean: bool | None
    last: Run | None
    checks: Sequence[CheckResult]
    findings: Sequence[Finding]
    latest: Run | None
    """The newest run, which may be under way, or may have failed."""


class RunBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ask for an audit: of everything, or only of what was touched since the one before."""

    is_full: bool = True


class RunAsked(Struct, frozen=True, kw_only=True):
    """An audit was asked for: the run, and where its job can be watched, have one id."""

    id: str
    job: str


class Told(Struct, frozen=True, kw_only=True):
    """What an event says of a run that ended."""

    is_full: bool
    differences: int
    checks: Sequence[str]


class RunShown(Struct, frozen=True, kw_only=True):
    """A run, and what each check of it compared so far."""

    run: Run
    checks: Sequence[CheckResult]


class AuditElsewhere(Refusal):
    code = "audit-elsewhere"
    kind = Kind.CONFLICT
    says = Text(
        "Another process goes on with the audit {id}.",
        "Un autre processus poursuit l'audit {id}.",
    )
    do = Text("Let it end, and look at its result.", "Laissez-le finir, puis voyez son résultat.")


class NoAuditUnderWay(Refusal):
    code = "no-audit-under-way"
    kind = Kind.NOT_FOUND
    says = Text(
        "No audit that was begun at a terminal waits to be gone on with.",
        "Aucun audit lancé d'un terminal n'attend d'être repris.",
    )
    do = Text("Begin a new one: noria audit.", "Lancez-en un nouveau\u202f: noria audit.")
