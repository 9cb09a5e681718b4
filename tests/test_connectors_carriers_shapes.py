"""Whole replies, with all that carriers put around what they say: every code of theirs is known.

The bodies are made up, in the shapes and with the codes that the carriers use.
"""

import json
from datetime import UTC, datetime

import pytest

from noria.connectors.carriers.rules import read
from noria.fulfilment.tracking_model import Outcome
from noria.orders.carried_model import Progress

P = Progress


def chronopost(events):
    """SOAP; each event with its office, a priority and whatever else is known of it."""
    told = "".join(
        f"<events><code>{code}</code><eventDate>{at}</eventDate><eventLabel>…</eventLabel>"
        f"<highPriority>{str(code == 'D').lower()}</highPriority><NPC>59</NPC>"
        "<officeLabel>LILLE CHRONOPOST</officeLabel><zipCode></zipCode>"
        "<infoCompList><name>Partner number</name><value>GEO/XT1</value></infoCompList>"
        "<infoCompList><name>Delivery type</name><value>Standard</value></infoCompList></events>"
        for code, at in events
    )
    return (
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
        '<ns2:trackSkybillV2Response xmlns:ns2="http://cxf.tracking.soap.chronopost.fr/"><return>'
        f"<errorCode>0</errorCode><listEventInfoComp>{told}<skybillNumber>XY1</skybillNumber>"
        "</listEventInfoComp></return></ns2:trackSkybillV2Response></soap:Body></soap:Envelope>"
    ).encode()


def styled(words):
    return f"<content>{words}</content><bold>true</bold><paragraph>false</paragraph>"


def dpd(events):
    """SOAP; every step of the way stands in it, those that are still to come too."""

    def step(code, at, reached):
        return (
            f"<statusInfo><status>{code}</status><label>{styled('…')}</label>"
            f"<description><content>{styled('…')}</content></description>"
            f"<statusHasBeenReached>{reached}</statusHasBeenReached>"
            "<isCurrentStatus>false</isCurrentStatus><showContactInfo>true</showContactInfo>"
            f"<location>{styled('Lille (FR)')}</location><date>{styled(at)}</date></statusInfo>"
        )

    told = "".join(step(code, at, "true") for code, at in events)
    return (
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
        '<getTrackingDataResponse xmlns="http://dpd.com/common/service/types/'
        'ParcelLifeCycleService/2.0"><trackingresult><shipmentInfo><serviceDescription>'
        f"<label>{styled('Your service:')}</label></serviceDescription><status>SHIPMENT</status>"
        "<statusHasBeenReached>false</statusHasBeenReached></shipmentInfo>"
        f"{told}{step('Delivered', '11/27/2026 9:00:00 AM', 'false')}"
        "</trackingresult></getTrackingDataResponse></soap:Body></soap:Envelope>"
    ).encode()


def gls(events):
    told = [
        {"code": code, "city": "", "postalCode": "", "country": "FR", "description": "…",
         "eventDateTime": at}
        for code, at in events
    ]  # fmt: skip
    parcel = {"requested": "G1", "unitno": "G1", "status": "INTRANSIT",
              "statusDateTime": "2026-11-26T08:00:00+0100", "events": told}  # fmt: skip
    return json.dumps({"parcels": [parcel]}).encode()


def laposte(events):
    """A list, though one parcel was asked for; what happened stands beside a line of time."""
    steps = [
        {
            "id": number,
            "shortLabel": "…",
            "longLabel": "",
            "country": "FR",
            "status": True,
            "type": 1,
        }
        for number in range(1, 6)
    ]
    told = [{"code": code, "label": "…", "date": at} for code, at in events]
    shipment = {"idShip": "6A1", "holder": 4, "product": "colissimo", "isFinal": False,
                "entryDate": "2026-11-23T18:00:00+01:00", "timeline": steps, "event": told,
                "contextData": {"originCountry": "FR", "arrivalCountry": "FR"}}  # fmt: skip
    found = {"lang": "fr_FR", "scope": "open", "returnCode": 200, "shipment": shipment}
    return json.dumps([found]).encode()


def dhl(events):
    told = [
        {"date": at[:10], "time": at[11:19], "typeCode": code, "description": "…",
         "serviceArea": [{"code": "LIL", "description": "Lille"}]}
        for code, at in events
    ]  # fmt: skip
    shipment = {"shipmentTrackingNumber": "D1", "status": "Success", "productCode": "P",
                "shipmentTimestamp": "2026-11-23T10:00:00", "description": "EXPRESS WORLDWIDE",
                "estimatedTimeOfDelivery": "2026-11-26T17:00:00", "events": told}  # fmt: skip
    return json.dumps({"shipments": [shipment]}).encode()


