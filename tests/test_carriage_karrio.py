"""Carriers through karrio: each connector against a fake that speaks the carrier's own shapes."""

import base64
import json
import re
from datetime import date, time

import pytest
from msgspec import structs

import carrier_fakes as fakes
from noria.carriage.model import Account, Connector, Format, Packed, Sender
from noria.carriage.port import (
    Ability,
    Busy,
    Consignment,
    CustomsLine,
    Declined,
    NoAnswer,
    NotSent,
    Party,
    Van,
)
from noria.connectors.carriers import ports
from noria.kit.egress import Rules

PDF = base64.b64encode(b"%PDF-1.4 a label").decode()
GIF = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
C = Connector
US = Party(name="Noria", company="Noria", street="1 quai de la Gare", postcode="75013", town="Paris",
           country="FR", phone="+33140000000", email="depot@example.org")  # fmt: skip
BOX = Consignment(
    reference="Nabcd000000001", order="o1", service="", sender=US,
    recipient=Party(name="Zoé Müller", street="3 rue des Lilas", postcode="69003", town="Lyon",
                    country="FR", phone="+33639980000", email="zoe@example.org"),
    relay=None, packed=Packed(length_mm=300, width_mm=200, height_mm=100), weight_g=1250,
    format=Format.PDF, leaves_on=date(2026, 11, 24), currency="EUR", value_cents=1980,
)  # fmt: skip


def colissimo(fake, method, path, headers, body):
    if "idships" in path:
        return fakes.json_answer(200, {"returnCode": 200, "idShip": "6A1", "shipment": {}})
    given = json.loads(body)
    reference = given["letter"]["sender"]["senderParcelRef"]
    info = {"messages": [{"id": "0", "type": "INFOS", "messageContent": "ok"}],
            "labelV2Response": {"parcelNumber": fake.make(reference, "6A12345678901")}}  # fmt: skip
    inside = json.dumps(info)[1:-1]
    text = (
        f"--uuid:1\r\nContent-ID: <jsonInfos>\r\n\r\n<jsonInfos>\n\n{{{inside}}}\n--uuid:1\n"
        "Content-ID: <label>\r\n\r\n<label>\n\n%PDF-1.4 é a label\n--uuid:1--"
    )
    return 200, text.encode("latin-1"), {"Content-Type": "multipart/mixed"}


def chronopost(fake, method, path, headers, body):
    reference = re.search(r"shipperRef>([^<]+)<", body.decode())
    number = fake.make(reference[1] if reference else "", "XY123456789FR")
    return 200, (
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
        '<ns1:shippingMultiParcelV4Response xmlns:ns1="http://cxf.shipping.soap.chronopost.fr/">'
        "<return><errorCode>0</errorCode><errorMessage></errorMessage><resultMultiParcelValue>"
        f"<pdfEtiquette>{PDF}</pdfEtiquette><skybillNumber>{number}</skybillNumber>"
        "</resultMultiParcelValue></return></ns1:shippingMultiParcelV4Response>"
        "</soap:Body></soap:Envelope>"
    ).encode(), {}  # fmt: skip


def dpd(fake, method, path, headers, body):
    if path.endswith("/login"):
        return 200, b"{}", {"X-DPD-TOKEN": "a-token"}
    reference = json.loads(body)
    first = reference[0] if isinstance(reference, list) else reference
    number = fake.make(first["shipmentInfos"]["shipmentId"], "05308888888888")
    return fakes.json_answer(
        200, [{"shipmentId": "S1", "parcelIds": [number], "label": {"base64Data": PDF}}]
    )


def gls(fake, method, path, headers, body):
    if "token" in path:
        return fakes.json_answer(200, {"access_token": "t", "expires_in": 3600})
    if "cancel" in path:
        return fakes.json_answer(200, {"result": "CANCELLED"})
    text = body.decode()
    number = fake.make(BOX.reference if BOX.reference in text else "?", "ZK1234567890")
    return fakes.json_answer(
        200, {"shipmentId": "G1", "trackingNumbers": [number], "labels": [{"labelData": PDF}]}
    )


