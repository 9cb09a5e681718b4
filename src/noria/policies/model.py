"""What decisions are taken under: settings in versions that never change, and when each is live."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from noria.catalog.model import Category
from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import LARGEST_QUANTITY, Code
from noria.network.model import Country, NodeKind

PolicyId = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,29}$",
        description="A version or a draft: it names the same settings for ever.",
        examples=["winter-sales-2"],
    ),
]
ShortId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,30}$", examples=["stores-first"])]
Reason = Annotated[str, Meta(min_length=1, max_length=500, examples=["stores sell first"])]
Spent = Annotated[int, Meta(ge=0, le=10_000_000, description="Whole cents.")]
Percent = Annotated[int, Meta(ge=0, le=1000, description="Per cent of what is computed.")]
Rank = Annotated[int, Meta(ge=0, le=100, description="The higher one is served first.")]
Weight = Annotated[float, Meta(ge=0, le=100)]
Value = int | float | bool | str


class Split(Enum):
    """When an order may leave in more than one parcel.

    Never; only if its goods are worth `split_value_cents`; or whenever the cost says so.
    """

    NEVER = "never"
    BY_VALUE = "by_value"
    BY_COST = "by_cost"


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that a decision is taken under; money in cents, time in minutes.

    A field that a later release adds gets a default that changes nothing: versions made before do
    not have it, and go on deciding as they did.

    Of an order:
    `split`, `split_value_cents`, `most_legs`: whether and how far it may be split.
    `split_cents`: what each parcel beyond the first is worth avoiding (a second door bell).
    `waiting_day_cents`: what a day of waiting for the slowest parcel costs.
    `late_day_cents`: what a day after the promise costs, times its chance.
    `window_minutes`: how long an order may wait to be decided together with others, and
    `window_margin_minutes`, what must be left then until the last departure that keeps its promise.
    `priority`: which channel's orders are served first where units are scarce.
    `promised_chance`: the chance that a promise is made with.
    `reoptimise_minutes`: how often a plan may be looked at again, 0: never;
    `reoptimise_at_most` times; only if it saves `reoptimise_saves_cents`.
    `nodes_tried_first`: of versions made before every plan was tried; it changes nothing any more.
    `fraud_score_held`: from which fraud score on an order waits for a person who clears it.
    `unpaid_days`: after how many days an order that nobody paid is cancelled, 0: never.
    `withdrawal_days`: how many days after the last of it came a customer may withdraw from what
    they bought; EU law gives 14, a retailer may give more.
    `refund_overdue_days`, `return_missing_days`, `return_uninspected_days`: after how many days a
    person sees to a refund that nobody told as paid (or when the law wants it paid, if that is
    sooner), to a return that was announced and does not come, to one that came and was not looked
    at. They are one for all of an installation: no override sets them.
    `late_told_below`: below which chance of its promise a customer is told another day, early.
    `solve_ms`: what the exact search may take before the best plan found counts, in steps that are
    taken for 25 ms each on any machine.
    `prices_fresh_minutes`: how old opportunity prices may be before `left_cents` stand in for them.

    `weighs_own_goods`: what partners ask is compared with what it costs to buy a unit of our own
    again, too, as the catalog says it; otherwise partners are compared with each other alone.
    `missed_cents`: what a unit costs that an order to come does not find anywhere: no opportunity
    price is higher.
    `preference_cents`: how much dearer a plan may be that is taken because of a preference.

    Of a node, for the goods it would send:
    `freight_percent` to `opportunity_percent`: how much of each cost term counts. What overtime
    there is and what a unit of it costs, the node itself says.
    `not_found_cents`: what a unit costs that is not where the book says, times its chance.
    `markdown_cents`: what is saved by sending a unit from where what is left lasts longer than
    `markdown_days` at the pace of its sales.
    `left_cents`: what a unit is worth left where it is, if no fresh price says it.
    `preference`: between plans that cost the same, the higher mean of their nodes wins; 0 abstains.
    `is_excluded`: it sends nothing.
    `collect_days`: how many days it keeps what is ready for whoever collects it, then sells it;
    `collect_reminded_days`: how many days before that they are reminded.
    """

    split: Split = Split.BY_COST
    split_value_cents: Spent = 0
    most_legs: Annotated[int, Meta(ge=1, le=100)] = 100
    split_cents: Spent = 250
    waiting_day_cents: Spent = 80
    late_day_cents: Spent = 0
    window_minutes: Annotated[int, Meta(ge=0, le=240)] = 0
    window_margin_minutes: Annotated[int, Meta(ge=0, le=1440)] = 30
    priority: Rank = 50
    promised_chance: Annotated[float, Meta(ge=0.5, le=0.999)] = 0.95
    reoptimise_minutes: Annotated[int, Meta(ge=0, le=1440)] = 0
    reoptimise_at_most: Annotated[int, Meta(ge=0, le=20)] = 2
    reoptimise_saves_cents: Spent = 100
    nodes_tried_first: Annotated[int, Meta(ge=1, le=100)] = 6
    fraud_score_held: Annotated[float, Meta(ge=0, le=1)] = 0.8
    unpaid_days: Annotated[int, Meta(ge=0, le=365)] = 0
    withdrawal_days: Annotated[int, Meta(ge=14, le=365)] = 14
    refund_overdue_days: Annotated[int, Meta(ge=1, le=14)] = 3
    return_missing_days: Annotated[int, Meta(ge=1, le=365)] = 21
    return_uninspected_days: Annotated[int, Meta(ge=1, le=90)] = 2
    late_told_below: Annotated[float, Meta(ge=0, le=1)] = 0.05
    solve_ms: Annotated[int, Meta(ge=0, le=10_000)] = 200
    prices_fresh_minutes: Annotated[int, Meta(ge=0, le=100_000)] = 1500
    freight_percent: Percent = 100
    handling_percent: Percent = 100
    lateness_percent: Percent = 100
    not_found_percent: Percent = 100
    weighs_own_goods: bool = False
    missed_cents: Spent = 900
    preference_cents: Spent = 0
    overtime_percent: Percent = 100
    markdown_percent: Percent = 100
    opportunity_percent: Percent = 0
    not_found_cents: Spent = 0
    markdown_cents: Spent = 0
    markdown_days: Annotated[int, Meta(ge=1, le=10_000)] = 180
    left_cents: Spent = 0
    preference: Rank = 0
    is_excluded: bool = False
    collect_days: Annotated[int, Meta(ge=1, le=90)] = 7
    collect_reminded_days: Annotated[int, Meta(ge=0, le=30)] = 2


