"""What looks keep, what it is made of, and how old it may be before somebody looks again."""

from datetime import timedelta
from typing import LiteralString

from msgspec import Struct


class Kept(Struct, frozen=True, kw_only=True):
    """What one look keeps, by its name.

    It says something only of what is so still: of the `edition` of its questions, and of what
    `seen` tells, a statement. For so long as `fresh`, whoever asks is told what it found; until it
    is as old as `usable`, they are while somebody else looks. Nothing older is told.
    """

    name: str
    edition: str
    seen: LiteralString
    fresh: timedelta
    usable: timedelta


FRESH, USABLE = timedelta(hours=1), timedelta(days=1)
"""Of what was brought and what is doubtful in it: it says of when it is, and can be asked anew."""
COUNTS_FRESH, COUNTS_USABLE = timedelta(minutes=1), timedelta(minutes=10)
"""Of what stores did in four weeks."""
FILES_IN: LiteralString = """
    select count(*) || ' ' || coalesce(sum(hashtextextended(id, 0)), 0)
    from file_import
    where finished_at is not null and not is_preview
"""
NETWORKS_AND_STORES: LiteralString = """
    select coalesce(sum(hashtextextended(channel_network::text, 0)), 0) || ' '
        || (select coalesce(sum(hashtextextended(code || ' ' || kind, 0)), 0) from node)
    from channel_network
"""
