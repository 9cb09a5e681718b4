"""What supply says of units under way, and what the ledger says."""

from noria.kit.checks import Check, Trace
from noria.kit.errors import Text

CHECKS = (
    Check(
        name="transfer.units",
        question=Text(
            "Is what is in transit to each node what open transfers have sent there?",
            "Ce qui est en route vers chaque site est-il ce que les transferts ont expédié\u202f?",
        ),
        of="transfers",
        is_by_sku=True,
        trace=Trace.PLACE,
        statement="""
            select 'in_transit:' || sku || ':' || node as subject, sku, node,
                'in_transit' as state, coalesce(road.quantity, 0)::text as expected,
                coalesce(sent.units, 0)::text as found
            from (
                select transfer_line.sku, transfer.target as node, sum(dispatched) as units
                from transfer
                join transfer_line on transfer_line.transfer = transfer.id
                where dispatched_at is not null and received_at is null
                    and within(transfer_line.sku)
                group by transfer_line.sku, transfer.target
            ) as sent
            full join (
                select sku, node, quantity from balance where state = 'in_transit' and within(sku)
            ) as road using (sku, node)
            where coalesce(sent.units, 0) <> coalesce(road.quantity, 0)
        """,
        compared="""
            select count(*)
            from transfer
            join transfer_line on transfer_line.transfer = transfer.id
            where received_at is null and within(transfer_line.sku)
        """,
    ),
    Check(
        name="asn.received",
        question=Text(
            "Did as much come of each ASN as its receipts say?",
            "Chaque avis d'expédition compte-t-il ce que disent ses réceptions\u202f?",
        ),
        of="ASN lines",
        is_by_sku=True,
        statement="""
            select 'asn:' || asn || ':' || sku as subject, sku, null::text as node,
                coalesce(came.units, 0)::text as expected, asn_line.received::text as found
            from asn_line
            left join (
                select receipt.asn, receipt_line.sku, sum(quantity) as units
                from receipt
                join receipt_line on receipt_line.receipt = receipt.id
                where receipt.asn is not null and within(receipt_line.sku)
                group by receipt.asn, receipt_line.sku
            ) as came using (asn, sku)
            where coalesce(came.units, 0) <> asn_line.received and within(sku)
        """,
        compared="select count(*) from asn_line where within(sku)",
    ),
    Check(
        name="purchase.received",
        question=Text(
            "Was as much booked of each purchase order as it says it received?",
            "A-t-on inscrit de chaque commande fournisseur ce qu'elle dit avoir reçu\u202f?",
        ),
        of="purchase lines",
        is_by_sku=True,
        trace=Trace.CAUSE,
        statement="""
            select 'purchase:' || purchase_order || ':' || sku as subject, sku, line.node,
                'purchase:' || purchase_order as cause, coalesce(booked.units, 0)::text as expected,
                coalesce(line.received, 0)::text as found
            from (
                select purchase_order, sku, purchase_order.node, received
                from purchase_line
                join purchase_order on purchase_order.id = purchase_line.purchase_order
                where within(sku)
            ) as line
            full join (
                select substring(movement.cause from 10) as purchase_order, move.sku,
                    sum(move.quantity) as units
                from movement
                join move on move.movement_id = movement.id
                where movement.kind = 'received' and starts_with(movement.cause, 'purchase:')
                    and within(move.sku)
                group by movement.cause, move.sku
            ) as booked using (purchase_order, sku)
            where coalesce(line.received, 0) <> coalesce(booked.units, 0)
        """,
        compared="select count(*) from purchase_line where within(sku)",
    ),
)
