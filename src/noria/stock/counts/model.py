"""The nouns of counting: tasks, lines, readings, and what makes a shelf worth counting."""

from datetime import datetime
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Cents, Code

Whole = Annotated[int, Meta(ge=0, le=1_000_000_000)]


class CountKind(Enum):
    """Some shelves that are worth it, all of a node, or a random sample of it."""

    CYCLE = "cycle"
    FULL = "full"
    SAMPLE = "sample"


class Stage(Enum):
    """How far a line has come: to count, to count again, to be approved, to be booked; or over."""

    OPEN = "open"
    RECOUNT = "recount"
    APPROVAL = "approval"
    SETTLED = "settled"
    BOOKED = "booked"
    SUPERSEDED = "superseded"
    DROPPED = "dropped"


TO_DO = frozenset({Stage.OPEN, Stage.RECOUNT, Stage.APPROVAL, Stage.SETTLED})


class Uncounted(Enum):
    """What becomes of lines that nobody counted, when a task is booked."""

    KEEP = "keep"
    DROP = "drop"
    ZERO = "zero"


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a difference is counted again, when a person must approve it, when it raises an alert.

    It is counted again above `tolerance_cents`, or above both `tolerance_units` and
    `tolerance_percent` of what was expected. It is approved above `approval_cents` or
    `approval_units`, by operations above `large_cents`; and, where `needs_other_approver`, by
    somebody who did not count it. An alert is for what happens once in `alert_one_in` counts.
    """

    tolerance_units: Whole = 1
    tolerance_percent: Annotated[int, Meta(ge=0, le=100)] = 2
    tolerance_cents: Cents = 2_000
    approval_units: Whole = 50
    approval_cents: Cents = 10_000
    large_cents: Cents = 100_000
    needs_other_approver: bool = True
    alert_one_in: Annotated[int, Meta(ge=2, le=1_000_000)] = 1_000


class Shelf(Struct, frozen=True, kw_only=True):
    """What is known of a SKU at a node that bears on whether its book is right.

    `wrong` of `counts` found a difference, over an `exposure` in moves (see `risk`); since the last
    look there were `moves`, of which some showed that the book was wrong: `refused`, `gaps`.
    """

    sku: str
    units: int
    unit_cents: int
    currency: str = "EUR"
    counted_at: datetime | None = None
    since: datetime | None = None
    moves: int = 0
    refused: int = 0
    gaps: int = 0
    wrong: int = 0
    exposure: float = 0.0


class Learned(Struct, frozen=True, kw_only=True):
    """What booked counts add up to, at one node or at all of them."""

    counts: int = 0
    wrong: int = 0
    units: int = 0
    exposure: float = 0.0
    signalled: int = 0
    signalled_wrong: int = 0


class Odds(Struct, frozen=True, kw_only=True):
    """What holds for every record of a node: how it goes wrong, by how much, and who is right.

    `rate` is in wrong records per exposure; `off_units` is by how many units a wrong one is usually
    off; `signal_right` is how often a signal was right.
    """

    rate: float
    off_units: float
    signal_right: float


class Shortlist(Struct, frozen=True, kw_only=True):
    """Among which shelves what to count next is chosen: these SKUs, or all of a small node."""

    skus: tuple[str, ...] | None
    odds: Odds


class Candidate(Struct, frozen=True, kw_only=True):
    """A shelf that could be counted next, with the money that a count is expected to put right.

    That is `score_cents`; at stake is all that the book says lies there, at cost.
    `reasons` says why in words, in the reader's language. The money is for who may see values.
    """

    sku: str
    node: str
    units: int
    score_cents: int | None
    stake_cents: int | None
    chance: float
    counted_at: datetime | None
    days: int | None
    moves: int
    refused: int
    gaps: int
    currency: str = ""
    reasons: tuple[str, ...] = ()


class Task(Struct, frozen=True, kw_only=True):
    """A count that people walk. `stages` says how many of its lines are how far."""

    id: str
    node: str
    kind: CountKind
    is_blind: bool
    policy: Policy
    opened_at: datetime
    opened_by: str
    seed: int | None = None
    population: int | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    is_cancelled: bool = False
    lines: int = 0
    done: int = 0
    stages: dict[str, int] = {}


class Line(Struct, frozen=True, kw_only=True):
    """One SKU of a task: what was expected and found at the instant it was counted."""

    task: str
    sku: str
    stage: Stage
    round: int = 1
    expected: int | None = None
    counted: int | None = None
    difference: int | None = None
    value_cents: int | None = None
    currency: str = ""
    counted_at: datetime | None = None
    counted_by: str | None = None
    approved_at: datetime | None = None
    approved_by: str | None = None
    root_cause: str | None = None
    note: str = ""
    booked_at: datetime | None = None
    movement: str | None = None
    held_short: int = 0
    exposure: float | None = None
    signals: int | None = None
    chance: float | None = None
    is_unusual: bool = False


class Reading(Struct, frozen=True, kw_only=True):
    """What one person read off one location, in one round."""

    id: str
    task: str
    sku: str
    quantity: int
    counted_at: datetime
    actor: str
    round: int | None = None
    location: str = ""
    is_last: bool = True


class Expected(Struct, frozen=True, kw_only=True):
    """What the book says a shelf held at an instant; was it counted again since?"""

    sku: str
    at: datetime
    units: int
    was_recounted: bool = False


class Found(Struct, frozen=True, kw_only=True):
    """What a round of counting found: units, against what was expected, when it ended, by whom."""

    counted: int
    expected: int
    difference: int
    counted_at: datetime
    counted_by: str
    was_recounted: bool = False


class Taken(Struct, frozen=True, kw_only=True):
    """A reading is in the book of its task: how far its line is now."""

    id: str
    sku: str
    stage: Stage
    round: int


class RootCause(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reason why books are wrong, in both languages."""

    code: Code
    en: Annotated[str, Meta(min_length=1, max_length=200)]
    fr: Annotated[str, Meta(min_length=1, max_length=200)]
    is_offered: bool = True


