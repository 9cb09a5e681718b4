"""Decisions about reliability: what few counts say, drawn towards what the group's many say.

A member of a group has shares p of K outcomes. Members differ as a Dirichlet with the group's mean
m and a strength s: E p = m, Var p_k = m_k (1 - m_k) / (s + 1). Given counts n_k, the mean of p is
(n_k + s m_k) / (n + s). s is found by moments (empirical Bayes): members that differ no more than
chance would make them are worth their group, members that truly differ stand alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import exp, lgamma, log

from msgspec import Struct

from noria.network.model import Node, Service
from noria.network.reliability_model import (
    GOOD,
    HANDLING_MINUTES,
    LATEST_DAYS,
    OUTCOMES,
    Cell,
    Estimate,
    Reliability,
    Shown,
    Topic,
)

Key = tuple[Topic, str]

HALF_LIFE_DAYS = 90
"""What is so old counts half."""

FORGOTTEN_DAYS = 6 * HALF_LIFE_DAYS
STATED_STRENGTH = 50.0
"""How many observations what a carrier states, or what is usual, is worth."""

LEAST_STRENGTH, MOST_STRENGTH = 2.0, 1000.0
FEWEST_MEMBERS = 3
"""With fewer members in a group nothing is known of how they differ."""

USUAL: Mapping[Topic, Sequence[float]] = {
    Topic.PICK: (0.97, 0.015, 0.005, 0.01),
    Topic.DEPARTURE: (0.95, 0.05),
    Topic.CONDITION: (0.99, 0.01),
}
"""What is believed before anything was measured, anywhere."""

USUAL_CHANCE = 0.95
LATE_TAIL = 0.5
"""Of parcels that are late, each further day halves how many still are."""

EARLY_SHARE = 0.1
DIGITS = 6


def forgotten(age_days: int) -> float:
    """How much an observation of that age still counts."""
    return float(0.5 ** (age_days / HALF_LIFE_DAYS))


def node_groups(node: Node) -> tuple[str, ...]:
    """What a node is like: its kind, its kind in its country, itself."""
    kind = f"kind:{node.kind.value}"
    return kind, f"{kind}:{node.country}", f"node:{node.code}"


def service_groups(service: Service) -> tuple[str, ...]:
    """What a service is like: its carrier's, itself."""
    return f"carrier:{service.carrier}", f"service:{service.code}"


def lane_groups(service: Service, node: str, area: str) -> tuple[str, ...]:
    """What a service from a node to an area is like: the service, from that node, and there."""
    own = f"service:{service.code}:{node}"
    return *service_groups(service), own, f"{own}:{area}"


def area(country: str, postcode: str) -> str:
    """The area a destination counts for: the first two characters of its postcode."""
    return f"{country}-{postcode[:2].upper()}"


def minutes_outcome(minutes: int) -> int:
    """The outcome of handling that took so many open minutes."""
    return next(
        (place for place, most in enumerate(HANDLING_MINUTES) if minutes <= most),
        len(HANDLING_MINUTES) - 1,
    )


def days_outcome(days_late: int) -> int:
    """The outcome of a journey that was so many delivery days late; negative: early."""
    return 0 if days_late < 0 else 1 + min(days_late, LATEST_DAYS)


def stated(topic: Topic, chance: float) -> tuple[float, ...]:
    """The shares of outcomes by what is usual or, of journeys, by the chance a carrier states."""
    if topic is not Topic.TRANSIT:
        usual = USUAL.get(topic)
        return tuple(usual) if usual else tuple(1 / len(OUTCOMES[topic]) for _ in OUTCOMES[topic])
    tail = [LATE_TAIL**days for days in range(1, LATEST_DAYS + 1)]
    late = [(1 - chance) * part / sum(tail) for part in tail]
    return (chance * EARLY_SHARE, chance * (1 - EARLY_SHARE), *late)


def estimates(cells: Iterable[Cell], chances: Mapping[str, float]) -> list[Estimate]:
    """What is believed of every group and member that cells belong to, in order of topic and key.

    `chances` are what services state, by the key of the service. From the widest group on, each
    draws what it counts towards the shares of the group above it.
    """
    tree = _tree(cells)
    found: dict[Key, Estimate] = {}
    strengths: dict[Key, float] = {}
    for topic, key in sorted(tree, key=lambda one: (tree[one].depth, one[0].value, one[1])):
        branch, above = tree[topic, key], (topic, tree[topic, key].parent)
        if above[1]:
            if above not in strengths:
                members = sorted(tree[above].members)
                strengths[above] = strength([tree[topic, one].weights for one in members])
            prior: Sequence[float] = found[above].shares
            worth = strengths[above]
        else:
            prior, worth = _first_prior(topic, branch, chances)
        found[topic, key] = Estimate(
            topic=topic,
            key=key,
            parent=branch.parent,
            counts=tuple(branch.counts),
            weights=tuple(round(weight, DIGITS) for weight in branch.weights),
            shares=drawn(branch.weights, prior, worth),
            strength=round(worth, 3),
        )
    return [found[key] for key in sorted(found, key=lambda one: (one[0].value, one[1]))]