def ups(fake, method, path, headers, body):
    if "oauth" in path:
        return fakes.json_answer(
            200, {"access_token": "t", "issued_at": "1795860000000", "expires_in": "14399"}
        )
    if "reference/details" in path:
        number = next(iter(fake.numbers()), None)
        package = [{"package": [{"trackingNumber": number}]}] if number else [{}]
        return fakes.json_answer(200, {"trackResponse": {"shipment": package}})
    if "void" in path:
        return fakes.json_answer(
            200, {"VoidShipmentResponse": {"Response": {"ResponseStatus": {"Code": "1"}}}}
        )
    text = body.decode()
    number = fake.make(BOX.reference if BOX.reference in text else "?", "1Z12345E8791315413")
    label = {"TrackingNumber": number,
             "ShippingLabel": {"ImageFormat": {"Code": "GIF"}, "GraphicImage": GIF}}  # fmt: skip
    results = {"ShipmentIdentificationNumber": number, "PackageResults": [label],
               "ShipmentCharges": {"TotalCharges": {"CurrencyCode": "EUR", "MonetaryValue": "12.3"}}}  # fmt: skip
    return fakes.json_answer(200, {"ShipmentResponse": {"ShipmentResults": results}})


def dhl(fake, method, path, headers, body):
    if "tracking" in path:
        found = [{"shipmentTrackingNumber": number} for number in fake.numbers()]
        return fakes.json_answer(200, {"shipments": found})
    text = body.decode()
    number = fake.make(BOX.reference if BOX.reference in text else "?", "1234567890")
    return fakes.json_answer(
        201,
        {"shipmentTrackingNumber": number, "documents": [{"imageFormat": "PDF", "content": PDF}]},
    )


