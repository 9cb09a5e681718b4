"""Carriers' replies as they are on bad days: fields that are missing, null, of another kind.

What is wrong with one event costs none of the others, and what was not understood is told.
"""

import copy
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noria.connectors.carriers.model import NotUnderstood, instant
from noria.connectors.carriers.rules import READERS, read
from noria.connectors.carriers.trees import from_json
from noria.fulfilment.tracking_model import Outcome
from noria.orders.carried_model import Progress

P = Progress

LAPOSTE = {
    "returnCode": 200,
    "shipment": {
        "idShip": "6A1",
        "event": [
            {"code": "DI1", "label": "Livré.", "date": "2026-11-25T09:38:00+01:00"},
            {"code": "PC1", "label": "Pris.", "date": "2026-11-24T18:00:00+01:00"},
        ],
    },
}
GLS = {
    "parcels": [
        {
            "requested": "G1",
            "unitno": "G1",
            "status": "DELIVERED",
            "statusDateTime": "2026-11-25T16:00:00+0100",
            "events": [
                {"code": "INBOUND", "city": "Lille", "eventDateTime": "2026-11-24T15:24:57+0100"},
                {"code": "DELIVERD", "city": "Lille", "eventDateTime": "2026-11-25T15:24:57+0100"},
            ],
        }
    ]
}
UPS = {
    "trackResponse": {
        "shipment": [
            {
                "inquiryNumber": "1Z1",
                "package": [
                    {
                        "trackingNumber": "1Z1",
                        "activity": [
                            {
                                "date": "20261125",
                                "time": "091500",
                                "status": {"type": "D", "code": "KB", "description": "DELIVERED"},
                                "location": {"address": {"city": "Lille", "countryCode": "FR"}},
                            },
                            {
                                "date": "20261124",
                                "time": "071500",
                                "status": {"type": "I", "code": "AR", "description": "Arrived"},
                            },
                        ],
                    }
                ],
            }
        ]
    }
}
DHL = {
    "shipments": [
        {
            "shipmentTrackingNumber": "D1",
            "events": [
                {"date": "2026-11-25", "time": "09:00:00", "GMTOffset": "+01:00", "typeCode": "OK",
                 "serviceArea": [{"code": "LIL", "description": "Lille"}]},
                {"date": "2026-11-24", "time": "09:00:00", "GMTOffset": "+01:00", "typeCode": "PU"},
            ],
        }
    ]
}  # fmt: skip
EVENTS = {
    "laposte": (LAPOSTE, ("shipment", "event")),
    "gls": (GLS, ("parcels", 0, "events")),
    "ups": (UPS, ("trackResponse", "shipment", 0, "package", 0, "activity")),
    "dhl_express": (DHL, ("shipments", 0, "events")),
}
ABSENT = object()


def changed(whole, path, value):
    """The reply with another value at the end of a path."""
    reply = copy.deepcopy(whole)
    at = reply
    for step in path[:-1]:
        at = at[step]
    if value is ABSENT:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return reply


def said(carrier, reply, asked="asked"):
    body = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
    return read(carrier, body, asked)