class _Branch(Struct):
    """What all cells of a group count together, while they are added up."""

    parent: str
    depth: int
    counts: list[int]
    weights: list[float]
    members: set[str]


def _tree(cells: Iterable[Cell]) -> dict[Key, _Branch]:
    tree: dict[Key, _Branch] = {}
    for cell in sorted(cells, key=lambda one: (one.topic.value, one.groups)):
        above = ""
        for depth, key in enumerate(cell.groups):
            branch = tree.setdefault(
                (cell.topic, key),
                _Branch(above, depth, [0] * len(cell.counts), [0.0] * len(cell.counts), set()),
            )
            branch.counts = [sum(both) for both in zip(branch.counts, cell.counts, strict=True)]
            branch.weights = [sum(both) for both in zip(branch.weights, cell.weights, strict=True)]
            if above:
                tree[cell.topic, above].members.add(key)
            above = key
    return tree


def _first_prior(
    topic: Topic, branch: _Branch, chances: Mapping[str, float]
) -> tuple[Sequence[float], float]:
    """What the widest group is drawn towards: what its services state, or what is usual."""
    known = [chances[key] for key in sorted(branch.members) if key in chances]
    mean = sum(known) / len(known) if known else USUAL_CHANCE
    return stated(topic, mean), STATED_STRENGTH if topic is not Topic.HANDLING else 1.0


def drawn(weights: Sequence[float], prior: Sequence[float], strength: float) -> tuple[float, ...]:
    """The shares of outcomes, between what was counted and what is believed of the group."""
    total = sum(weights) + strength
    return tuple(
        round((weight + strength * share) / total, DIGITS)
        for weight, share in zip(weights, prior, strict=True)
    )


def strength(members: Sequence[Sequence[float]]) -> float:
    """How many observations a group is worth against one member's own, by moments.

    With n_i the weight of member i, N their sum, V = sum of m_k (1 - m_k), and S the sum of
    n_i (p_ik - m_k)²: S / V is about (I - 1) + rho (N - sum n_i² / N - (I - 1)), and
    rho = 1 / (s + 1).
    """
    sizes = [sum(member) for member in members]
    known = [(size, member) for size, member in zip(sizes, members, strict=True) if size > 0]
    total = sum(size for size, _ in known)
    if len(known) < FEWEST_MEMBERS:
        return STATED_STRENGTH
    mean = [part / total for part in _summed([member for _, member in known])]
    spread = sum(share * (1 - share) for share in mean)
    room = total - sum(size**2 for size, _ in known) / total - (len(known) - 1)
    if spread <= 0 or room <= 0:
        return STATED_STRENGTH
    apart = sum(
        size * (count / size - share) ** 2
        for size, member in known
        for count, share in zip(member, mean, strict=True)
    )
    rho = (apart / spread - (len(known) - 1)) / room
    if rho <= 1 / (1 + MOST_STRENGTH):
        return MOST_STRENGTH
    return max(1 / rho - 1, LEAST_STRENGTH)


def _summed(rows: Sequence[Sequence[float]]) -> list[float]:
    return [sum(column) for column in zip(*rows, strict=True)]


def node_shares(known: Reliability, topic: Topic, node: str) -> tuple[float, ...] | None:
    """Shares of outcomes at a node: its own, or those of the nearest group that was measured.

    None: nothing was, and nothing is usual.
    """
    for key in reversed(known.node_groups.get(node, ())):
        if found := known.estimates.get((topic, key)):
            return found.shares
    return stated(topic, 0.0) if topic in USUAL else None


def lane_shares(
    known: Reliability, topic: Topic, service: str, node: str, area: str = ""
) -> tuple[float, ...]:
    """Shares of outcomes of a service from a node to an area, or of what is nearest to it."""
    own = f"service:{service}:{node}"
    for key in (f"{own}:{area}", own, *reversed(known.service_groups.get(service, ()))):
        is_carrier = key.startswith("carrier:")
        if not is_carrier and (found := known.estimates.get((topic, key))):
            return found.shares
        if is_carrier and (found := known.estimates.get((topic, key))):
            return drawn(found.weights, stated(topic, known.chances[service]), STATED_STRENGTH)
    return stated(topic, known.chances.get(service, USUAL_CHANCE))


