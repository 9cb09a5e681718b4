"""The questions of a first hour: what is doubtful in what was brought, and why it matters."""

from typing import LiteralString

from noria.kit.errors import Text
from noria.welcome.model import Question, Subject, Weight

SOLD: LiteralString = "select count(*) from sku where is_sold"
THINGS: LiteralString = "select count(*) from sku where is_sold and not is_digital"
OPEN: LiteralString = "select count(*) from node where is_open and kind <> 'relay'"
OWN: LiteralString = (
    "select count(*) from node where is_open and kind in ('warehouse', 'store', 'dark_store')"
)
SHIPPING: LiteralString = (
    "select count(*) from node where is_open and does_ship and kind not in ('relay', 'digital')"
)
SHELVES: LiteralString = "select count(*) from balance where state = 'available' and quantity > 0"

NODES = (
    Question(
        name="node.no-departure",
        weight=Weight.STOPS,
        subject=Subject.NODE,
        asks=Text(
            "Nodes that send, and no carrier comes", "Sites qui expédient, sans transporteur"
        ),
        why=Text(
            "Without a departure nothing can be sent from there.",
            "Sans départ, rien ne peut en être envoyé.",
        ),
        do=Text(
            "Give each its services with their cut-offs: column departures.",
            "Donnez à chacun ses services et leurs heures limites\u202f: colonne departures.",
        ),
        statement="""
            select code::text as key, null::text as sku, code::text as node, null::bigint as units,
                name as words
            from node
            where is_open and does_ship and kind not in ('relay', 'digital')
                and not exists (select from departure where departure.node = node.code)
        """,
        looked_at=SHIPPING,
    ),
    Question(
        name="node.no-place",
        weight=Weight.BENDS,
        subject=Subject.NODE,
        asks=Text("Nodes far from their postcode", "Sites loin de leur code postal"),
        why=Text(
            "Distances, prices and days are reckoned from where a node lies.",
            "Distances, prix et délais se calculent depuis le lieu du site.",
        ),
        do=Text(
            "Correct latitude and longitude, or the postcode; units are km between the two.",
            "Corrigez latitude et longitude, ou le code postal\u202f; unités\u202f: km entre les "
            "deux.",
        ),
        statement="""
            select key, null::text as sku, key as node, km as units, words
            from (
                select node.code::text as key, node.name as words, (6371 * acos(least(1,
                    sin(radians(node.latitude)) * sin(radians(postcode.latitude))
                    + cos(radians(node.latitude)) * cos(radians(postcode.latitude))
                    * cos(radians(node.longitude - postcode.longitude)))))::bigint as km
                from node
                join postcode on postcode.country = node.country
                    and postcode.code = node.postcode collate "C"
                where node.kind not in ('relay', 'digital')
            ) as apart
            where km > 50
            union all
            select code, null, code, null, name
            from node
            where latitude = 0 and longitude = 0 and kind not in ('relay', 'digital')
                and not exists (
                    select from postcode
                    where postcode.country = node.country
                        and postcode.code = node.postcode collate "C"
                )
        """,
        looked_at=OPEN,
    ),
    Question(
        name="node.no-hours",
        weight=Weight.BENDS,
        subject=Subject.NODE,
        asks=Text("Nodes without hours", "Sites sans horaires"),
        why=Text(
            "A node without hours counts as open day and night, and is promised so.",
            "Un site sans horaires passe pour ouvert jour et nuit, et on promet ainsi.",
        ),
        do=Text(
            "Say when each is open: column hours.",
            "Dites quand chacun est ouvert\u202f: colonne hours.",
        ),
        statement="""
            select code::text as key, null::text as sku, code::text as node, null::bigint as units,
                name as words
            from node
            where is_open and kind in ('warehouse', 'store', 'dark_store')
                and not exists (select from node_hours where node_hours.node = node.code)
        """,
        looked_at=OWN,
    ),
    Question(
        name="node.no-capacity",
        weight=Weight.SLOWS,
        subject=Subject.NODE,
        asks=Text("Stores that send, without a limit", "Magasins qui expédient, sans limite"),
        why=Text(
            "On a busy day, sourcing would send a store more than its people can pick.",
            "Un jour chargé, un magasin recevrait plus que son équipe ne peut préparer.",
        ),
        do=Text(
            "Say how many orders or units a store can do in a day.",
            "Dites combien de commandes ou d'unités un magasin peut faire par jour.",
        ),
        statement="""
            select code::text as key, null::text as sku, code::text as node, null::bigint as units,
                name as words
            from node
            where is_open and does_ship and kind in ('store', 'dark_store')
                and units_per_day is null and orders_per_day is null
        """,
        looked_at="select count(*) from node where is_open and does_ship"
        " and kind in ('store', 'dark_store')",
    ),
)

