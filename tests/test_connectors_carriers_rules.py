"""Carriers' replies, in shapes of theirs: what they say, and what happens when they say nonsense."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noria.connectors.carriers.mondial_relay import progress
from noria.connectors.carriers.rules import READERS, next_poll, read
from noria.fulfilment.tracking_model import Outcome, UnknownCarrier
from noria.orders.carried_model import Progress

P = Progress


@pytest.mark.parametrize(
    ("at", "expected"), [("09:00", "09:15"), ("09:14", "09:15"), ("09:47", "10:00")]
)
def test_carriers_are_asked_by_themselves_every_quarter_of_an_hour(at, expected):
    day = "2011-11-28T{}:00+00:00".format
    assert next_poll(datetime.fromisoformat(day(at))) == datetime.fromisoformat(day(expected))


def laposte(*events, number="6A111"):
    told = [{"code": code, "label": "…", "date": at} for code, at in events]
    return json.dumps({"returnCode": 200, "shipment": {"idShip": number, "event": told}}).encode()


def soap(inner):
    return f'<s:Envelope xmlns:s="urn:s"><s:Body>{inner}</s:Body></s:Envelope>'.encode()


def chronopost(*events):
    told = "".join(
        f"<events><code>{code}</code><eventDate>{at}</eventDate><officeLabel>ARRAS</officeLabel></events>"
        for code, at in events
    )
    return soap(
        f"<x:r xmlns:x='urn:x'><return><errorCode>0</errorCode><listEventInfoComp>{told}"
        "<skybillNumber>XA1</skybillNumber></listEventInfoComp></return></x:r>"
    )


def dpd(*statuses):
    told = "".join(
        f"<statusInfo><status>{code}</status><statusHasBeenReached>{reached}</statusHasBeenReached>"
        f"<date><content>{at}</content></date></statusInfo>"
        for code, at, reached in statuses
    )
    return soap(f"<r><trackingresult>{told}</trackingresult></r>")


def gls(status, *events):
    told = [{"code": code, "eventDateTime": at} for code, at in events]
    parcel = {"requested": "G1", "unitno": "G1", "status": status,
              "statusDateTime": "2026-11-25T08:00:00+0100", "events": told}  # fmt: skip
    return json.dumps({"parcels": [parcel]}).encode()


def ups(kind, code, **more):
    activity = {
        "date": "20261124",
        "time": "071500",
        "status": {"type": kind, "code": code},
        **more,
    }
    package = {"trackingNumber": "1Z1", "activity": [activity]}
    return json.dumps({"trackResponse": {"shipment": [{"package": [package]}]}}).encode()


def dhl(*events):
    told = [{"date": "2026-11-24", "time": at, "typeCode": code} for code, at in events]
    return json.dumps({"shipments": [{"shipmentTrackingNumber": "D1", "events": told}]}).encode()


def relay(*lines, stat="81"):
    told = "".join(
        f"<ret_WSI2_sub_TracingColisDetaille><Tracing_Libelle>{words}</Tracing_Libelle>"
        f"<Tracing_Date>{day}</Tracing_Date><Tracing_Heure>10:30</Tracing_Heure>"
        "</ret_WSI2_sub_TracingColisDetaille>"
        for words, day in lines
    )
    return soap(
        "<r><WSI2_TracingColisDetailleResult>"
        f"<STAT>{stat}</STAT><Libelle01>inconnu</Libelle01><Tracing>{told}</Tracing>"
        "</WSI2_TracingColisDetailleResult></r>"
    )


@pytest.mark.parametrize(("because", "carrier", "body", "says"), [
    ("newest first, as it comes", "laposte",
     laposte(("DI1", "2026-11-25T09:38:00+01:00"), ("PC1", "2026-11-24T18:00:00+01:00")),
     [("6A111", P.DELIVERED, 25, 8), ("6A111", P.HANDED_OVER, 24, 17)]),
    ("handed back to the sender is no delivery", "colissimo",
     laposte(("DI2", "2026-11-25T09:00:00+01:00")), [("6A111", P.RETURNED, 25, 8)]),
    ("the parcel names itself", "chronopost", chronopost(("TA", "2026-11-24T07:12:05+01:00")),
     [("XA1", P.OUT_FOR_DELIVERY, 24, 6)]),
    ("twelve-hour clocks, in local time", "dpd", dpd(("Courier", "11/24/2026 1:05:00 PM", "true")),
     [("asked", P.OUT_FOR_DELIVERY, 24, 12)]),
    ("what is still to come is not said", "dpd",
     dpd(("PickedUp", "11/24/2026 9:00:00 AM", "true"), ("Delivered", "11/26/2026 9:00:00 AM", "false")),
     [("asked", P.HANDED_OVER, 24, 8)]),
    ("back at the depot is under way again", "dpd",
     dpd(("ReturningFromDelivery", "11/24/2026 5:00:00 PM", "true")), [("asked", P.IN_TRANSIT, 24, 16)]),
    ("the longest known beginning of a code", "gls",
     gls("", ("DELIVERD.PARCELSHOP.X", "2026-11-24T15:24:57+0100"), ("DELIVERD.NORMAL", "2026-11-25T15:00:00+0100")),
     [("G1", P.READY, 24, 14), ("G1", P.DELIVERED, 25, 14)]),
    ("the whole parcel is further than its events", "gls",
     gls("DELIVERED", ("INBOUND", "2026-11-24T15:24:57+0100")),
     [("G1", P.IN_TRANSIT, 24, 14), ("G1", P.DELIVERED, 25, 7)]),
    ("an exception is what its code says", "ups", ups("X", "SR"), [("1Z1", P.IN_TRANSIT, 24, 6)]),
    ("an exception with an unknown code is kept", "ups", ups("X", "ZZ"), [("1Z1", P.OTHER, 24, 6)]),
    ("its own offset, where it says one", "ups", ups("D", "KB", gmtDate="20261124", gmtTime="20:00:00"),
     [("1Z1", P.DELIVERED, 24, 20)]),
    ("with the courier", "dhl_express", dhl(("WC", "08:00:00"), ("OK", "17:00:00")),
     [("D1", P.OUT_FOR_DELIVERY, 24, 7), ("D1", P.DELIVERED, 24, 16)]),
    ("words instead of codes", "mondial_relay",
     relay(("Colis disponible au Point Relais®", "24/11/2026"), ("Colis livré au destinataire", "25/11/2026")),
     [("asked", P.READY, 24, 9), ("asked", P.DELIVERED, 25, 9)]),
    ("anybody else, in our words", "plain",
     b'{"events":[{"number":"P1","progress":"ready","happened_at":"2026-11-24T09:00:00Z","code":"x"}]}',
     [("P1", P.READY, 24, 9)]),
])  # fmt: skip
def test_what_is_said(because, carrier, body, says):
    found = read(carrier, body, "asked")
    assert found.outcome is Outcome.READ, found.detail
    told = [
        (one.number, one.progress, utc.day, utc.hour)
        for one in found.heard
        for utc in [one.happened_at.astimezone(UTC)]
    ]
    assert told == says, because


@pytest.mark.parametrize(("because", "carrier", "body", "outcome"), [
    ("no such parcel", "laposte", b'{"returnCode":404,"returnMessage":"inconnu"}', Outcome.REFUSED),
    ("no such parcel", "gls", b'{"parcels":[{"requested":"1","errorCode":"E_404_01"}]}', Outcome.REFUSED),
    ("we are not known", "ups", b'{"response":{"errors":[{"code":"250003","message":"key"}]}}', Outcome.REFUSED),
    ("nothing is known yet", "ups",
     b'{"trackResponse":{"shipment":[{"warnings":[{"code":"TW0001","message":"none"}]}]}}', Outcome.REFUSED),
    ("a fault of its server", "dpd", soap("<Fault><faultstring>no</faultstring></Fault>"), Outcome.REFUSED),
    ("an error code", "chronopost", soap("<return><errorCode>1</errorCode></return>"), Outcome.REFUSED),
    ("a wrong brand", "mondial_relay", relay(stat="8"), Outcome.REFUSED),
    ("no shipment found", "dhl_express", b'{"status":404,"title":"Not Found"}', Outcome.REFUSED),
    ("a page of a proxy", "gls", b"<html>Bad gateway</html>", Outcome.UNREADABLE),
    ("nothing at all", "laposte", b"", Outcome.UNREADABLE),
    ("another carrier's", "ups", laposte(("DI1", "2026-11-25T09:38:00+01:00")), Outcome.UNREADABLE),
    ("a date that is none", "laposte", laposte(("DI1", "yesterday")), Outcome.UNREADABLE),
    ("a year before parcels", "laposte", laposte(("DI1", "0001-01-01T00:00:00")), Outcome.UNREADABLE),
    ("an event without a code", "chronopost", chronopost(("", "2026-11-24T07:12:05")), Outcome.UNREADABLE),
    ("entities are not unfolded", "dpd", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', Outcome.UNREADABLE),
    ("half of it", "dhl_express", dhl(("OK", "17:00:00"))[:40], Outcome.UNREADABLE),
    ("our words, misspelt", "plain", b'{"events":[{"number":"P1","progress":"gone"}]}', Outcome.UNREADABLE),
])  # fmt: skip
def test_what_says_nothing(because, carrier, body, outcome):
    found = read(carrier, body, "asked")
    assert (found.outcome, found.heard) == (outcome, ()), because
    assert found.detail, because


def test_a_carrier_that_nobody_can_read():
    with pytest.raises(UnknownCarrier):
        read("pigeon", b"{}")


GOOD = {
    "chronopost": chronopost(("TA", "2026-11-24T07:12:05+01:00")),
    "dhl_express": dhl(("OK", "17:00:00")),
    "dpd": dpd(("Courier", "11/24/2026 1:05:00 PM", "true")),
    "gls": gls("DELIVERED", ("INBOUND", "2026-11-24T15:24:57+0100")),
    "laposte": laposte(("DI1", "2026-11-25T09:38:00+01:00")),
    "mondial_relay": relay(("Colis disponible", "24/11/2026")),
    "ups": ups("D", "KB"),
}


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(sorted(READERS)), st.sampled_from(sorted(GOOD)), st.data())
def test_whatever_comes_is_an_answer(carrier, kind, data):
    body = bytearray(GOOD[kind])
    for _ in range(data.draw(st.integers(0, 6))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place : place + data.draw(st.integers(0, 12))] = (
            data.draw(st.binary(max_size=12)) or b" "
        )
    found = read(carrier, bytes(body), "asked")
    assert found.outcome in Outcome
    for one in found.heard:
        assert "\0" not in one.number + one.code + one.label + one.place
        assert datetime(1989, 1, 1, tzinfo=UTC) < one.happened_at < datetime(2201, 1, 1, tzinfo=UTC)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(READERS)), st.binary(max_size=200))
def test_bytes_without_meaning_are_an_answer(carrier, body):
    assert read(carrier, body).outcome in Outcome


@pytest.mark.parametrize(("words", "means"), [
    ("Colis en cours de préparation par l'expéditeur", P.ANNOUNCED),
    ("Prise en charge en agence", P.HANDED_OVER),
    ("Colis trié sur le Hub", P.IN_TRANSIT),
    ("Colis non réclamé, retour à l'expéditeur", P.RETURNING),
    ("Refusé par le destinataire", P.FAILED),
    ("Quelque chose d'autre", P.OTHER),
])  # fmt: skip
def test_words_of_mondial_relay(words, means):
    assert progress(words) is means