@pytest.mark.parametrize(("because", "carrier", "path", "value"), [
    ("a text is null", "laposte", ("shipment", "event", 0, "label"), None),
    ("a text is a number", "laposte", ("shipment", "event", 0, "label"), 7),
    ("a text is an object", "laposte", ("shipment", "event", 0, "label"), {"fr": "Livré"}),
    ("a text is missing", "laposte", ("shipment", "event", 0, "label"), ABSENT),
    ("a message is null", "laposte", ("returnMessage",), None),
    ("a code is a text", "laposte", ("returnCode",), "200"),
    ("a code in small letters", "laposte", ("shipment", "event", 0, "code"), "di1"),
    ("a place is null", "gls", ("parcels", 0, "events", 1, "city"), None),
    ("an error that is none", "gls", ("parcels", 0, "errorCode"), None),
    ("the whole is not said", "gls", ("parcels", 0, "status"), None),
    ("the whole has no time", "gls", ("parcels", 0, "statusDateTime"), None),
    ("a place is a text", "ups", (*EVENTS["ups"][1], 0, "location"), "Lille"),
    ("no place at all", "ups", (*EVENTS["ups"][1], 0, "location"), None),
    ("a time with colons", "ups", (*EVENTS["ups"][1], 0, "time"), "09:15:00"),
    ("an area is one object", "dhl_express", ("shipments", 0, "events", 0, "serviceArea"),
     {"description": "Lille"}),
    ("no area", "dhl_express", ("shipments", 0, "events", 0, "serviceArea"), []),
    ("milliseconds since 1970", "laposte", ("shipment", "event", 0, "date"), 1795595880000),
    ("days before months", "laposte", ("shipment", "event", 0, "date"), "25/11/2026 à 09:38"),
    ("digits alone", "laposte", ("shipment", "event", 0, "date"), "20261125093800"),
    ("a day alone", "laposte", ("shipment", "event", 0, "date"), "2026-11-25"),
])  # fmt: skip
def test_what_makes_nothing_less_true(because, carrier, path, value):
    found = said(carrier, changed(EVENTS[carrier][0], path, value))
    assert found.outcome is Outcome.READ, (because, found.detail)
    assert P.DELIVERED in {one.progress for one in found.heard}, because
    (delivered,) = {one.happened_at.date() for one in found.heard if one.progress is P.DELIVERED}
    assert delivered.isoformat() == "2026-11-25", because


@pytest.mark.parametrize("carrier", sorted(EVENTS))
@pytest.mark.parametrize("odd", [None, {}, "x", 7, {"code": None}, [], True])
def test_an_odd_event_costs_none_of_the_others(carrier, odd):
    whole, path = EVENTS[carrier]
    usual = said(carrier, whole)
    reply = copy.deepcopy(whole)
    at = reply
    for step in path:
        at = at[step]
    at.insert(1, odd)
    found = said(carrier, reply)
    assert set(found.heard) >= set(usual.heard)
    assert (found.outcome is Outcome.READ) is (odd is None), "a blank is nothing, all else is told"
    if odd is not None:
        assert found.detail.startswith(f"1 of {len(usual.heard) + 1} events: ")


@pytest.mark.parametrize("carrier", sorted(EVENTS))
def test_one_event_that_stands_alone(carrier):
    whole, path = EVENTS[carrier]
    at = whole
    for step in path:
        at = at[step]
    found = said(carrier, changed(whole, path, at[-1] if carrier == "gls" else at[0]))
    assert found.outcome is Outcome.READ, found.detail
    assert [one.progress for one in found.heard] == [P.DELIVERED]


@pytest.mark.parametrize("nothing", [[], None])
@pytest.mark.parametrize("carrier", sorted(EVENTS))
def test_no_events_say_nothing(carrier, nothing):
    whole, path = EVENTS[carrier]
    found = said(carrier, changed(whole, path, nothing))
    assert found.outcome is Outcome.READ, found.detail
    assert {one.progress for one in found.heard} <= {P.DELIVERED}, "GLS says what it is as a whole"


@pytest.mark.parametrize(("because", "body"), [
    ("with a mark of byte order", b"\xef\xbb\xbf" + json.dumps(LAPOSTE).encode()),
    ("in UTF-16", json.dumps(LAPOSTE).encode("utf-16")),
    ("in the old encoding of Windows", json.dumps(LAPOSTE, ensure_ascii=False).encode("cp1252")),
    ("half a pair of surrogates", json.dumps(LAPOSTE).replace("Livr", r"\ud83d").encode()),
    ("a line end within a text", json.dumps(LAPOSTE).replace("Livr", "Liv\nr").encode()),
])  # fmt: skip
def test_letters(because, body):
    found = said("laposte", body)
    assert [one.progress for one in found.heard] == [P.DELIVERED, P.HANDED_OVER], because
    for one in found.heard:
        one.label.encode()


def soap(inner):
    return f'<?xml version="1.0" encoding="UTF-8"?><e><b>{inner}</b></e>'


