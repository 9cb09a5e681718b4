"""Orders as the shop of a story sends them."""

from typing import Any

from noria.lab.model import Home, Invoice
from noria.lab.setup import CHANNEL, GIFT_CARD

_GIFT = {"sku": GIFT_CARD.code, "quantity": 1, "price_cents": GIFT_CARD.price_cents}


def order(
    invoice: Invoice, home: Home, *, has_gift_card: bool = False, has_street: bool = False
) -> dict[str, Any]:
    """An order as the shop sends it; who has it carried needs a street."""
    street = {"street": f"{1 + int(invoice.id[-2:], 36) % 90} rue de la Gare"}
    return {
        "id": invoice.id,
        "channel": CHANNEL,
        "customer": home.customer,
        "placed_at": invoice.placed_at.isoformat(),
        "destination": {
            "country": home.country,
            "postcode": home.postcode,
            "town": home.town,
            "latitude": home.latitude,
            "longitude": home.longitude,
        },
        "recipient": {"name": home.name} | (street if has_street else {}),
        "lines": _lines(invoice) + ([_GIFT] if has_gift_card else []),
    }


def _lines(invoice: Invoice) -> list[dict[str, Any]]:
    return [
        {"sku": line.sku, "quantity": line.quantity, "price_cents": line.price_cents}
        for line in invoice.lines
    ]
