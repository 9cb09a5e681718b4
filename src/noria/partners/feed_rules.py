"""Decisions about feeds: values in, values out."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from statistics import median

from noria.kit.errors import Fault
from noria.partners.feed_model import Compared, FeedPlan
from noria.partners.model import Partner

LEAST_UNITS = 50
"""A node with fewer units than this may lose them all without anybody being asked."""

GAPS_LEARNED_FROM = 8


def is_suspect(compared: Compared, loss_percent: int) -> bool:
    """Whether a feed would lose so much that a person has to look at it before it is booked."""
    return (
        compared.units_before >= LEAST_UNITS
        and compared.units_lost * 100 > loss_percent * compared.units_before
    )


def expected_minutes(every_minutes: int | None, heard: Sequence[datetime]) -> float | None:
    """How often a feed comes: as the plan says, else the median of its last gaps; None: unknown.

    `heard` are the times of its feeds, the newest first. Two make a gap; one says nothing.
    """
    if every_minutes is not None:
        return float(every_minutes)
    gaps = [
        (newer - older).total_seconds() / 60 for newer, older in pairwise(heard) if newer > older
    ][:GAPS_LEARNED_FROM]
    return median(gaps) if gaps else None


def plan_faults(plan: FeedPlan, partner: Partner) -> list[Fault]:
    """What is wrong with a plan, field by field."""
    faults = []
    if plan.node_column is None and plan.node is None and len(partner.nodes) != 1:
        faults.append(Fault("/node", "say which node it is about, or its column", "required"))
    named = {"/node": plan.node} if plan.node else {}
    named |= {f"/node_codes/{code}": node for code, node in plan.node_codes.items()}
    faults += [
        Fault(pointer, f"{node} is not a node of {partner.code}")
        for pointer, node in sorted(named.items())
        if node not in partner.nodes
    ]
    if plan.pull is not None and not plan.pull.url.startswith(("https://", "sftp://", "http://")):
        faults.append(Fault("/pull/url", "it is no https:// or sftp:// address"))
    return faults


def node_of(plan: FeedPlan, partner: Partner) -> str | None:
    """The node that lines without one are about."""
    return plan.node or (partner.nodes[0] if len(partner.nodes) == 1 else None)