SKUS = (
    Question(
        name="sku.alike",
        weight=Weight.BENDS,
        subject=Subject.SKU,
        asks=Text("SKUs whose codes are nearly alike", "SKU aux codes presque identiques"),
        why=Text(
            "“AB-12” and “ab12” are two SKUs here: their stock and sales are apart.",
            "«\u202fAB-12\u202f» et «\u202fab12\u202f» sont deux SKU ici\u202f: stocks et ventes "
            "sont séparés.",
        ),
        do=Text(
            "Keep one code, and stop selling the other.",
            "Gardez un code, et cessez de vendre l'autre.",
        ),
        statement="""
            select sku.code::text as key, sku.code::text as sku, null::text as node,
                null::bigint as units,
                string_agg(other.code::text, ', ' order by other.code) as words
            from sku
            join sku as other on other.code <> sku.code
                and regexp_replace(lower(other.code::text), '[._-]', '', 'g')
                = regexp_replace(lower(sku.code::text), '[._-]', '', 'g')
            group by sku.code
        """,
        looked_at="select count(*) from sku",
    ),
    Question(
        name="sku.same-name",
        weight=Weight.SLOWS,
        subject=Subject.SKU,
        asks=Text("SKUs of the same name and category", "SKU de même nom et catégorie"),
        why=Text(
            "Nobody can tell them apart on a list, and one may be there twice.",
            "Personne ne les distingue dans une liste, et l'un est peut-être en double.",
        ),
        do=Text(
            "Say in the name what differs, such as the size.",
            "Dites dans le nom ce qui diffère, comme la taille.",
        ),
        statement="""
            select sku.code::text as key, sku.code::text as sku, null::text as node,
                null::bigint as units, sku.name as words
            from sku
            join (
                select lower(name) as said, category
                from sku
                where is_sold
                group by 1, 2
                having count(*) > 1
            ) as twice on twice.said = lower(sku.name) and twice.category = sku.category
            where is_sold
        """,
        looked_at=SOLD,
    ),
    Question(
        name="sku.no-barcode",
        weight=Weight.SLOWS,
        subject=Subject.SKU,
        asks=Text("SKUs without a barcode", "SKU sans code-barres"),
        why=Text(
            "They cannot be scanned: picks and counts of them are typed, or trusted.",
            "Ils ne se scannent pas\u202f: on les saisit à la main, ou on fait confiance.",
        ),
        do=Text("Bring their GTINs: column gtins.", "Apportez leurs GTIN\u202f: colonne gtins."),
        statement="""
            select code::text as key, code::text as sku, null::text as node, null::bigint as units,
                name as words
            from sku
            where is_sold and not is_digital
                and not exists (select from barcode where barcode.sku = sku.code)
        """,
        looked_at=THINGS,
    ),
    Question(
        name="sku.no-size",
        weight=Weight.BENDS,
        subject=Subject.SKU,
        asks=Text("SKUs without weight or size", "SKU sans poids ni taille"),
        why=Text(
            "Freight is reckoned by weight, boxes by size: without them both are guessed.",
            "Le port se calcule au poids, les cartons à la taille\u202f: sans eux, on devine.",
        ),
        do=Text(
            "Bring weight_g, and volume_cm3 or the three sides.",
            "Apportez weight_g, et volume_cm3 ou les trois côtés.",
        ),
        statement="""
            select code::text as key, code::text as sku, null::text as node, null::bigint as units,
                name as words
            from sku
            where is_sold and not is_digital
                and (weight_g = 0 or (volume_cm3 = 0 and least(length_mm, width_mm, height_mm) = 0))
        """,
        looked_at=THINGS,
    ),
    Question(
        name="sku.no-cost",
        weight=Weight.BENDS,
        subject=Subject.SKU,
        asks=Text("SKUs without a cost", "SKU sans coût"),
        why=Text(
            "Their stock is worth nothing in the book, and is counted last.",
            "Leur stock ne vaut rien dans le livre, et il est compté en dernier.",
        ),
        do=Text("Bring what one costs: column cost.", "Apportez leur coût\u202f: colonne cost."),
        statement="""
            select code::text as key, code::text as sku, null::text as node, null::bigint as units,
                name as words
            from sku
            where is_sold and cost_cents = 0
        """,
        looked_at=SOLD,
    ),
    Question(
        name="sku.no-stock",
        weight=Weight.SLOWS,
        subject=Subject.SKU,
        asks=Text("SKUs on sale, and nowhere to be had", "SKU en vente, introuvables partout"),
        why=Text(
            "No node has, makes or expects any: orders for them wait.",
            "Aucun site n'en a, n'en fabrique ni n'en attend\u202f: les commandes attendent.",
        ),
        do=Text(
            "Bring their stock, order them, or stop selling them.",
            "Apportez leur stock, commandez-les, ou cessez de les vendre.",
        ),
        statement="""
            select code::text as key, code::text as sku, null::text as node, null::bigint as units,
                name as words
            from (
                select code, name
                from sku
                where is_sold and not is_digital and not exists (
                    select from balance
                    where balance.sku = sku.code and state = 'available' and quantity > 0
                )
                offset 0
            ) as bare
            where not exists (
                    select from balance
                    where balance.sku = bare.code and state <> 'outside' and quantity > 0
                )
                and not exists (select from made_here where made_here.sku = bare.code)
                and not exists (select from coming where coming.sku = bare.code)
        """,
        looked_at=THINGS,
    ),
)