def ups(events):
    """What is known of the parcel stands around its activity, and a warning beside it."""
    told = [
        {"date": at[:10].replace("-", ""), "time": at[11:19].replace(":", ""),
         "location": {"address": {"city": "Lille", "countryCode": "FR"}, "slic": "8566"},
         "status": {"type": code[0], "code": code[2:], "description": "…", "statusCode": "003",
                    "simplifiedTextDescription": "…"}}
        for code, at in events
    ]  # fmt: skip
    package = {"trackingNumber": "1Z1", "activity": told, "packageCount": 1,
               "alternateTrackingNumber": [{"number": "924", "type": "USPS_PIC"}],
               "currentStatus": told[-1]["status"], "deliveryDate": [{"date": "", "type": ""}],
               "milestones": [{"category": "", "code": "", "current": True}],
               "packageAddress": [{"type": "ORIGIN", "address": {"city": "Paris"}}],
               "service": {"code": "011", "description": "Standard"}}  # fmt: skip
    shipment = {"inquiryNumber": "1Z1", "package": [package], "userRelation": "SHIPPER",
                "warnings": [{"code": "TW9999", "message": "…"}]}  # fmt: skip
    return json.dumps({"trackResponse": {"shipment": [shipment]}}).encode()


def iso(hour):
    return f"2026-11-24T{hour:02}:00:00+01:00"


def american(hour):
    return f"11/24/2026 {hour % 12 or 12}:00:00 {'PM' if hour >= 12 else 'AM'}"


SAID = {
    ("chronopost", "XY1"): (chronopost, iso, {
        "DC": P.ANNOUNCED, "DB": P.HANDED_OVER, "DY": P.HANDED_OVER, "SC": P.IN_TRANSIT,
        "TS": P.IN_TRANSIT, "SD": P.IN_TRANSIT, "TA": P.OUT_FOR_DELIVERY, "D": P.DELIVERED,
    }),
    ("dpd", "asked"): (dpd, american, {
        "PickedUp": P.HANDED_OVER, "BetweenDepots": P.IN_TRANSIT, "Depot": P.IN_TRANSIT,
        "Courier": P.OUT_FOR_DELIVERY, "DeliveryFailure": P.FAILED, "ParcelShop": P.READY,
        "ReturningFromDelivery": P.IN_TRANSIT, "Delivered": P.DELIVERED,
    }),
    ("gls", "G1"): (gls, lambda hour: iso(hour).replace("+01:00", "+0100"), {
        "INTIAL.PREADVICE": P.ANNOUNCED, "INTIAL.NORMAL": P.HANDED_OVER, "INBOUND": P.IN_TRANSIT,
        "INDELIVERY": P.OUT_FOR_DELIVERY, "DELIVERD.PARCELSHOP": P.READY,
    }),
    ("colissimo", "6A1"): (laposte, iso, {
        "DR1": P.ANNOUNCED, "PC1": P.HANDED_OVER, "ET1": P.IN_TRANSIT, "ET2": P.IN_TRANSIT,
        "ET3": P.IN_TRANSIT, "MD2": P.OUT_FOR_DELIVERY, "DI1": P.DELIVERED,
    }),
    ("dhl_express", "D1"): (dhl, iso, {"PU": P.HANDED_OVER, "OK": P.DELIVERED}),
    ("ups", "1Z1"): (ups, iso, {"X:SR": P.IN_TRANSIT, "D:KB": P.DELIVERED}),
}  # fmt: skip
"""By carrier and the number that its reply names: how it says a code at an hour, and what it means."""


@pytest.mark.parametrize(("carrier", "number"), SAID)
def test_every_code_is_known_in_a_whole_reply(carrier, number):
    body, when, codes = SAID[carrier, number]
    told = {code: hour for hour, code in enumerate(codes, 7)}
    found = read(carrier, body([(code, when(hour)) for code, hour in told.items()]), "asked")
    assert found.outcome is Outcome.READ, found.detail
    heard = [one for one in found.heard if one.happened_at.astimezone(UTC).day == 24]
    assert {one.number for one in found.heard} == {number}
    assert P.OTHER not in {one.progress for one in found.heard}, "what a parcel is as a whole"
    assert [one.progress for one in heard] == list(codes.values())
    assert [one.happened_at for one in heard] == [
        datetime(2026, 11, 24, hour - 1, tzinfo=UTC) for hour in told.values()
    ], "by the clock of where it happened"
