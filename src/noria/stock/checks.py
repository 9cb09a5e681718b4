"""What the ledger says twice: balances and moves, movements and their lines, levels told."""

from noria.kit.checks import Check, Trace
from noria.kit.errors import Text

BALANCES = "select count(*) from balance where within(sku)"
MOVEMENTS = "select count(*) from movement where since(recorded_at)"

CHECKS = (
    Check(
        name="balance.moves",
        question=Text(
            "Is each balance what the moves add up to?",
            "Chaque solde est-il la somme des mouvements\u202f?",
        ),
        of="balances",
        is_by_sku=True,
        trace=Trace.PLACE,
        statement="""
            select 'balance:' || sku || ':' || node || ':' || state as subject, sku, node,
                state::text as state, coalesce(replayed.quantity, 0)::text as expected,
                coalesce(held.quantity, 0)::text as found
            from (select sku, node, state, quantity from balance where within(sku)) as held
            full join (
                select sku, node, state, sum(change) as quantity
                from entry
                where within(sku)
                group by sku, node, state
            ) as replayed using (sku, node, state)
            where coalesce(held.quantity, 0) <> coalesce(replayed.quantity, 0)
        """,
        compared=BALANCES,
    ),
    Check(
        name="sku.zero",
        question=Text(
            "Do the units of each SKU, over every place, add up to zero?",
            "Les unités de chaque SKU, tous lieux confondus, font-elles zéro\u202f?",
        ),
        of="balances",
        is_by_sku=True,
        trace=Trace.PLACE,
        statement="""
            select 'sku:' || sku as subject, sku, null::text as node, null::text as state,
                '0' as expected, sum(quantity)::text as found
            from balance
            where within(sku)
            group by sku
            having sum(quantity) <> 0
        """,
        compared=BALANCES,
    ),
    Check(
        name="balance.negative",
        question=Text(
            "Is nothing inside our walls less than nothing?",
            "Rien n'est-il négatif dans nos murs\u202f?",
        ),
        of="balances",
        is_by_sku=True,
        trace=Trace.PLACE,
        statement="""
            select 'balance:' || sku || ':' || node || ':' || state as subject, sku, node,
                state::text as state, '0' as expected, quantity::text as found
            from balance
            where within(sku) and quantity < 0 and state <> 'outside'
        """,
        compared=BALANCES,
    ),
    Check(
        name="snapshot.moves",
        question=Text(
            "Is what each balance was at the last cut what the moves up to it add up to?",
            "Chaque solde à la dernière coupe est-il la somme des mouvements d'avant\u202f?",
        ),
        of="snapshots",
        is_by_sku=True,
        trace=Trace.PLACE,
        statement="""
            select 'snapshot:' || kept.sku || ':' || kept.node || ':' || kept.state as subject,
                kept.sku, kept.node, kept.state::text as state,
                coalesce(sum(entry.change), 0)::text as expected, kept.quantity::text as found
            from (
                select distinct on (sku, node, state) sku, node, state, quantity, seq
                from balance_snapshot
                where within(sku)
                order by sku, node, state, seq desc
            ) as kept
            left join entry on entry.sku = kept.sku and entry.node = kept.node
                and entry.state = kept.state and entry.seq <= kept.seq
            group by kept.sku, kept.node, kept.state, kept.quantity
            having kept.quantity <> coalesce(sum(entry.change), 0)
        """,
        compared="select count(*) from balance_snapshot where within(sku)",
    ),
    Check(
        name="movement.lines",
        question=Text(
            "Does each movement have its moves, and is none of them missing?",
            "Chaque mouvement a-t-il ses lignes, sans qu'aucune manque\u202f?",
        ),
        of="movements",
        trace=Trace.MOVEMENT,
        statement="""
            select 'movement:' || movement.id as subject, min(sku) as sku,
                min(source_node) as node, movement.id as movement,
                coalesce(max(line) + 1, 1)::text as expected, count(line)::text as found
            from movement
            left join move_part as move on move.movement_id = movement.id
            where since(movement.recorded_at)
            group by movement.id
            having count(line) < coalesce(max(line) + 1, 1)
        """,
        compared=MOVEMENTS,
    ),
    Check(
        name="move.movement",
        question=Text(
            "Does each move belong to a movement that is in the book?",
            "Chaque ligne appartient-elle à un mouvement du livre\u202f?",
        ),
        of="moves",
        is_by_sku=True,
        trace=Trace.MOVEMENT,
        statement="""
            select 'move:' || move.movement_id || ':' || line as subject, sku,
                source_node as node, move.movement_id as movement, 'a movement' as expected,
                'a move alone' as found
            from move
            left join movement on movement.id = move.movement_id
            where within(sku) and movement.id is null
        """,
        compared="select count(*) from move where within(sku)",
    ),
    Check(
        name="move.parts",
        question=Text(
            "Do the parts of a move that is for several causes add up to it?",
            "Les parts d'une ligne qui a plusieurs causes font-elles son total\u202f?",
        ),
        of="moves",
        is_by_sku=True,
        trace=Trace.MOVEMENT,
        statement="""
            select 'move:' || movement_id || ':' || line as subject, sku, source_node as node,
                movement_id as movement, quantity::text as expected, told::text as found
            from (
                select movement_id, line, sku, source_node, quantity,
                    (select sum(part) from unnest(parts) as part) as told
                from move
                where causes is not null and within(sku)
            ) as move
            where told is distinct from quantity
        """,
        compared="select count(*) from move where causes is not null and within(sku)",
    ),
    Check(
        name="movement.answer",
        question=Text(
            "Is each movement that was answered as booked in the book?",
            "Chaque mouvement annoncé comme inscrit est-il dans le livre\u202f?",
        ),
        of="answers",
        statement="""
            select 'movement:' || key as subject, null::text as sku, null::text as node,
                'in the book' as expected, 'answered, not booked' as found
            from answer
            where scope = 'PUT /v1/movements/{movement_id}' and status between 200 and 299
                and lately(answered_at) and not exists (select from movement where id = key)
        """,
        compared="""
            select count(*)
            from answer
            where scope = 'PUT /v1/movements/{movement_id}' and lately(answered_at)
        """,
    ),
    Check(
        name="level.told",
        question=Text(
            "Is the level that was told last of each place the one it has?",
            "Le dernier niveau annoncé de chaque lieu est-il le sien\u202f?",
        ),
        of="balances",
        is_by_sku=True,
        trace=Trace.PLACE,
        statement="""
            select 'level:' || balance.sku || ':' || balance.node || ':' || balance.state
                    as subject, balance.sku, balance.node, balance.state::text as state,
                balance.quantity::text as expected, told.quantity::text as found
            from (select distinct sku from balance where within(sku)) as known
            cross join lateral (
                select distinct on (level.node, level.state) level.node, level.state,
                    level.quantity
                from (
                    select seq, data
                    from happening
                    where subject = known.sku collate "default" and type = 'stock.level.changed'
                    order by seq desc
                    limit 20
                ) as event
                cross join lateral jsonb_to_recordset(data -> 'levels')
                    as level (node text, state text, quantity bigint)
                order by level.node, level.state, seq desc
            ) as told
            join balance on balance.sku = known.sku and balance.node = told.node
                and balance.state::text = told.state
            where balance.quantity <> told.quantity
        """,
        compared=BALANCES,
    ),
)