STOCK = (
    Question(
        name="stock.too-much",
        weight=Weight.BENDS,
        subject=Subject.SHELF,
        asks=Text("Shelves with impossibly much", "Rayons impossiblement pleins"),
        why=Text(
            "Ten thousand units, and a hundred times what shelves usually hold: perhaps a barcode "
            "or a price in the wrong column.",
            "Dix mille unités, et cent fois l'ordinaire\u202f: peut-être un code-barres ou un prix "
            "dans la mauvaise colonne.",
        ),
        do=Text("Count it, or bring the right figure.", "Comptez, ou apportez le bon chiffre."),
        statement="""
            select balance.sku || ' ' || balance.node as key, balance.sku::text as sku,
                balance.node::text as node, quantity as units, '' as words
            from balance
            where state = 'available' and quantity >= 10000
                and quantity >= 100 * coalesce((
                    select percentile_disc(0.5) within group (order by usual.quantity)
                    from balance as usual
                    where usual.state = 'available' and usual.quantity > 0
                ), 0)
        """,
        looked_at=SHELVES,
    ),
    Question(
        name="stock.unknown",
        weight=Weight.BENDS,
        subject=Subject.SHELF,
        asks=Text(
            "Shelves that gave what they did not have",
            "Rayons qui ont donné ce qu'ils n'avaient pas",
        ),
        why=Text(
            "Since somebody looked, more went than the book knew: it is wrong there.",
            "On y a vendu ou envoyé plus que le livre n'en savait\u202f: le livre y est faux.",
        ),
        do=Text("Count these shelves first.", "Comptez ces rayons en premier."),
        statement="""
            select sku || ' ' || node as key, sku::text as sku, node::text as node, gaps as units,
                '' as words
            from shelf_record
            where gaps > 0
        """,
        looked_at="select count(*) from shelf_record where moves > 0",
    ),
    Question(
        name="stock.not-sold",
        weight=Weight.SLOWS,
        subject=Subject.SHELF,
        asks=Text("Units of SKUs that are not sold", "Unités de SKU qui ne se vendent pas"),
        why=Text(
            "They lie there, and no customer can have them.",
            "Elles sont là, et aucun client ne peut les avoir.",
        ),
        do=Text("Sell the SKU, or send the units away.", "Vendez le SKU, ou sortez les unités."),
        statement="""
            select balance.sku || ' ' || balance.node as key, balance.sku::text as sku,
                balance.node::text as node, quantity as units, sku.name as words
            from balance
            join sku on sku.code = balance.sku and not sku.is_sold
            where state = 'available' and quantity > 0
        """,
        looked_at=SHELVES,
    ),
    Question(
        name="stock.closed",
        weight=Weight.BENDS,
        subject=Subject.SHELF,
        asks=Text("Units at nodes that do not work", "Unités dans des sites fermés"),
        why=Text(
            "What lies at a node that does not work is not promised to anybody.",
            "Ce qui est dans un site fermé n'est promis à personne.",
        ),
        do=Text("Open the node, or move the units.", "Ouvrez le site, ou déplacez les unités."),
        statement="""
            select balance.sku || ' ' || balance.node as key, balance.sku::text as sku,
                balance.node::text as node, quantity as units, node.name as words
            from balance
            join node on node.code = balance.node and not node.is_open
            where state = 'available' and quantity > 0
        """,
        looked_at=SHELVES,
    ),
)