CHRONOPOST = soap(
    "<return><errorCode>0</errorCode><skybillNumber>X1</skybillNumber>"
    "<events><code>D</code><eventDate>2026-11-25T08:30:00</eventDate>"
    "<eventLabel>Livré</eventLabel></events>"
    "<events><code>TA</code><eventDate>hier</eventDate></events></return>"
)


def test_what_is_odd_in_xml():
    for body in (CHRONOPOST.encode(), CHRONOPOST.encode("latin-1"), b"\n " + CHRONOPOST.encode()):
        found = said("chronopost", body)
        assert (found.outcome, found.detail) == (
            Outcome.UNREADABLE,
            "1 of 2 events: “hier” is no time",
        )
        assert [(one.progress, one.label) for one in found.heard] == [(P.DELIVERED, "Livré")]
    fault = soap("<Fault><faultcode>Server</faultcode><faultstring>no</faultstring></Fault>")
    assert said("chronopost", fault.encode()).outcome is Outcome.REFUSED


def dpd(*steps):
    told = "".join(
        f"<statusInfo><status>{code}</status><statusHasBeenReached>{reached}"
        f"</statusHasBeenReached><date><content>{at}</content></date></statusInfo>"
        for code, reached, at in steps
    )
    return soap(f"<trackingresult>{told}</trackingresult>").encode()


@pytest.mark.parametrize(("because", "steps", "days"), [
    ("as Americans write it", [("Courier", "true", "11/5/2026 1:05:00 PM")], ["2026-11-05T13:05"]),
    ("with points, the day is first", [("Courier", "true", "05.11.2026, 13:05")],
     ["2026-11-05T13:05"]),
    ("one that cannot be American says how all are meant",
     [("Depot", "true", "05/11/2026 09:00:00"), ("Courier", "true", "25/11/2026 10:00:00")],
     ["2026-11-05T09:00", "2026-11-25T10:00"]),
    ("in capitals", [("AT_DELIVERY_DEPOT", "TRUE", "2026-11-05T09:00:00")], ["2026-11-05T09:00"]),
    ("what is not reached has not happened", [("Delivered", "False", "2026-11-05T09:00:00")], []),
])  # fmt: skip
def test_times_of_dpd(because, steps, days):
    found = said("dpd", dpd(*steps))
    assert found.outcome is Outcome.READ, (because, found.detail)
    told = [one.happened_at.strftime("%Y-%m-%dT%H:%M") for one in found.heard]
    assert told == days, because
    assert P.OTHER not in {one.progress for one in found.heard}, because


def test_a_step_of_dpd_that_was_reached_at_no_time_is_told():
    found = said("dpd", dpd(("Courier", "true", ""), ("Depot", "true", "2026-11-05T09:00:00")))
    assert found.outcome is Outcome.UNREADABLE
    assert [one.progress for one in found.heard] == [P.IN_TRANSIT]


@pytest.mark.parametrize(("stat", "means"), [
    ("82", P.DELIVERED), ("81", P.IN_TRANSIT), ("83", P.FAILED), ("80", P.ANNOUNCED), ("0", P.OTHER),
])  # fmt: skip
def test_words_that_mondial_relay_says_in_another_language(stat, means):
    lines = "".join(
        f"<ret_WSI2_sub_TracingColisDetaille><Tracing_Libelle>{words}</Tracing_Libelle>"
        f"<Tracing_Date>{day}/11/2026</Tracing_Date></ret_WSI2_sub_TracingColisDetaille>"
        for words, day in (("El paquete fue ...", 24), ("Entregado", 25))
    )
    body = soap(
        f"<WSI2_TracingColisDetailleResult><STAT>{stat}</STAT><Tracing>{lines}</Tracing>"
        "</WSI2_TracingColisDetailleResult>"
    )
    found = said("mondial_relay", body.encode())
    assert [one.progress for one in found.heard] == [P.OTHER, means]