CARRIERS = {
    C.COLISSIMO: (colissimo, "colissimo_home_without_signature", "6A12345678901",
                  {"contract_number": "123", "password": "SECRET", "laposte_api_key": "k"}),
    C.CHRONOPOST: (chronopost, "chronopost_13", "XY123456789FR",
                   {"account_number": "19869502", "password": "SECRET"}),
    C.DPD: (dpd, "dpd_meta_classic", "05308888888888",
            {"dpd_login": "me", "dpd_password": "SECRET", "dpd_bucode": "001",
             "customer_id": "1", "customer_account_number": "2"}),
    C.GLS: (gls, "gls_parcel", "ZK1234567890",
            {"client_id": "me", "client_secret": "SECRET", "contact_id": "276"}),
    C.UPS: (ups, "ups_standard", "1Z12345E8791315413",
            {"client_id": "me", "client_secret": "SECRET", "account_number": "Y0"}),
    C.DHL_EXPRESS: (dhl, "mydhl_express_domestic", "1234567890",
                    {"username": "me", "password": "SECRET", "account_number": "9"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def server():
    with fakes.serving(colissimo) as served:
        yield served


def connected(connector, server, **more):
    answers, service, _, fields = CARRIERS[connector]
    server[0].reset(answers)
    plan = Account(
        code="x", connector=connector, url=server[1], services={"HOME": service},
        sender=Sender(name="Noria", street="1 quai"), timeout_s=1, settings=fields | more,
    )  # fmt: skip
    return ports.connected(plan, Rules(is_open=True, timeout_s=1), {})


def box(connector, **more):
    return structs.replace(BOX, service=CARRIERS[connector][1], **more)


@pytest.mark.parametrize("connector", CARRIERS, ids=lambda one: one.value)
def test_a_label_is_bought_under_our_reference(connector, server):
    made = connected(connector, server).buy(box(connector))
    assert made.number == CARRIERS[connector][2]
    assert server[0].made == {BOX.reference: [made.number]}, "it carries our reference"
    assert [sheet.content[:4] for sheet in made.sheets] == [b"%PDF"]


@pytest.mark.parametrize(
    ("mood", "trouble"),
    [("dead", NoAnswer), ("slow", NoAnswer), ("trouble", NoAnswer), ("busy", Busy),
     ("nonsense", NoAnswer)],
)  # fmt: skip
@pytest.mark.parametrize("connector", CARRIERS, ids=lambda one: one.value)
def test_troubles_are_told_apart_where_karrio_does_not(connector, mood, trouble, server):
    carrier = connected(connector, server, client_id=f"{connector.value}-{mood}",
                        dpd_login=f"{connector.value}-{mood}")  # fmt: skip
    logs_in = connector in {C.DPD, C.GLS, C.UPS}
    server[0].moods, server[0].patience_s = [""] * logs_in + [mood], 1.3
    with pytest.raises(trouble):
        carrier.buy(box(connector))


@pytest.mark.parametrize("connector", [C.DPD, C.GLS, C.UPS], ids=lambda one: one.value)
def test_trouble_with_the_token_leaves_no_doubt(connector, server):
    carrier = connected(connector, server, client_id="unlucky", dpd_login="unlucky")
    server[0].moods = ["trouble"]
    with pytest.raises(NotSent):
        carrier.buy(box(connector))
    assert server[0].numbers() == []


NO = {
    C.UPS: (400, {"response": {"errors": [{"code": "120100", "message": "no such town"}]}}),
    C.GLS: (400, {"errors": [{"code": "E1", "message": "no such town"}]}),
    C.DPD: (400, {"errorCode": "E1", "errorMessage": "no such town"}),
    C.DHL_EXPRESS: (400, {"status": 400, "title": "Bad request", "detail": "no such town"}),
}


@pytest.mark.parametrize("connector", NO, ids=lambda one: one.value)
def test_a_no_is_told_in_the_carriers_words(connector, server):
    carrier = connected(connector, server)
    answers = CARRIERS[connector][0]

    def refusing(fake, method, path, headers, body):
        if "login" in path or "token" in path:
            return answers(fake, method, path, headers, body)
        return fakes.json_answer(*NO[connector])

    server[0].answers = refusing
    with pytest.raises(Declined, match="no such town"):
        carrier.buy(box(connector))


@pytest.mark.parametrize("connector", [C.UPS, C.DHL_EXPRESS], ids=lambda one: one.value)
def test_what_was_made_is_found_by_our_reference(connector, server):
    carrier = connected(connector, server)
    assert Ability.SEARCHES in carrier.abilities
    assert carrier.find(box(connector)) is None
    made = carrier.buy(box(connector))
    found = carrier.find(box(connector))
    assert found.number == made.number
    assert found.label_at, "a person prints it"


@pytest.mark.parametrize("connector", [C.UPS, C.GLS], ids=lambda one: one.value)
def test_a_label_is_taken_back(connector, server):
    carrier = connected(connector, server)
    carrier.cancel(CARRIERS[connector][2])
    assert any("cancel" in path for _, path, *_ in server[0].asked)


def test_customs_are_declared(server):
    line = CustomsLine(sku="mug", description="Ceramic mug", hs_code="691200", origin="PT", units=2,
                       weight_g=600, value_cents=1980)  # fmt: skip
    to = structs.replace(BOX.recipient, postcode="1200", town="Genève", country="CH")
    connected(C.COLISSIMO, server).buy(box(C.COLISSIMO, recipient=to, customs=[line]))
    assert b'"hsCode":"691200"' in server[0].asked[-1][3]


def test_not_to_relay_points(server):
    with pytest.raises(Declined, match="relay"):
        connected(C.COLISSIMO, server).buy(box(C.COLISSIMO, relay="FR-1"))


def test_secrets_stay_out_of_logs(server, caplog, capfd):
    caplog.set_level("DEBUG")
    carrier = connected(C.COLISSIMO, server)
    server[0].moods = ["nonsense"]
    with pytest.raises(NoAnswer):
        carrier.buy(box(C.COLISSIMO))
    said = capfd.readouterr()
    assert "SECRET" not in caplog.text + said.out + said.err


def test_an_account_that_does_not_fit_is_told_before_anything_is_sent(server):
    plan = Account(code="x", connector=C.UPS, services={}, sender=Sender(name="N", street="1"))
    with pytest.raises(NotSent):
        ports.connected(plan, Rules(is_open=True), {})


def test_a_van_is_booked_where_the_carrier_sends_vans(server):
    van = Van(reference="N1", sender=US, day=date(2026, 11, 24), ready_from=time(14),
              ready_until=time(17), boxes=3, weight_g=3000)  # fmt: skip
    carrier = connected(C.DHL_EXPRESS, server)
    assert Ability.PICKUP in carrier.abilities
    server[0].answers = lambda *_: fakes.json_answer(
        201, {"dispatchConfirmationNumbers": ["PRG1"], "readyByTime": "14:00"}
    )
    assert carrier.pickup(van) == "PRG1"
