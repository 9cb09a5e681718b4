"""How the money at risk is reckoned, in words; the views of the rooms do it."""

from noria.kit.errors import Text

ORDER = Text(
    "what is still wanted of the order, at its prices and in its currency",
    "ce que la commande attend encore, à ses prix et dans sa devise",
)
LEG = Text(
    "what the leg sends, at its order's prices and in its currency",
    "ce que contient l'envoi, aux prix et dans la devise de sa commande",
)
BOX = Text(
    "what the parcel holds, at its order's prices and in its currency; where nobody said what that"
    " is, what its leg sends",
    "ce que contient le colis, aux prix et dans la devise de sa commande\u202f; là où nul ne l'a"
    " dit, ce que contient l'envoi",
)
UNITS_OF_ORDER = Text(
    "the units, at their order's prices and in its currency",
    "les unités, aux prix et dans la devise de leur commande",
)
GOODS_PRICE = Text(
    "the units, at the SKU's price and in its currency",
    "les unités, au prix de l'article et dans sa devise",
)
GOODS_COST = Text(
    "the units that differ, at what they were bought for",
    "les unités en écart, à leur prix d'achat",
)
SHELVES = Text(
    "what the partner's node has to sell, or would lose of it; unknown in several currencies",
    "ce que le site du partenaire peut vendre, ou en perdrait\u202f; inconnu en plusieurs devises",
)
READY = Text(
    "what lies ready there, at its orders' prices; unknown in several currencies",
    "ce qui y est prêt, aux prix des commandes\u202f; inconnu en plusieurs devises",
)
LABEL = Text(
    "what the label cost, in its order's currency",
    "le prix de l'étiquette, dans la devise de sa commande",
)
RETURNED = Text(
    "the units that come back, at their order's prices and in its currency",
    "les unités en retour, aux prix et dans la devise de leur commande",
)
REFUND_CENTS = Text("what is to be paid back", "ce qui est à rembourser")
UNKNOWN = Text("nobody knows", "personne ne le sait")