OF_A_NODE = frozenset(
    {
        *("freight_percent", "handling_percent", "lateness_percent", "not_found_percent"),
        *("overtime_percent", "markdown_percent", "opportunity_percent", "not_found_cents"),
        *("markdown_cents", "markdown_days", "left_cents", "preference", "is_excluded"),
        *("collect_days", "collect_reminded_days"),
    }
)
"""Settings that may differ from node to node; the others are one for an order."""

OF_ALL = frozenset({"refund_overdue_days", "return_missing_days", "return_uninspected_days"})
"""Settings that no override changes."""


class Override(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a policy sets otherwise somewhere, between two days (both counted), and why.

    What is left out means all. `channel` and `country` are the order's, `category` is that of the
    goods (of an order with several: of any of them).
    """

    id: ShortId
    channel: Code | None = None
    country: Country | None = None
    category: Category | None = None
    node: Code | None = None
    node_kind: NodeKind | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    sets: Annotated[
        Mapping[str, Value],
        Meta(
            min_length=1,
            max_length=50,
            description="Names of settings, with their values here.",
            examples=[{"priority": 90}],
        ),
    ]
    reason: Reason


class Protection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units of goods kept for one channel while the policy is live: the others do not see them."""

    id: ShortId
    channel: Code
    sku: Code | None = None
    category: Category | None = None
    node: Code | None = None
    node_kind: NodeKind | None = None
    units: Annotated[int, Meta(ge=1, le=LARGEST_QUANTITY)] | None = None
    days: Annotated[int, Meta(ge=1, le=365, description="Days of sales.")] | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    reason: Annotated[str, Meta(min_length=1, max_length=200, examples=["winter sales"])]


class Ranking(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How channels are ranked by what was measured: a weight each; all 0: by `priority` alone.

    A measure older than `fresh_days` says nothing any more.
    """

    conversion: Weight = 0
    margin: Weight = 0
    rotation: Weight = 0
    fresh_days: Annotated[int, Meta(ge=1, le=366)] = 35


class Content(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of a policy: what holds everywhere, and what differs where and when."""

    settings: Settings = Settings()
    overrides: Annotated[tuple[Override, ...], Meta(max_length=1000)] = ()
    protections: Annotated[tuple[Protection, ...], Meta(max_length=1000)] = ()
    ranking: Ranking = Ranking()


class Policy(Struct, frozen=True, kw_only=True):
    """A version: who made it, when and why; it never changes.

    `author_name` is what a person is called now; null where it was none, or nobody asked.
    """

    id: str
    made_at: datetime
    author: str
    reason: str
    content: Content
    author_name: str | None = None


class PolicyRow(Struct, frozen=True, kw_only=True):
    """A version in a list: exactly one of them is live.

    `live_since` is of that one, and null where it is so since before time is told. `is_shipped`: it
    came with Noria; when it was made says nothing of this installation.
    """

    id: str
    made_at: datetime
    author: str
    reason: str
    live_since: datetime | None
    author_name: str | None = None
    is_live: bool
    is_shipped: bool


class Draft(Struct, frozen=True, kw_only=True):
    """A policy in the making: anybody who may write it changes it, until it becomes a version."""

    id: str
    based_on: str | None
    changed_at: datetime
    author: str
    content: Content
    author_name: str | None = None


class Activation(Struct, frozen=True, kw_only=True):
    """From when on a version is live, until another one is; who asked for it, and why.

    `ends_at` is when `replaced_by` takes its place, as far as anybody asked for that: `starts_at`
    itself where it never was live.
    """

    id: str
    policy: str
    starts_at: datetime
    asked_at: datetime
    author: str
    reason: str
    withdrawn_at: datetime | None = None
    author_name: str | None = None
    is_live: bool = False
    ends_at: datetime | None = None
    replaced_by: str | None = None


class SettingKind(Enum):
    """How a setting is written: a whole number, a share, one of some words, or yes and no."""

    WHOLE = "whole"
    SHARE = "share"
    CHOICE = "choice"
    SWITCH = "switch"


class Setting(Struct, frozen=True, kw_only=True):
    """What may be written for a setting, and what a new installation has."""

    name: str
    kind: SettingKind
    minimum: float | None
    maximum: float | None
    choices: Sequence[str]
    usual: Value
    is_of_a_node: bool
    is_of_all: bool


class Live(Struct, frozen=True, kw_only=True):
    """The version that decisions are taken under now, and what will follow it."""

    policy: Policy
    since: datetime
    coming: Sequence[Activation]


class Difference(Struct, frozen=True, kw_only=True):
    """One thing that differs between two policies; null: it is not there."""

    pointer: str
    before: Value | Mapping[str, Value | None] | None
    after: Value | Mapping[str, Value | None] | None


class Measure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a channel did in the days up to `day`, as somebody measured it.

    `conversion`: orders a visit; `margin`: of what is sold, after costs; `rotation`: how often a
    year its stock is sold.
    """

    channel: Code
    day: date
    conversion: Annotated[float, Meta(ge=0, le=1, examples=[0.024])]
    margin: Annotated[float, Meta(ge=-10, le=1, examples=[0.41])]
    rotation: Annotated[float, Meta(ge=0, le=1000, examples=[5.2])]


class Priority(Struct, frozen=True, kw_only=True):
    """Which rank a channel has, and what gave it: a setting, an override by its id, or measures."""

    channel: str
    rank: float
    by: str
    en: str
    fr: str


class Scope(Struct, frozen=True, kw_only=True):
    """What is decided about: an order, and, for the settings of a node, one that might send."""

    channel: str | None = None
    country: str | None = None
    categories: frozenset[str] = frozenset()
    node: str | None = None
    node_kind: NodeKind | None = None


class Applied(Struct, frozen=True, kw_only=True):
    """The settings for one scope on one day, and the overrides that made them so."""

    settings: Settings
    overrides: tuple[str, ...] = ()


class Known(Struct, frozen=True, kw_only=True):
    """Codes that exist, of those that a policy names."""

    channels: frozenset[str]
    nodes: frozenset[str]
    skus: frozenset[str]
    categories: frozenset[str]


class ActivationPast(Refusal):
    code = "activation-past"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "A policy cannot have been live since {starts_at}: it is {now}.",
        "Une politique ne peut pas être active depuis {starts_at}\u202f: il est {now}.",
    )
    do = Text(
        "Leave starts_at out for now, or name a time to come.",
        "Omettez starts_at pour maintenant, ou donnez une heure à venir.",
    )


class ActivationBegun(Refusal):
    code = "activation-begun"
    kind = Kind.CONFLICT
    says = Text(
        "The activation {id} has begun: what was decided under it stands.",
        "L'activation {id} a commencé\u202f: ce qui a été décidé depuis reste acquis.",
    )
    do = Text(
        "Activate an older version to go back to it.",
        "Activez une version antérieure pour y revenir.",
    )
