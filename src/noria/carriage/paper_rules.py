"""What stands on our own documents, in French and English, laid out as data for their sheets."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from noria.carriage import bars
from noria.carriage.port import CustomsLine, Party
from noria.kit.errors import Text

Words = Mapping[str, Text]

COMMON: Words = {
    "from": Text("From", "Expéditeur"),
    "to": Text("To", "Destinataire"),
    "sku": Text("SKU", "Référence"),
    "name": Text("Name", "Désignation"),
    "units": Text("Units", "Quantité"),
    "legs": Text("For", "Pour"),
}
NOTE: Words = {
    **COMMON,
    "title": Text("Delivery note", "Bon de livraison"),
    "order": Text("Order", "Commande"),
    "placed": Text("Placed on", "Passée le"),
    "leaves": Text("Leaves on", "Départ le"),
    "expected": Text("Expected on", "Livraison prévue le"),
    "total": Text("In all: {units}", "En tout\u202f: {units}"),
    "note": Text(
        "Something is missing or damaged? Tell us, with this note at hand. You may withdraw"
        " within 14 days of receiving the last parcel.",
        "Il manque quelque chose, ou c'est abîmé\u202f? Dites-le-nous, ce bon en main. Vous pouvez"
        " vous rétracter dans les 14 jours qui suivent la réception du dernier colis.",
    ),
}
LIST: Words = {
    **COMMON,
    "title": Text("Pick list", "Liste de préparation"),
    "node": Text("Node", "Site"),
    "tasks": Text("Tasks", "Tâches"),
    "leaves": Text("First departure", "Premier départ"),
    "lots": Text("lots", "lots"),
}
CUSTOMS: Words = {
    **COMMON,
    "title": Text("Customs declaration", "Déclaration en douane"),
    "tax": Text("Sender's tax number", "Numéro fiscal de l'expéditeur"),
    "reference": Text("Reference", "Référence"),
    "description": Text("Description of contents", "Description du contenu"),
    "weight": Text("Net weight", "Poids net"),
    "value": Text("Value", "Valeur"),
    "hs_code": Text("HS code", "Code SH"),
    "origin": Text("Origin", "Origine"),
    "total": Text("Total", "Total"),
    "category": Text("Category of goods", "Catégorie de l'envoi"),
    "sale": Text("Sale of goods", "Vente de marchandises"),
    "posted": Text("Date of posting", "Date de dépôt"),
    "signed": Text("Sender's signature", "Signature de l'expéditeur"),
    "oath": Text(
        "I certify that the particulars given here are correct, and that this parcel holds no"
        " dangerous article and none that law or postal or customs rules forbid.",
        "Je certifie que ces renseignements sont exacts, et que ce colis ne contient aucun objet"
        " dangereux ni interdit par la loi ou par les règlements postaux ou douaniers.",
    ),
}
HANDED_OVER: Words = {
    **COMMON,
    "title": Text("Manifest", "Bordereau de remise"),
    "account": Text("Carrier", "Transporteur"),
    "node": Text("Node", "Site"),
    "boxes": Text("Boxes", "Colis"),
    "number": Text("Number", "Numéro"),
    "weight": Text("Weight", "Poids"),
    "signed": Text("Driver's name and signature", "Nom et signature du chauffeur"),
}
MONTHS: Mapping[str, Sequence[str]] = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August",
           "September", "October", "November", "December"),
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août",
           "septembre", "octobre", "novembre", "décembre"),
}  # fmt: skip


def told(words: Words, language: str) -> dict[str, str]:
    """These words in a language."""
    return {name: text.filled(language, {}) for name, text in words.items() if name != "total"} | {
        "total": words["total"].filled(language, {"units": ""}).strip() if "total" in words else ""
    }


def day(when: date, language: str) -> str:
    """A date as people write it: 24 November 2026, 1er novembre 2026."""
    number = "1er" if language == "fr" and when.day == 1 else str(when.day)
    return f"{number} {MONTHS[language][when.month - 1]} {when.year}"


def moment(when: datetime, language: str) -> str:
    """A date with its hour: 24 November 2026, 14:05; 24 novembre 2026, 14 h 05."""
    hour = f"{when:%H:%M}" if language == "en" else f"{when.hour}\u202fh\u202f{when:%M}"
    return f"{day(when.date(), language)}, {hour}"


def money(cents: int, currency: str, language: str) -> str:
    """An amount as people write it: EUR 1,234.50, or 1 234,50 EUR."""
    whole = f"{cents / 100:,.2f}"
    if language == "en":
        return f"{currency} {whole}"
    french = whole.translate(str.maketrans(",.", "\u202f,"))
    return f"{french}\u00a0{currency}"


def kilograms(grams: int, language: str) -> str:
    """A weight to the gram: 1.250 kg, or 1,250 kg."""
    text = f"{grams / 1000:.3f}"
    return f"{text if language == 'en' else text.replace('.', ',')}\u00a0kg"


def party(one: Party) -> dict[str, Any]:
    """A party as the lines of its address; a country is named where it is abroad for somebody."""
    lines = [one.name, one.street, f"{one.postcode} {one.town}", one.country]
    return {
        "name": one.name,
        "lines": [line for line in lines if line.strip()],
        "tax_number": one.tax_number,
    }


def barred(values: Sequence[int]) -> dict[str, Any]:
    """Bars as their spans, and how wide all of them are, in modules."""
    return {"bars": [list(one) for one in bars.spans(values)], "total": len(bars.modules(values))}


def declared(lines: Sequence[CustomsLine], currency: str, language: str) -> dict[str, Any]:
    """The lines of a declaration, and what they add up to."""
    return {
        "lines": [
            {
                "description": one.description,
                "units": one.units,
                "weight": kilograms(one.weight_g, language),
                "value": money(one.value_cents, currency, language),
                "hs_code": one.hs_code,
                "origin": one.origin,
            }
            for one in lines
        ],
        "units": str(sum(one.units for one in lines)),
        "weight": kilograms(sum(one.weight_g for one in lines), language),
        "value": money(sum(one.value_cents for one in lines), currency, language),
    }
