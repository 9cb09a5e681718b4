"""Zones and prices: which zone, which tariff on which day, what a parcel weighs and costs."""

from datetime import date

import pytest
from msgspec import structs

from noria.network import tariff_rules as rules
from noria.network.model import Rate, Service, TwiceGiven
from noria.network.tariff_model import (
    Applies,
    Load,
    Price,
    Surcharge,
    SurchargeUnclear,
    Tariff,
    TariffBackwards,
    TariffZone,
    ZoneArea,
    ZoneUnknown,
    ZoneWithoutPrice,
    Zoning,
)

ZONING = Zoning(
    code="FR-2026",
    name="France",
    areas=(
        ZoneArea(zone="NEAR", country="FR", max_km=100),
        ZoneArea(zone="FRANCE", country="FR"),
        ZoneArea(zone="CORSICA", country="FR", prefix="20"),
        ZoneArea(zone="MONACO", country="FR", prefix="98000"),
        ZoneArea(zone="LONDON", country="GB", prefix="SW1A"),
        ZoneArea(zone="BENELUX", country="BE"),
        ZoneArea(zone="WORLD", max_km=5_000),
    ),
)
ZONES = ("NEAR", "FRANCE", "CORSICA", "LONDON", "BENELUX", "WORLD")


def price(zone, grams, cents, volume=None):
    return Price(zone=zone, max_weight_g=grams, cents=cents, max_volume_cm3=volume)


def tariff(code="T1", **more):
    given = {
        "code": code,
        "service": "HOME",
        "zoning": "FR-2026",
        "valid_from": date(2026, 1, 1),
        "volume_divisor": 5000,
        "zones": tuple(TariffZone(zone=zone, transit_days=2) for zone in ZONES),
        "prices": (
            *(price(zone, 30_000, 900) for zone in ZONES),
            price("FRANCE", 1_000, 500, 20_000),
            price("FRANCE", 2_000, 600),
            price("CORSICA", 1_000, 700),
        ),
        "surcharges": (
            Surcharge(code="island", zone="CORSICA", cents=350),
            Surcharge(code="fuel", basis_points=1_250),
            Surcharge(code="bulky", applies=Applies.BULKY, cents=1_000),
            Surcharge(code="acid", applies=Applies.HAZARDOUS, cents=400, zone="FRANCE"),
        ),
    }
    return Tariff(**(given | more))


BOOK = rules.book(rules.normal_tariff(tariff(), ZONING), ZONING)


@pytest.mark.parametrize(
    ("because", "country", "postcode", "km", "zone"),
    [
        ("all of the country", "FR", "69003", 400, "FRANCE"),
        ("near the sender", "FR", "69003", 99.9, "NEAR"),
        ("the limit is included", "FR", "69003", 100, "NEAR"),
        ("just beyond it", "FR", "69003", 100.1, "FRANCE"),
        ("a longer prefix is narrower than a distance", "FR", "20000", 50, "CORSICA"),
        ("Bastia", "FR", "20200", 1_000, "CORSICA"),
        ("Aisne is not Corsica", "FR", "02000", 400, "FRANCE"),
        ("no postcode at all", "FR", "", 400, "FRANCE"),
        ("a prefix longer than the postcode", "FR", "2", 400, "FRANCE"),
        ("letters and blanks", "GB", "sw1a 1aa", 400, "LONDON"),
        ("next to it, but near enough for the world", "GB", "SW1V", 400, "WORLD"),
        ("Belgium", "BE", "1000", 300, "BENELUX"),
        ("a country that is not named", "ES", "28001", 1_000, "WORLD"),
        ("too far for anything", "US", "10001", 5_001, None),
        ("a zone of the map that the tariff does not serve", "FR", "98000", 900, None),
    ],
)
def test_zone(because, country, postcode, km, zone):
    found = rules.zone(BOOK, country, postcode, km)
    assert (found and found.zone) == zone, because


@pytest.mark.parametrize(
    ("because", "weight_g", "volume_cm3", "divisor", "charged_g"),
    [
        ("it weighs more than its volume", 3_000, 5_000, 5000, 3_000),
        ("its volume weighs more", 3_000, 20_000, 5000, 4_000),
        ("both alike", 4_000, 20_000, 5000, 4_000),
        ("a gram that is begun counts", 1, 6, 5000, 2),
        ("volume does not weigh", 3_000, 900_000, 0, 3_000),
        ("nothing is known of it", 3_000, 0, 5000, 3_000),
    ],
)
def test_charged_weight(because, weight_g, volume_cm3, divisor, charged_g):
    assert rules.charged_weight_g(weight_g, volume_cm3, divisor) == charged_g, because


HOME = Service(code="HOME", carrier="Poste", name="Home", takes_hazardous=True)


