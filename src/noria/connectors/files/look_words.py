"""What others call our columns, in English and French, without accents, case and signs."""

from collections.abc import Mapping

from noria.connectors.files.model import FileKind

_SKU = frozenset(
    {
        *("sku", "sku_code", "item", "item_code", "item_no", "item_number", "product_code"),
        *("product_id", "article", "article_code", "stock_code", "stockcode", "part_number"),
        *("reference", "ref", "code_article", "code_produit", "ref_article", "ref_produit"),
        *("reference_article", "reference_produit", "product", "produit", "variant_sku"),
    }
)
_NODE = frozenset(
    {
        *("node", "location", "location_code", "site", "store", "store_code", "store_id", "shop"),
        *("warehouse", "warehouse_code", "depot", "branch", "magasin", "code_magasin", "boutique"),
        *("entrepot", "code_site", "lieu", "emplacement", "plant"),
    }
)
_NAME = frozenset(
    {
        *("name", "title", "description", "label", "designation", "libelle", "nom", "intitule"),
        *("product_name", "item_name", "item_description", "nom_produit", "nom_article"),
        *("designation_article", "libelle_article", "display_name"),
    }
)
_COUNTRY = frozenset({"country", "country_code", "pays", "code_pays", "iso_country"})
_POSTCODE = frozenset({"postcode", "zip", "zip_code", "postal_code", "cp", "code_postal"})
_STREET = frozenset(
    {"street", "address", "address_1", "address1", "address_line_1", "adresse", "rue"}
)
_ADDRESS_MORE = frozenset(
    {
        *("address_more", "street_2", "address_2", "address2", "address_line_2"),
        *("adresse_2", "complement", "complement_adresse", "complement_d_adresse"),
    }
)
_TOWN = frozenset({"town", "city", "ville", "commune", "localite"})
_LATITUDE = frozenset({"latitude", "lat"})
_LONGITUDE = frozenset({"longitude", "long", "lng", "lon"})
_QUANTITY = frozenset(
    {
        *("quantity", "qty", "units", "stock", "on_hand", "available", "stock_on_hand", "soh"),
        *("inventory", "inventory_quantity", "quantite", "qte", "stock_disponible", "disponible"),
        *("stock_physique", "count", "counted"),
    }
)

WORDS: Mapping[FileKind, Mapping[str, frozenset[str]]] = {
    FileKind.CATALOG: {
        "code": _SKU | {"code", "id", "handle"},
        "name": _NAME,
        "weight_g": frozenset(
            {"weight", "weight_g", "grams", "poids", "poids_g", "poids_grammes", "variant_grams"}
        ),
        "volume_cm3": frozenset({"volume", "volume_cm3", "cm3"}),
        "length_mm": frozenset({"length", "longueur", "longueur_mm", "depth", "profondeur"}),
        "width_mm": frozenset({"width", "largeur", "largeur_mm"}),
        "height_mm": frozenset({"height", "hauteur", "hauteur_mm"}),
        "price": frozenset(
            {
                *("price", "unit_price", "sales_price", "selling_price", "retail_price", "prix"),
                *("prix_vente", "prix_de_vente", "pv", "prix_ht", "variant_price", "unitprice"),
            }
        ),
        "cost": frozenset(
            {
                *("cost", "unit_cost", "purchase_price", "cost_price", "cout", "prix_achat"),
                *("prix_d_achat", "pa", "cost_per_item", "prix_de_revient"),
            }
        ),
        "currency": frozenset({"currency", "devise", "monnaie"}),
        "category": frozenset(
            {
                *("category", "family", "department", "product_type", "categorie", "famille"),
                *("rayon", "type_de_produit", "segment", "type"),
            }
        ),
        "is_sold": frozenset({"is_sold", "active", "sold", "actif", "vendu", "en_vente"}),
        "is_hazardous": frozenset({"hazardous", "dangerous", "dangereux", "adr"}),
        "is_bulky": frozenset({"bulky", "encombrant", "volumineux"}),
        "is_digital": frozenset({"digital", "numerique", "dematerialise"}),
        "withdrawal_bar": frozenset({"withdrawal_bar", "exclusion_retractation"}),
        "gtins": frozenset(
            {
                *("gtin", "gtins", "ean", "ean13", "ean_13", "upc", "barcode", "barcodes"),
                *("code_barre", "code_barres", "code_ean", "gencod", "variant_barcode"),
            }
        ),
    },
    FileKind.NETWORK: {
        "code": _NODE | {"code", "id"},
        "name": _NAME | {"store_name", "nom_magasin", "enseigne"},
        "kind": frozenset({"kind", "type", "node_type", "location_type", "nature"}),
        "country": _COUNTRY,
        "street": _STREET,
        "address_more": _ADDRESS_MORE,
        "postcode": _POSTCODE,
        "town": _TOWN,
        "latitude": _LATITUDE,
        "longitude": _LONGITUDE,
        "time_zone": frozenset({"time_zone", "timezone", "tz", "fuseau", "fuseau_horaire"}),
        "units_per_day": frozenset({"units_per_day", "capacity", "capacite", "unites_par_jour"}),
        "orders_per_day": frozenset({"orders_per_day", "commandes_par_jour", "orders_capacity"}),
        "hours": frozenset({"hours", "opening_hours", "horaires", "heures_ouverture"}),
        "does_hand_over": frozenset({"pickup", "click_and_collect", "retrait", "retrait_magasin"}),
        "does_ship": frozenset({"ships", "ship_from_store", "expedie", "expedition"}),
    },
    FileKind.STOCK: {
        "sku": _SKU | {"code"},
        "node": _NODE,
        "quantity": _QUANTITY,
        "counted_at": frozenset({"counted_at", "date", "count_date", "compte_le", "inventaire"}),
    },
    FileKind.ORDERS: {
        "order": frozenset(
            {
                *("order", "order_id", "order_no", "order_number", "invoice", "invoiceno"),
                *("commande", "numero_commande", "no_commande", "n_commande", "id_commande"),
            }
        ),
        "channel": frozenset({"channel", "source", "sales_channel", "canal", "canal_de_vente"}),
        "customer": frozenset(
            {"customer", "customer_id", "customerid", "client", "id_client", "code_client"}
        ),
        "placed_at": frozenset(
            {
                *("placed_at", "order_date", "created_at", "invoicedate", "date", "date_commande"),
                *("ordered_at", "purchased_at"),
            }
        ),
        "country": _COUNTRY | {"shipping_country"},
        "postcode": _POSTCODE | {"shipping_zip"},
        "town": _TOWN | {"shipping_city"},
        "latitude": _LATITUDE,
        "longitude": _LONGITUDE,
        "due": frozenset({"due", "due_date", "deliver_by", "echeance", "a_livrer_le"}),
        "recipient": frozenset({"recipient", "ship_to", "shipping_name", "destinataire"}),
        "street": frozenset({"street", "address", "adresse", "rue", "shipping_street"}),
        "email": frozenset({"email", "e_mail", "mail", "courriel"}),
        "phone": frozenset({"phone", "telephone", "tel", "mobile", "shipping_phone"}),
        "sku": _SKU | {"lineitem_sku"},
        "quantity": frozenset({"quantity", "qty", "units", "quantite", "qte", "lineitem_quantity"}),
        "price": frozenset({"price", "unit_price", "unitprice", "prix", "lineitem_price"}),
        "tax": frozenset({"tax", "vat", "tva"}),
    },
    FileKind.LOCATIONS: {
        "node": frozenset({"store", "magasin", "site", "warehouse", "entrepot"}),
    },
}
