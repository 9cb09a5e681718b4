"""What carriers said: the SQL that writes, and the reads that lock."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from noria.fulfilment.tracking_model import Heard, KeptReply, Outcome, Whereabouts
from noria.kit.db import Connection, columns


def save_numbers(
    tx: Connection, carrier: str, named: Sequence[tuple[str, str]], *, now: datetime
) -> dict[str, str]:
    """Write what the carrier calls parcels, as (number, SSCC); the SSCC that each number means."""
    numbers = [number for number, _ in named]
    tx.execute(
        """
        insert into parcel_number (carrier, number, sscc, told_at)
        select %s, number, sscc, %s
        from unnest(%s::text[], %s::text[]) as given (number, sscc)
        order by number
        on conflict do nothing
        """,
        [carrier, now, numbers, [sscc for _, sscc in named]],
    )
    found = tx.execute(
        "select number, sscc from parcel_number where carrier = %s and number = any(%s)",
        [carrier, numbers],
    )
    return dict(found.fetchall())


def save_reply(
    tx: Connection, reply: KeptReply, body: bytes, *, account: str | None = None
) -> None:
    """Keep a reply; what nobody can read, and somebody settled, is settled when it comes again."""
    tx.execute(
        """
        insert into carrier_reply (
            id, carrier, received_at, body, outcome, events, detail, account, settled_at
        )
        values (
            %(id)s, %(carrier)s::text, %(at)s::timestamptz, %(body)s::bytea, %(outcome)s::text,
            %(events)s, %(detail)s, %(account)s,
            case when %(outcome)s::text = 'unreadable' and %(body)s::bytea <> '' and exists (
                select from carrier_reply as known
                where known.outcome = 'unreadable' and known.carrier = %(carrier)s::text
                    and md5(known.body) = md5(%(body)s::bytea) and known.settled_at is not null
            ) then %(at)s::timestamptz end
        )
        """,
        {
            "id": reply.id,
            "carrier": reply.carrier,
            "at": reply.received_at,
            "body": body,
            "outcome": reply.outcome.value,
            "events": reply.events,
            "detail": reply.detail,
            "account": account,
        },
    )


def settle_trouble(
    tx: Connection,
    carrier: str,
    account: str | None,
    over: Sequence[Outcome],
    *,
    now: datetime,
) -> None:
    """Write that a carrier answers again: what went wrong so until now needs nobody any more."""
    tx.execute(
        """
        update carrier_reply
        set settled_at = %(now)s
        where id in (
            select id
            from carrier_reply
            where outcome = any(%(over)s) and settled_at is null and carrier = %(carrier)s
                and account is not distinct from %(account)s::text
            order by id
            for update skip locked
        )
        """,
        {
            "now": now,
            "carrier": carrier,
            "account": account,
            "over": [outcome.value for outcome in over],
        },
    )


def are_erased(tx: Connection, carrier: str, numbers: Sequence[str]) -> bool:
    """Whether the customer of one of these parcels was erased: no reply about it is kept."""
    found = tx.execute(
        """
        select exists (
            select from parcel_number
            where carrier = %s and number = any(%s) and erased_at is not null
        )
        """,
        [carrier, list(numbers)],
    ).fetchone()
    return bool(found and found[0])


def settle_reply(tx: Connection, reply_id: str, *, now: datetime) -> None:
    """Write that a reply needs nobody any more, nor do those that say the same as it does.

    What is refused is refused alike, whatever was said with it; what is not answered, too.
    """
    tx.execute(
        """
        with alike as (
            select other.id
            from carrier_reply as settled
            join carrier_reply as other on other.carrier = settled.carrier
                and other.account is not distinct from settled.account
                and other.outcome = settled.outcome
                and (other.detail = settled.detail or other.outcome <> 'unreadable')
            where settled.id = %(reply)s and other.outcome <> 'read' and other.settled_at is null
            order by other.id
            for update of other
        )
        update carrier_reply
        set settled_at = %(now)s
        from alike
        where carrier_reply.id = alike.id
        """,
        {"now": now, "reply": reply_id},
    )


def forget_replies(tx: Connection, *, before: datetime, limit: int) -> int:
    """Drop so many replies that came before then and are read or settled."""
    gone = tx.execute(
        """
        delete from carrier_reply
        where id in (
            select id
            from carrier_reply
            where received_at < %s and (outcome = 'read' or settled_at is not null)
            order by received_at, id
            limit %s
        )
        """,
        [before, limit],
    )
    return gone.rowcount


def queue(tx: Connection, carrier: str, numbers: Sequence[str]) -> None:
    """One at a time says what a number means, or hears of it: neither misses the other.

    Numbers share a few locks, taken in order, so that a long reply does not take thousands.
    """
    tx.execute(
        """
        select pg_advisory_xact_lock(hashtext('parcel_number'), lane)
        from (
            select distinct abs(hashtext(%s || ' ' || number) %% 64) as lane
            from unnest(%s::text[]) as given (number)
            order by lane
        ) as needed
        """,
        [carrier, list(numbers)],
    )


def add(
    tx: Connection, carrier: str, heard: Sequence[Heard], reply: str, *, now: datetime
) -> tuple[int, list[str]]:
    """Write what was said, each thing once; how many were new, and of which numbers."""
    found = tx.execute(
        """
        insert into tracking_event
            (carrier, number, happened_at, progress, code, label, place, reply, recorded_at)
        select %(carrier)s, number, happened_at, progress, code,
            case when is_erased then '' else label end, case when is_erased then '' else place end,
            %(reply)s, %(now)s
        from unnest(%(numbers)s::text[], %(progress)s::text[], %(times)s::timestamptz[],
                %(codes)s::text[], %(labels)s::text[], %(places)s::text[])
            as given (number, progress, happened_at, code, label, place)
        cross join lateral (
            select exists (
                select from parcel_number
                where parcel_number.carrier = %(carrier)s and parcel_number.number = given.number
                    and erased_at is not null
            ) as is_erased
        ) as forgotten
        order by number, happened_at, code, label, place, progress
        on conflict do nothing
        returning number
        """,
        {
            "carrier": carrier,
            "reply": reply,
            "now": now,
            "numbers": [one.number for one in heard],
            "progress": [one.progress.value for one in heard],
            "times": [one.happened_at for one in heard],
            "codes": [one.code for one in heard],
            "labels": [one.label for one in heard],
            "places": [one.place for one in heard],
        },
    ).fetchall()
    return len(found), sorted({number for (number,) in found})


def lock(tx: Connection, carrier: str, numbers: Sequence[str]) -> list[str]:
    """Those of these numbers that are parcels of ours, in order, with their shipments locked.

    Who hears of two parcels of one shipment at once must not miss that both have arrived. The lock
    is one that lets others refer to a shipment meanwhile.
    """
    tx.execute(
        """
        select shipment.id
        from shipment
        where id in (
            select parcel.shipment_id
            from parcel_number
            join parcel on parcel.sscc = parcel_number.sscc
            where parcel_number.carrier = %s
                and parcel_number.number = any((select %s::text[])::text[])
        )
        order by shipment.id
        for no key update
        """,
        [carrier, list(numbers)],
    )
    found = tx.execute(
        """
        select number
        from parcel_number
        where carrier = %s and number = any((select %s::text[])::text[])
        order by number
        """,
        [carrier, list(numbers)],
    )
    return [number for (number,) in found.fetchall()]


def save_progress(tx: Connection, carrier: str, at: Mapping[str, Whereabouts]) -> list[str]:
    """Write where parcels are; the numbers of those that are elsewhere than before."""
    found = tx.execute(
        """
        insert into parcel_progress as known (carrier, number, progress, since, heard_at, code,
            label, place, attempts, delivered_at)
        select %s, * from unnest(%s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[],
            %s::text[], %s::text[], %s::text[], %s::int[], %s::timestamptz[])
        on conflict (carrier, number) do update
        set progress = excluded.progress, since = excluded.since, heard_at = excluded.heard_at,
            code = excluded.code, label = excluded.label, place = excluded.place,
            attempts = excluded.attempts, delivered_at = excluded.delivered_at,
            silent_since = case
                when known.heard_at = excluded.heard_at then known.silent_since
            end
        where (known.progress, known.since, known.heard_at, known.code, known.label, known.place,
                known.attempts, known.delivered_at)
            is distinct from (excluded.progress, excluded.since, excluded.heard_at, excluded.code,
                excluded.label, excluded.place, excluded.attempts, excluded.delivered_at)
        returning number
        """,
        [
            carrier,
            list(at),
            [one.progress.value for one in at.values()],
            *list(columns(list(at.values())) or [[]] * 8)[1:],
        ],
    )
    return sorted(number for (number,) in found.fetchall())


def mark_silent(tx: Connection, quiet: Sequence[tuple[str, str, datetime]]) -> set[tuple[str, str]]:
    """Note of parcels, as (carrier, number, since when), that silence is unusual; which were new.

    Of whom something was heard in the meantime, `silent_since` was in the past; they stay as they
    are. Of whom nothing ever was, their number says so.
    """
    found = tx.execute(
        """
        with given as (
            select *
            from unnest(%s::text[], %s::text[], %s::timestamptz[]) as given (carrier, number, since)
        ), unheard as (
            update parcel_number
            set unheard_since = given.since
            from given
            where (parcel_number.carrier, parcel_number.number) = (given.carrier, given.number)
                and parcel_number.unheard_since is null
                and not exists (
                    select from parcel_progress
                    where (parcel_progress.carrier, parcel_progress.number)
                        = (given.carrier, given.number)
                )
            returning parcel_number.carrier, parcel_number.number
        ), heard as (
            update parcel_progress
            set silent_since = given.since
            from given
            where (parcel_progress.carrier, parcel_progress.number) = (given.carrier, given.number)
                and parcel_progress.silent_since is null and parcel_progress.heard_at < given.since
            returning parcel_progress.carrier, parcel_progress.number
        )
        select carrier, number from heard union all select carrier, number from unheard
        """,
        [
            [carrier for carrier, _, _ in quiet],
            [number for _, number, _ in quiet],
            [since for _, _, since in quiet],
        ],
    )
    return set(found.fetchall())