@pytest.mark.parametrize(
    ("because", "postcode", "load", "cents"),
    [
        ("light: 500 and an eighth for fuel, half a cent up", "69003", {"weight_g": 800}, 563),
        ("the limit is included", "69003", {"weight_g": 1_000}, 563),
        ("a gram more", "69003", {"weight_g": 1_001}, 675),
        ("its volume weighs", "69003", {"weight_g": 10, "volume_cm3": 7_500}, 675),
        ("light, but too large for the first band", "69003", {"weight_g": 10, "volume_cm3": 20_001},
         1_013),
        ("the heaviest", "69003", {"weight_g": 30_000}, 1_013),
        ("too heavy", "69003", {"weight_g": 30_001}, None),
        ("too large: 30 kg by volume", "69003", {"weight_g": 1, "volume_cm3": 150_001}, None),
        ("Corsica: 700, fuel 88, island 350", "20000", {"weight_g": 900}, 1_138),
        ("bulky", "69003", {"weight_g": 800, "is_bulky": True}, 1_563),
        ("hazardous", "69003", {"weight_g": 800, "is_hazardous": True}, 963),
        ("both, each once", "69003", {"weight_g": 800, "is_bulky": True, "is_hazardous": True},
         1_963),
        ("hazardous costs no more elsewhere", "20000", {"weight_g": 900, "is_hazardous": True},
         1_138),
        ("not served", "98000", {"weight_g": 800}, None),
    ],
)  # fmt: skip
def test_quote(because, postcode, load, cents):
    found = rules.quote(HOME, BOOK, country="FR", postcode=postcode, km=400, load=Load(**load))
    assert (found and found.cents) == cents, because


def test_a_service_that_does_not_take_it_has_no_price():
    timid = structs.replace(HOME, takes_hazardous=False, takes_bulky=False)
    for load in ({"is_bulky": True}, {"is_hazardous": True}):
        asked = {"country": "FR", "postcode": "69003", "km": 400}
        assert rules.quote(timid, BOOK, **asked, load=Load(weight_g=800, **load)) is None
    assert rules.quote(timid, BOOK, **asked, load=Load(weight_g=800)) is not None


def test_without_a_tariff_the_plain_rates_count():
    rates = (Rate(max_km=500, max_weight_g=1_000, cents=480, transit_days=1),)
    plain = structs.replace(HOME, rates=rates)
    asked = {"country": "FR", "postcode": "69003", "load": Load(weight_g=800)}
    found = rules.quote(plain, None, km=400, **asked)
    assert (found.cents, found.tariff, found.zone, found.transit_days) == (480, None, None, 1)
    assert rules.quote(plain, None, km=501, **asked) is None


@pytest.mark.parametrize(
    ("because", "day", "code"),
    [
        ("before any", "2025-12-31", None),
        ("its first day", "2026-01-01", "T1"),
        ("still", "2026-03-31", "T1"),
        ("the next one begins", "2026-04-01", "T2"),
        ("a correction of the same day, made later", "2026-06-01", "T4"),
        ("a summer's prices, on their last day", "2026-08-31", "T5"),
        ("and after them those before again", "2026-09-01", "T4"),
        ("29 February has one too", "2028-02-29", "T4"),
    ],
)
def test_in_force(because, day, code):
    made = [
        tariff("T1"),
        tariff("T2", valid_from=date(2026, 4, 1)),
        tariff("T3", valid_from=date(2026, 6, 1)),
        tariff("T4", valid_from=date(2026, 6, 1)),
        tariff("T5", valid_from=date(2026, 7, 1), valid_until=date(2026, 8, 31)),
        tariff("X1", service="OTHER", valid_from=date(2026, 8, 1)),
    ]
    books = [rules.book(one, ZONING) for one in made]
    found = rules.in_force(books, date.fromisoformat(day)).get("HOME")
    assert (found and found.code) == code, because


@pytest.mark.parametrize(
    ("because", "changes", "refusal"),
    [
        ("a zone that the map does not have", {"zones": (TariffZone(zone="MARS", transit_days=1),)},
         ZoneUnknown),
        ("a price for a zone that it does not serve", {"prices": (price("MONACO", 1, 1),)},
         ZoneUnknown),
        ("a surcharge for one", {"surcharges": (Surcharge(code="x", zone="MONACO", cents=1),)},
         ZoneUnknown),
        ("a zone without a price", {"prices": (price("FRANCE", 1, 1),)}, ZoneWithoutPrice),
        ("a price twice", {"prices": (*(price(zone, 9, 1) for zone in ZONES), price("NEAR", 9, 2))},
         TwiceGiven),
        ("a zone twice", {"zones": tuple(TariffZone(zone="NEAR", transit_days=1) for _ in "ab"),
                          "prices": (price("NEAR", 1, 1),), "surcharges": ()}, TwiceGiven),
        ("a share of bulky parcels", {"surcharges": (
            Surcharge(code="x", applies=Applies.BULKY, basis_points=1),)}, SurchargeUnclear),
        ("backwards", {"valid_until": date(2025, 12, 31)}, TariffBackwards),
    ],
)  # fmt: skip
def test_tariffs_that_cannot_be(because, changes, refusal):
    with pytest.raises(refusal):
        rules.normal_tariff(tariff(**changes), ZONING)


def test_tariffs_and_zonings_are_kept_in_order():
    kept = rules.normal_tariff(tariff(), ZONING)
    assert [one.zone for one in kept.zones] == sorted(ZONES)
    assert rules.normal_tariff(kept, ZONING) == kept
    shuffled = structs.replace(ZONING, areas=ZONING.areas[::-1])
    assert rules.normal_zoning(shuffled) == rules.normal_zoning(ZONING)
    twice = structs.replace(ZONING, areas=(*ZONING.areas, ZoneArea(zone="X", country="BE")))
    with pytest.raises(TwiceGiven):
        rules.normal_zoning(twice)