def found_chance(known: Reliability, node: str) -> float:
    """The chance that what the book says is there is found, whole, and not refused."""
    shares = node_shares(known, Topic.PICK, node)
    assert shares is not None, "something is usual of picks"
    return shares[0]


def all_found_chance(known: Reliability, node: str, lines: int) -> float:
    """The chance that each of so many lines is found there, each by itself."""
    return round(found_chance(known, node) ** lines, 4)


def on_time_chance(
    known: Reliability, service: str, node: str, area: str = "", *, grace_days: int = 1
) -> float:
    """The chance that a leg is there on its day or, at the latest, `grace_days` later.

    It leaves on time and travels as long as it should or so much longer; or it misses one van,
    which costs a day of the grace.
    """
    leaves = node_shares(known, Topic.DEPARTURE, node)
    assert leaves is not None, "something is usual of departures"
    travels = lane_shares(known, Topic.TRANSIT, service, node, area)
    good = GOOD[Topic.TRANSIT]
    in_time = sum(travels[: good + grace_days])
    a_day_less = sum(travels[: good + grace_days - 1])
    return round(leaves[0] * in_time + leaves[1] * a_day_less, 4)


def late_days(
    known: Reliability, service: str, node: str, area: str = "", *, graces: int = 4
) -> tuple[float, ...]:
    """The days that a leg is expected to come after its day and 0, 1, … days of grace."""
    leaves = node_shares(known, Topic.DEPARTURE, node)
    assert leaves is not None, "something is usual of departures"
    in_time, late = [0.0], [0.0] * (LATEST_DAYS + 2)
    for share in lane_shares(known, Topic.TRANSIT, service, node, area):
        in_time.append(in_time[-1] + share)
    good = GOOD[Topic.TRANSIT]
    for days in range(LATEST_DAYS, -1, -1):
        met = leaves[0] * in_time[good + days] + leaves[1] * in_time[good + days - 1]
        late[days] = late[days + 1] + 1 - met
    return tuple(round(days, 4) for days in late[:graces])


def handling_minutes(known: Reliability, node: Node, *, share: float = 0.8) -> int:
    """The open minutes within which a node handles that share of what it is given.

    The node's stated minutes, where it does not learn them or nothing was measured of its kind.
    """
    shares = node_shares(known, Topic.HANDLING, node.code) if node.learns_handling else None
    if shares is None:
        return node.handling_minutes
    total = 0.0
    for most, part in zip(HANDLING_MINUTES, shares, strict=True):
        total += part
        if total >= share:
            return most
    return HANDLING_MINUTES[-1]


def shown(one: Estimate) -> Shown:
    """An estimate as people read it, with the interval of its good share."""
    names = OUTCOMES[one.topic]
    good, low, high = None, None, None
    if number := GOOD[one.topic]:
        good = min(sum(one.shares[:number]), 1.0)
        size = sum(one.weights) + one.strength
        low, high = (beta_quantile(at, good * size, (1 - good) * size) for at in (0.025, 0.975))
    return Shown(
        topic=one.topic.value,
        key=one.key,
        group=one.parent,
        counts=dict(zip(names, one.counts, strict=True)),
        shares=dict(zip(names, one.shares, strict=True)),
        weight=round(sum(one.weights), 3),
        strength=one.strength,
        good=None if good is None else round(good, 4),
        low=None if low is None else round(low, 4),
        high=None if high is None else round(high, 4),
    )


def beta_quantile(chance: float, a: float, b: float) -> float:
    """Below which value a Beta(a, b) stays with that chance, to 1e-9, by halving."""
    if a <= 0 or b <= 0:
        return 0.0 if a <= 0 else 1.0
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        if beta_below(middle, a, b) < chance:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def beta_below(value: float, a: float, b: float) -> float:
    """The chance that a Beta(a, b) is below a value: a continued fraction (NIST DLMF 8.17)."""
    if value <= 0 or value >= 1:
        return float(value >= 1)
    if value > (a + 1) / (a + b + 2):
        return 1 - beta_below(1 - value, b, a)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(value) + b * log(1 - value)) / a
    tiny = 1e-300
    c, d = 1.0, 1 / _off_zero(1 - (a + b) * value / (a + 1), tiny)
    result = d
    for m in range(1, 300):
        for numerator in (
            m * (b - m) * value / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * value / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _off_zero(1 + numerator * d, tiny)
            c = _off_zero(1 + numerator / c, tiny)
            result *= c * d
        if abs(c * d - 1) < 1e-12:
            break
    return min(max(front * result, 0.0), 1.0)


def _off_zero(value: float, tiny: float) -> float:
    return value if abs(value) > tiny else tiny
