"""Mondial Relay: labels by SOAP, `WSI2_CreationEtiquette`.

It has no price, no cancellation and no way to ask by our reference over this service: prices are
our own tariffs', and an answer that did not come is for a person to look up.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NoReturn
from xml.sax.saxutils import escape

from noria.carriage.model import Format, PaperKind
from noria.carriage.port import (
    Ability,
    Bought,
    Consignment,
    Declined,
    NoAnswer,
    Party,
    Rated,
    Sheet,
    Trouble,
    Van,
)
from noria.connectors.carriers import trees
from noria.connectors.carriers.model import NotUnderstood
from noria.connectors.carriers.wire import Said, Wire, check

HOST = "https://api.mondialrelay.com"
PAGES = "https://www.mondialrelay.com"
SPACE = "http://www.mondialrelay.fr/webservice/"
ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
    '<{verb} xmlns="' + SPACE + '">{fields}</{verb}></soap:Body></soap:Envelope>'
)
STRANGE = re.compile(r"[^0-9A-Z_\-'., /]")
LINE = 32
TRIES = 3


class MondialRelay:
    """One brand at Mondial Relay, known by its code and signed with its key."""

    abilities = frozenset({Ability.TRACK})

    def __init__(self, wire: Wire, brand: str, key: str, mode: str = "CCC") -> None:
        """`mode` is how it gets the boxes: CCC, it fetches them at our place."""
        self._wire = wire
        self._brand = brand
        self._key = key
        self._mode = mode

    def rate(self, _: Consignment, /) -> Sequence[Rated]:
        _cannot()

    def buy(self, box: Consignment, /) -> Bought:
        verb = "WSI2_CreationEtiquette"
        found = trees_of(self._call(verb, self._fields(box))).first(f"{verb}Result")
        if found is None or not found.text("STAT"):
            raise NoAnswer(f"no element “{verb}Result” with a STAT")
        if found.text("STAT") != "0":
            raise Declined(f"STAT {found.text('STAT')}")
        number = found.text("ExpeditionNum")
        if not number.isdecimal():
            raise NoAnswer("a label without a number")
        return self._with_label(number, found.text("URL_Etiquette"))

    def find(self, _: Consignment, /) -> Bought | None:
        _cannot()

    def cancel(self, _: str, /) -> None:
        _cannot()

    def move_day(self, _: str, __: date, /) -> None:
        _cannot()

    def pickup(self, _: Van, /) -> str:
        _cannot()

    def manifest(self, _: str, __: Sequence[str], ___: Party, /) -> Sheet:
        _cannot()

    def track(self, number: str, /) -> bytes:
        fields = {"Enseigne": self._brand, "Expedition": number, "Langue": "FR"}
        return self._call("WSI2_TracingColisDetaille", fields).body

    def _with_label(self, number: str, path: str) -> Bought:
        """The label is fetched at once; that it cannot be had does not undo that it was made."""
        url = path if path.startswith("http") else f"{PAGES}{path}"
        for _ in range(TRIES if path else 0):
            try:
                body = check(self._wire.ask("GET", url, None, {})).body
            except Trouble:
                continue
            if body.startswith(b"%PDF"):
                sheet = Sheet(kind=PaperKind.LABEL, format=Format.PDF, content=body)
                return Bought(number=number, sheets=[sheet])
        return Bought(number=number, label_at=url if path else PAGES)

    def _fields(self, box: Consignment) -> dict[str, str]:
        """The service's parameters, in the order in which they are signed."""
        to, by = box.recipient, box.sender
        longest_cm = max(box.packed.length_mm, box.packed.width_mm, box.packed.height_mm) // 10
        return {
            "Enseigne": self._brand,
            "ModeCol": self._mode,
            "ModeLiv": box.service,
            "NDossier": box.reference[:15],
            "NClient": "",
            **_address("Expe", by),
            **_address("Dest", to),
            "Poids": str(max(box.weight_g, 15)),
            "Longueur": str(longest_cm) if longest_cm else "",
            "Taille": "",
            "NbColis": "1",
            "CRT_Valeur": "0",
            "CRT_Devise": "",
            "Exp_Valeur": str(box.value_cents),
            "Exp_Devise": box.currency,
            "COL_Rel_Pays": "",
            "COL_Rel": "",
            "LIV_Rel_Pays": to.country if box.relay else "",
            "LIV_Rel": box.relay or "",
            "TAvisage": "",
            "TReprise": "",
            "Montage": "",
            "TRDV": "",
            "Assurance": "",
            "Instructions": "",
        }

    def _call(self, verb: str, fields: Mapping[str, str]) -> Said:
        signed = {**fields, "Security": signature(fields, self._key)}
        inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in signed.items())
        return check(
            self._wire.ask(
                "POST",
                f"{HOST}/Web_Services.asmx",
                ENVELOPE.format(verb=verb, fields=inside).encode(),
                {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{SPACE}{verb}"'},
            )
        )


def signature(fields: Mapping[str, str], key: str) -> str:
    """MD5 over all values in their order and the brand's key: what this service asks for."""
    text = "".join(fields.values()) + key
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


def plain(text: str) -> str:
    """Capitals without accents, and without what the service refuses."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join(STRANGE.sub(" ", bare.upper()).split())


def trees_of(said: Said) -> trees.Tree:
    """The answer as a tree.

    Raises:
        NoAnswer: it is none.
    """
    try:
        return trees.from_xml(said.body)
    except NotUnderstood as problem:
        raise NoAnswer(str(problem)) from None


def _address(who: str, party: Party) -> dict[str, str]:
    street = plain(party.street)
    cut = street.rfind(" ", 0, LINE + 1) if len(street) > LINE else len(street)
    cut = cut if cut > 0 else LINE
    return {
        f"{who}_Langage": "FR",
        f"{who}_Ad1": plain(party.name)[:LINE],
        f"{who}_Ad2": "",
        f"{who}_Ad3": street[:cut],
        f"{who}_Ad4": street[cut:].strip()[:LINE],
        f"{who}_Ville": plain(party.town)[:26],
        f"{who}_CP": party.postcode,
        f"{who}_Pays": party.country,
        f"{who}_Tel1": re.sub(r"[^0-9+]", "", party.phone),
        f"{who}_Tel2": "",
        f"{who}_Mail": party.email,
    }


def _cannot() -> NoReturn:
    raise Declined("this carrier does not do that over its interface")