class Accuracy(Struct, frozen=True, kw_only=True):
    """The share of a node's records that are right, and between what it lies with 95 % confidence.

    Measured on `sampled` of `population` SKUs that the book says are there.
    """

    task: str
    node: str
    measured_at: datetime
    population: int
    sampled: int
    accurate: int
    estimate: float
    lower: float
    upper: float


class Trend(Struct, frozen=True, kw_only=True):
    """By how much a node's accuracy changed between its last two samples, if that is no chance."""

    change: float
    is_evident: bool


class NoSuchCount(Refusal):
    code = "count-not-open"
    kind = Kind.CONFLICT
    says = Text("The count {task} is over.", "Le comptage {task} est terminé.")
    do = Text("Open another one.", "Ouvrez-en un autre.")


class LineOver(Refusal):
    code = "count-line-over"
    kind = Kind.CONFLICT
    says = Text(
        "{sku} was {stage_en} in the count {task} already.",
        "{sku} est déjà {stage_fr} dans le comptage {task}.",
    )
    do = Text("Count it in another task.", "Recomptez-le dans un autre comptage.")


class NotInSample(Refusal):
    code = "not-in-sample"
    kind = Kind.CONFLICT
    says = Text(
        "{sku} was not drawn into the sample {task}.",
        "{sku} n'a pas été tiré dans l'échantillon {task}.",
    )
    do = Text(
        "Count only what was drawn; anything else would bend the result.",
        "Comptez seulement ce qui a été tiré\u202f: le reste fausserait le résultat.",
    )


class NothingToCount(Refusal):
    code = "nothing-to-count"
    kind = Kind.CONFLICT
    says = Text("There is nothing to count at {node}.", "Il n'y a rien à compter à {node}.")
    do = Text("Name the SKUs yourself.", "Nommez vous-même les SKU.")


class NotToApprove(Refusal):
    code = "nothing-to-approve"
    kind = Kind.CONFLICT
    says = Text(
        "{sku} does not wait for an approval in the count {task}.",
        "{sku} n'attend pas d'accord dans le comptage {task}.",
    )
    do = Text("Read its line: it says what it waits for.", "Lisez sa ligne\u202f: elle dit quoi.")


class ApproverCounted(Refusal):
    code = "approver-counted"
    kind = Kind.FORBIDDEN
    says = Text(
        "You counted {sku} yourself; somebody else has to approve it.",
        "Vous avez compté {sku} vous-même\u202f; l'accord doit venir d'une autre personne.",
    )
    do = Text(
        "Ask another person who may approve counts.",
        "Demandez à une autre personne qui peut approuver.",
    )


class SampleIncomplete(Refusal):
    code = "sample-incomplete"
    kind = Kind.CONFLICT
    says = Text(
        "Lines of a sample cannot be left out or taken for empty.",
        "Les lignes d'un échantillon ne peuvent être omises, ni réputées vides.",
    )
    do = Text("Count them, or cancel the sample.", "Comptez-les, ou annulez l'échantillon.")