FILES = (
    Question(
        name="file.duplicates",
        weight=Weight.BENDS,
        subject=Subject.FILE,
        asks=Text(
            "Lines that name a SKU or a barcode twice",
            "Lignes qui nomment deux fois un SKU ou un code-barres",
        ),
        why=Text(
            "One barcode cannot name two SKUs, so these lines were left out.",
            "Un code-barres ne peut nommer deux SKU\u202f: ces lignes ont été écartées.",
        ),
        do=Text("Correct the file, and bring it again.", "Corrigez le fichier, et rapportez-le."),
        statement="""
            select import_id || ' ' || lpad(number::text, 4, '0') as key, null::text as sku,
                null::text as node, line::bigint as units, name as words
            from last_import as last
            join import_fault on import_fault.import_id = last.id
            where kind = 'catalog' and code = 'given-twice'
        """,
        looked_at="select coalesce(sum(lines_read), 0) from last_import where kind = 'catalog'",
    ),
    Question(
        name="order.unknown-sku",
        weight=Weight.STOPS,
        subject=Subject.FILE,
        asks=Text("Orders for SKUs that nobody knows", "Commandes de SKU que personne ne connaît"),
        why=Text(
            "These orders were not taken.",
            "Ces commandes n'ont pas été prises.",
        ),
        do=Text(
            "Bring the SKUs, then the same file again: what is there is not taken twice.",
            "Apportez les SKU, puis le même fichier\u202f: rien n'est pris deux fois.",
        ),
        statement="""
            select import_id || ' ' || lpad(number::text, 4, '0') as key, null::text as sku,
                null::text as node, line::bigint as units, name as words
            from last_import as last
            join import_fault on import_fault.import_id = last.id
            where kind = 'orders' and code = 'unknown-sku'
        """,
        looked_at="select coalesce(sum(lines_read), 0) from last_import where kind = 'orders'",
    ),
    Question(
        name="order.waiting",
        weight=Weight.STOPS,
        subject=Subject.ORDER,
        asks=Text("Orders that no node can send", "Commandes qu'aucun site ne peut envoyer"),
        why=Text(
            "There is no stock for them, or a fence keeps every node from them.",
            "Le stock manque, ou une règle en écarte chaque site.",
        ),
        do=Text(
            "Open one: it says which nodes were looked at, and why not.",
            "Ouvrez-en une\u202f: elle dit quels sites ont été vus, et pourquoi non.",
        ),
        statement="""
            select id::text as key, null::text as sku, null::text as node, null::bigint as units,
                customer as words
            from customer_order
            where stage = 'waiting'
        """,
        looked_at="select count(*) from customer_order"
        " where stage not in ('delivered', 'cancelled')",
        names_customers=True,
    ),
)

QUESTIONS: tuple[Question, ...] = (*NODES, *SKUS, *STOCK, *FILES)