@pytest.mark.parametrize(("because", "more", "progress"), [
    ("a status that nobody knows is seen", {"status": "TELEPORTED"}, P.OTHER),
    ("cancelled is no way of a parcel", {"status": "CANCELED"}, P.OTHER),
    ("the end of one that went back is no delivery",
     {"status": "FINAL", "events": [{"code": "RETURN", "eventDateTime": "2026-11-25T10:00:00"}]},
     P.RETURNED),
    ("its events may all be missing", {"status": "DELIVERED", "events": None}, P.DELIVERED),
])  # fmt: skip
def test_what_a_parcel_of_gls_is_as_a_whole(because, more, progress):
    parcel = {**GLS["parcels"][0], "events": [], **more}
    assert said("gls", {"parcels": [parcel]}).heard[-1].progress is progress, because


def test_gls_names_the_parcel_that_was_asked_about():
    parcel = {**GLS["parcels"][0], "unitno": "G10"}
    assert {one.number for one in said("gls", {"parcels": [parcel]}, "G1").heard} == {"G1"}
    del parcel["requested"]
    assert {one.number for one in said("gls", {"parcels": [parcel]}, "").heard} == {"G10"}
    del parcel["unitno"]
    assert {one.number for one in said("gls", {"parcels": [parcel]}, "G1").heard} == {"G1"}


def test_freight_in_a_container_station_is_with_nobody():
    path = (*EVENTS["ups"][1], 0, "status")
    found = said("ups", changed(UPS, path, {"type": "DD", "code": "X9"}))
    assert found.heard[0].progress is P.IN_TRANSIT


def test_a_clock_is_that_of_the_place():
    path = (*EVENTS["ups"][1], 0, "location", "address", "countryCode")
    (first, *_) = said("ups", changed(UPS, path, "GB")).heard
    assert first.happened_at.astimezone(UTC).hour == 9
    (first, *_) = said("dhl_express", changed(DHL, (*EVENTS["dhl_express"][1], 0, "GMTOffset"),
                                              "-05:00")).heard  # fmt: skip
    assert first.happened_at.utcoffset() == timedelta(hours=-5)


def test_our_own_words_each_by_itself():
    event = {
        "number": "P1",
        "progress": "ready",
        "happened_at": "2026-11-24T09:00:00Z",
        "code": "x",
    }
    found = said("plain", {"events": [event, {**event, "progress": "gone"}]})
    assert (found.outcome, len(found.heard)) == (Outcome.UNREADABLE, 1)
    assert "gone" in found.detail


@pytest.mark.parametrize("text", [
    "", "hier", "32/01/2026", "2026-13-01", "25/11/2026 25:00", "25/11/2026 13:00 PM", "12",
    "99999999999999999999", "11/25/2026", "0001-01-01T00:00:00", "²0261125",
])  # fmt: skip
def test_no_times(text):
    with pytest.raises(NotUnderstood):
        instant(text)


def test_a_clock_that_is_put_back_shows_an_hour_twice():
    assert instant("2026-10-25T02:30:00").astimezone(UTC).hour == 0
    assert instant("2026-03-29T02:30:00").astimezone(UTC) == datetime(
        2026, 3, 29, 1, 30, tzinfo=UTC
    )


def test_deep_nonsense_is_no_crash():
    for body in (b"[" * 200_000, b'{"a":' * 50_000, b"<a>" * 200_000):
        for carrier in READERS:
            assert read(carrier, body).outcome is Outcome.UNREADABLE


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)


def _paths(value, at=()):
    yield at
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(inner, dict | list):
            yield from _paths(inner, (*at, key))
        else:
            yield (*at, key)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(EVENTS)), st.data())
def test_whatever_stands_anywhere_is_an_answer(carrier, data):
    whole = EVENTS[carrier][0]
    path = data.draw(st.sampled_from([path for path in _paths(whole) if path]))
    body = json.dumps(changed(whole, path, data.draw(ODD))).encode()
    found = read(carrier, body, "asked")
    assert "stumbled" not in found.detail
    assert "in the reader" not in found.detail


def test_names_are_found_in_any_case():
    record = from_json(b'{"GmtOffset": 1, "list": {"a": true}, "none": null}')
    assert (record.text("GMTOffset"), record.text("list", "A"), record.text("none")) == (
        "1",
        "true",
        "",
    )
    assert not record.has("none")
