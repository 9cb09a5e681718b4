"""Questions about labels that nobody uses any more, or that are not as they should be."""

from noria.kit.db import Connection


def unwanted(tx: Connection, *, limit: int) -> list[str]:
    """Labels that were bought for legs that are not sent, and that nobody tried to take back."""
    found = tx.execute(
        """
        select label.id
        from label
        join leg on leg.id = label.leg_id
        where label.state = 'bought' and not label.is_linked
            and leg.withdrawn_at is not null and leg.shipped_at is null
            and not exists (
                select from carrier_call where kind = 'cancel' and subject = label.id
            )
        order by label.id
        limit %s
        """,
        [limit],
    )
    return [key for (key,) in found]


def address_edits(tx: Connection, order: str) -> int:
    """How often it was changed to whom an order goes, or where."""
    found = tx.execute(
        """
        select count(*)
        from order_edit
        where order_id = %s and changes && array['recipient', 'place']
        """,
        [order],
    ).fetchone()
    assert found is not None, "an aggregate has a row"
    return int(found[0])


def outdated(tx: Connection, *, limit: int) -> list[str]:
    """Labels of what is still to leave, bought before the address of their order changed."""
    found = tx.execute(
        """
        select label.id
        from label
        join leg on leg.id = label.leg_id
        where label.state = 'bought' and not label.is_linked
            and leg.withdrawn_at is null and leg.shipped_at is null
            and label.told_edits < (
                select count(*)
                from order_edit
                where order_edit.order_id = label.order_id
                    and changes && array['recipient', 'place']
            )
        order by label.id
        limit %s
        """,
        [limit],
    )
    return [key for (key,) in found]


def to_renew(tx: Connection, *, after: str, limit: int) -> list[str]:
    """Labels, beyond `after`, taken back for their address, whose box got no other since."""
    found = tx.execute(
        """
        select label.id
        from label_trouble as trouble
        join label on label.id = trouble.label
        join leg on leg.id = label.leg_id
        where trouble.settled_at is null and trouble.kind = 'outdated'
            and label.state = 'cancelled' and label.id > %s
            and leg.withdrawn_at is null and leg.shipped_at is null
            and not exists (
                select from label as later
                where later.leg_id = label.leg_id and later.box = label.box
                    and later.id <> label.id and later.asked_at >= label.asked_at
            )
        order by label.id
        limit %s
        """,
        [after, limit],
    )
    return [key for (key,) in found]


def is_outdated(tx: Connection, label: str) -> bool:
    """Whether a label waits for another to take its place."""
    found = tx.execute(
        """
        select from label_trouble where label = %s and kind = 'outdated' and settled_at is null
        """,
        [label],
    )
    return found.fetchone() is not None
