"""Colissimo, Chronopost, DPD, GLS, UPS and DHL Express, in the formats that karrio knows.

What karrio reads out of an answer is believed only where it is clear: details are a label, a
message of the carrier's is a no, anything else means that nobody knows.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import date
from importlib import import_module
from typing import Any, NoReturn
from urllib.parse import urlencode

import msgspec

from noria.carriage.model import Account, Connector, Format, PaperKind
from noria.carriage.port import (
    Ability,
    Bought,
    Carrier,
    Consignment,
    CustomsLine,
    Declined,
    NoAnswer,
    NotSent,
    Party,
    Rated,
    Sheet,
    Trouble,
    Van,
)
from noria.connectors.carriers.karrio_line import karrio, over
from noria.connectors.carriers.model import short
from noria.connectors.carriers.wire import Said, Wire, check

NAMES: Mapping[Connector, str] = {
    Connector.COLISSIMO: "colissimo",
    Connector.CHRONOPOST: "chronopost",
    Connector.DPD: "dpd_meta",
    Connector.GLS: "gls",
    Connector.UPS: "ups",
    Connector.DHL_EXPRESS: "mydhl",
}
VERBS = {
    "create_cancel_shipment_request": Ability.CANCEL,
    "create_pickup_request": Ability.PICKUP,
    "create_tracking_request": Ability.TRACK,
}
"""What karrio can build for a carrier; that it can send it is not enough."""

RATING = frozenset({Connector.UPS, Connector.DHL_EXPRESS})
"""These tell prices themselves; for the others karrio would only read tables, and we have ours."""

SEARCHED = frozenset({Connector.UPS, Connector.DHL_EXPRESS})
UNWANTED = frozenset({"SHIPPING_SDK_NON_SUPPORTED_ERROR"})
MAGIC = {b"%PDF": Format.PDF, b"^XA": Format.ZPL, b"\x89PNG": Format.PNG}
REPRINT = "bought, and found again by our reference: print the label on the carrier's own pages"


def connected(account: Account, wire: Wire, fields: Mapping[str, str]) -> Carrier:
    """The connector of an account.

    Raises:
        NotSent: karrio is not installed, or a field that this carrier needs is missing.
    """
    name = NAMES[account.connector]
    sdk = karrio()
    settings = {key: value for key, value in fields.items() if key != "test_mode"}
    try:
        gateway = sdk.gateway[name].create(
            {**settings, "carrier_id": name, "test_mode": fields.get("test_mode") == "yes"}
        )
    except Exception as problem:  # noqa: BLE001 - karrio's are of every kind
        raise NotSent(f"the account does not fit this carrier: {type(problem).__name__}") from None
    return KarrioCarrier(account.connector, gateway, wire, fields)


class KarrioCarrier:
    """One carrier under one contract."""

    def __init__(
        self, connector: Connector, gateway: Any, wire: Wire, fields: Mapping[str, str]
    ) -> None:
        self._connector = connector
        self._gateway = gateway
        self._wire = wire
        self._fields = fields
        known = {VERBS[verb] for verb in vars(type(gateway.mapper)) if verb in VERBS}
        if connector is Connector.GLS:
            known.add(Ability.CANCEL)  # sent by karrio, built here
        if connector in RATING:
            known.add(Ability.RATE)
        if connector in SEARCHED:
            known.add(Ability.SEARCHES)
        self.abilities = frozenset(known)

    def rate(self, box: Consignment, /) -> Sequence[Rated]:
        if Ability.RATE not in self.abilities:
            _cannot()
        found = self._ask("rate", "RateRequest", _shipment(box, self._connector), "get_rates")
        return [
            Rated(
                service=str(one.service),
                cents=round(float(one.total_charge) * 100),
                transit_days=one.transit_days,
            )
            for one in found
            if one.total_charge and one.currency in {None, box.currency}
        ]

    def buy(self, box: Consignment, /) -> Bought:
        if box.relay is not None:
            raise Declined("this connector does not send to relay points")
        self._log_in()
        given = _shipment(box, self._connector)
        made = self._ask("shipment", "ShipmentRequest", given, "create_shipment")
        number = "".join(str(made.tracking_number or "").split())
        if not number:
            raise NoAnswer("a label without a number")
        rate = made.selected_rate
        cents = round(float(rate.total_charge) * 100) if rate and rate.total_charge else None
        return Bought(number=number[:64], sheets=_sheets(made.docs), cents=cents)

    def find(self, box: Consignment, /) -> Bought | None:
        number = self._number_of(box.reference)
        return None if number is None else Bought(number=number, label_at=REPRINT)

    def cancel(self, number: str, /) -> None:
        self._log_in()
        if self._connector is Connector.GLS:
            self._cancel_at_gls(number)
            return
        given = {"shipment_identifier": number}
        self._ask("cancel_shipment", "ShipmentCancelRequest", given, "cancel_shipment")

    def pickup(self, van: Van, /) -> str:
        self._log_in()
        given = {
            "pickup_date": van.day.isoformat(),
            "ready_time": van.ready_from.strftime("%H:%M"),
            "closing_time": van.ready_until.strftime("%H:%M"),
            "address": _address(van.sender),
            "parcels": [{"weight": van.weight_g / 1000 / van.boxes, "weight_unit": "KG"}]
            * min(van.boxes, 50),
            "parcels_count": van.boxes,
            "metadata": {"reference": van.reference},
        }
        booked = self._ask("pickup", "PickupRequest", given, "schedule_pickup")
        return str(booked.confirmation_number)

    def move_day(self, _: str, __: date, /) -> None:
        _cannot()

    def manifest(self, _: str, __: Sequence[str], ___: Party, /) -> Sheet:
        _cannot()

    def track(self, number: str, /) -> bytes:
        self._log_in()
        models = _models()
        request = self._gateway.mapper.create_tracking_request(
            models.TrackingRequest(tracking_numbers=[number])
        )
        with over(self._wire) as last:
            self._gateway.proxy.get_tracking(request)
        if last.status in {401, 403}:
            raise Declined(
                f"status {last.status}: {short(last.body[:200].decode(errors='replace'))}"
            )
        return last.body

    def _ask(self, what: str, kind: str, given: Mapping[str, Any], verb: str) -> Any:
        """One call by karrio's formats: what it reads out of the answer, if that is clear.

        Raises:
            Declined: the carrier says no, or cannot be asked this at all.
            NoAnswer: the answer says neither yes nor no.
        """
        mapper = self._gateway.mapper
        try:
            build = getattr(mapper, f"create_{what}_request")
            request = build(_as(getattr(_models(), kind), given))
            if self._connector is Connector.DHL_EXPRESS and what == "shipment":
                request = _with_reference(request, given["reference"])
            request.serialize()
        except Exception as problem:  # noqa: BLE001 - nothing was sent yet
            raise Declined(f"{type(problem).__name__}: {short(problem)}") from None
        try:
            with over(self._wire):
                answer = getattr(self._gateway.proxy, verb)(request)
            found, messages = getattr(mapper, f"parse_{what}_response")(answer)
        except Trouble:
            raise
        except Exception as problem:  # noqa: BLE001 - an answer that karrio cannot read
            raise NoAnswer(f"not the answer that was expected: {type(problem).__name__}") from None
        if found:
            return found
        said = [one for one in messages if one.code not in UNWANTED]
        if not said:
            raise NoAnswer("an answer that says neither yes nor no")
        raise Declined("; ".join(short(f"{one.code}: {one.message}") for one in said[:5]))

    def _cancel_at_gls(self, number: str) -> None:
        url = f"{self._gateway.settings.shipment_api_url}/rs/shipments/cancel/{number}"
        with over(self._wire):
            token = self._gateway.settings.access_token
        kind = "application/glsVersion1+json"
        names = {"Content-Type": kind, "Accept": kind, "Authorization": f"Bearer {token}"}
        check(self._wire.ask("POST", url, b"", names))

    def _log_in(self) -> None:
        """Get a token before the call that matters: trouble with it leaves no doubt behind."""
        try:
            with over(self._wire):
                if self._connector in {Connector.UPS, Connector.DPD}:
                    self._gateway.proxy.authenticate()
                elif self._connector is Connector.GLS:
                    assert self._gateway.settings.access_token
        except Trouble as trouble:
            raise NotSent(f"no token: {trouble}") from None
        except Exception as problem:  # noqa: BLE001 - nothing was sent yet
            raise NotSent(f"no token: {type(problem).__name__}") from None

    def _number_of(self, reference: str) -> str | None:
        """What the carrier calls the box with our reference, if it shows it already."""
        if self._connector is Connector.UPS:
            self._log_in()
            with over(self._wire):
                token = self._gateway.proxy.get_token()
            base = f"{self._gateway.settings.server_url}/api/track/v1/reference/details/"
            query = urlencode({"locale": "en_US", "refNumType": "SmallPackage"})
            names = {
                "Authorization": f"Bearer {token}",
                "transId": reference,
                "transactionSrc": "noria",
            }
            said = self._wire.ask("GET", f"{base}{reference}?{query}", None, names)
            return _found(said, "trackResponse", "shipment", "package", "trackingNumber")
        query = urlencode(
            {
                "shipmentReference": reference,
                "shipperAccountNumber": self._fields.get("account_number", ""),
            }
        )
        basic = {"Authorization": f"Basic {self._gateway.settings.authorization}"}
        url = f"{self._gateway.settings.server_url}/tracking?{query}"
        said = self._wire.ask("GET", url, None, basic)
        return _found(said, "shipments", "shipmentTrackingNumber")


def _found(said: Said, *path: str) -> str | None:
    """The text at the end of a path, through the first of each list; none where it ends early."""
    if said.status == 404:
        return None
    try:
        at = msgspec.json.decode(check(said).body)
    except msgspec.DecodeError:
        raise NoAnswer("a search answered with nonsense") from None
    for name in path:
        at = at.get(name) if isinstance(at, dict) else None
        at = at[0] if isinstance(at, list) and at else at
    return str(at) if isinstance(at, str | int) and at else None


def _shipment(box: Consignment, connector: Connector) -> dict[str, Any]:
    """A box in karrio's words. Nothing is insured, and nothing declared beyond customs."""
    parcel = {
        "weight": box.weight_g / 1000,
        "weight_unit": "KG",
        "dimension_unit": "CM",
        "length": box.packed.length_mm / 10 or None,
        "width": box.packed.width_mm / 10 or None,
        "height": box.packed.height_mm / 10 or None,
        "items": [_commodity(line, box.currency) for line in box.customs],
    }
    given: dict[str, Any] = {
        "shipper": _address(box.sender),
        "recipient": _address(box.recipient),
        "parcels": [parcel],
        "options": {"shipment_date": box.leaves_on.isoformat(), "currency": box.currency},
        "reference": box.reference,
    }
    if box.service:
        given |= {"service": box.service, "services": [box.service]}
    given["label_type"] = _label_type(connector, box.format)
    if box.customs:
        given["customs"] = _customs(box)
    return given


