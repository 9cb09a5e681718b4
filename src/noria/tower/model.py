"""What a person in front of the control tower sees."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct


class Summary(Struct, frozen=True, kw_only=True):
    """Today in figures: orders by stage, units by state, promises, and what needs a person.

    `taken_back` are legs of the last seven days that were not sent, by why: a partner declined,
    nothing of it was there (short), it was planned anew (rerouted), or the customer cancelled.
    `sent_from` are units planned in the last seven days, and not taken back, by the kind of node
    that sends, makes or delivers them.
    """

    at: datetime
    orders: Mapping[str, int]
    units: Mapping[str, int]
    promises: Mapping[str, int]
    exceptions: Mapping[str, int]
    taken_back: Mapping[str, int]
    sent_from: Mapping[str, int]