def _with_reference(request: Any, reference: str) -> Any:
    """What karrio built for DHL Express, with our reference, which it leaves out."""
    content = request.serialize()
    content["shipment"]["customerReferences"] = [{"value": reference, "typeCode": "CU"}]
    return type(request)(content, lambda built: built, request.ctx)


def _label_type(connector: Connector, form: Format) -> str:
    if connector is Connector.COLISSIMO:
        return "ZPL_10x15_203dpi" if form is Format.ZPL else "PDF_10x15_300dpi"
    return "ZPL" if form is Format.ZPL else "PDF"


def _customs(box: Consignment) -> dict[str, Any]:
    return {
        "commodities": [_commodity(line, box.currency) for line in box.customs],
        "certify": True,
        "signer": box.sender.name,
        "content_type": "merchandise",
        "content_description": box.customs[0].description,
        "incoterm": "DAP",
        "invoice": box.order,
        "invoice_date": box.leaves_on.isoformat(),
        "duty": {"paid_by": "recipient", "currency": box.currency,
                 "declared_value": box.value_cents / 100},
        "duty_billing_address": _address(box.recipient),
    }  # fmt: skip


def _commodity(line: CustomsLine, currency: str) -> dict[str, Any]:
    return {
        "sku": line.sku,
        "title": line.description,
        "description": line.description,
        "quantity": line.units,
        "hs_code": line.hs_code,
        "weight": line.weight_g / line.units / 1000,
        "weight_unit": "KG",
        "value_amount": line.value_cents / line.units / 100,
        "value_currency": currency,
        "origin_country": line.origin,
    }


def _address(party: Party) -> dict[str, Any]:
    return {
        "person_name": party.name,
        "company_name": party.company or None,
        "address_line1": party.street,
        "postal_code": party.postcode,
        "city": party.town,
        "country_code": party.country,
        "phone_number": party.phone or None,
        "email": party.email or None,
        "federal_tax_id": party.tax_number or None,
    }


def _as(shape: Any, given: Mapping[str, Any]) -> Any:
    """Karrio's own struct, from those fields that it has."""
    names = {field.name for field in shape.__attrs_attrs__}
    return shape(**{name: value for name, value in given.items() if name in names})


def _sheets(docs: Any) -> list[Sheet]:
    """The documents of a label; one that cannot be read is left out: the label is bought."""
    found = []
    for kind, text in ((PaperKind.LABEL, docs.label), (PaperKind.INVOICE, docs.invoice)):
        content = _content(text)
        form = next((form for start, form in MAGIC.items() if content.startswith(start)), None)
        if form is not None:
            found.append(Sheet(kind=kind, format=form, content=content))
    return found


def _content(text: str | None) -> bytes:
    if not text:
        return b""
    if text.lstrip().startswith("^XA"):
        return text.lstrip().encode()
    try:
        return base64.b64decode(text, validate=True).lstrip()
    except (binascii.Error, ValueError):
        return b""


def _models() -> Any:
    karrio()
    return import_module("karrio.core.models")


def _cannot() -> NoReturn:
    raise Declined("this carrier does not do that over its interface")
