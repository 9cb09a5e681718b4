"""The made-up chain, its customers and the communes they live in."""

import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import msgspec
import pytest

import noria.network.communes as shipped
from noria.lab.carriers import COURIER, HOME, services
from noria.lab.chain import chain, metres, nearest
from noria.lab.chance import chance, pick
from noria.lab.customers import homes
from noria.network import tariff_rules
from noria.network.calendar import node_holidays
from noria.network.communes import areas, communes
from noria.network.model import NodeKind, Service
from noria.network.rules import working_day
from noria.network.tariff_model import Load

DATA = Path(shipped.__file__).parent / "data"


def test_the_communes_are_small_and_attributed():
    assert (DATA / "communes.parquet").stat().st_size < 1_000_000
    source = (DATA / "SOURCE.txt").read_text()
    for named in ("INSEE", "La Poste", "Licence Ouverte", "ODbL"):
        assert named in source


def test_the_communes_are_those_of_metropolitan_france():
    table = communes()
    assert table.height == 34_788
    assert table["insee"].is_unique().all()
    assert table["population"].sum() == 66_165_815
    assert table["latitude"].is_between(41, 52).all()
    assert table["longitude"].is_between(-6, 10).all()
    assert not table["insee"].is_in(["75056", "69123", "13055"]).any(), "their districts are there"


def test_areas_hold_everybody_once():
    found = areas()
    codes = [area.code for area in found]
    assert codes == sorted(set(codes))
    assert len(found) == 6_051
    assert sum(area.population for area in found) == 66_165_815
    by_code = {area.code: area for area in found}
    assert by_code["69003"].town == "Lyon 3e Arrondissement"
    assert by_code["01000"].town == "Bourg-en-Bresse", "the town where most of them live"
    toulouse = [by_code[code].population for code in ("31000", "31100", "31200", "31300")]
    assert max(toulouse) - min(toulouse) <= 1, "postcodes of one commune share its people"


def test_homes_do_not_depend_on_company_or_order():
    together = homes(["17850", "13047", "guest-536414"], seed=2011)
    assert together == homes(["guest-536414", "17850", "13047", "17850"], seed=2011)
    assert together["13047"] == homes(["13047"], seed=2011)["13047"]
    assert together["17850"].name == "Customer 17850"
    assert together["guest-536414"].name == "Guest 536414"
    assert together != homes(["17850", "13047", "guest-536414"], seed=2012)


def test_a_home_is_pinned():
    home = homes(["17850"], seed=2011)["17850"]
    assert (home.postcode, home.town) == ("77130", "La Grande-Paroisse")


def test_homes_follow_the_population():
    lived = homes(map(str, range(20_000)), seed=1).values()
    departments = Counter(home.postcode[:2] for home in lived)
    north_per_mille = departments["59"] * 1000 // 20_000
    assert 34 <= north_per_mille <= 44, "2.6 of 66 million live in the Nord"
    postcodes = {area.code for area in areas()}
    assert all(home.postcode in postcodes for home in lived)


def test_the_chain_has_the_shape_that_was_asked_for():
    kinds = Counter(node.kind for node in chain(seed=2011).nodes)
    assert kinds == {
        NodeKind.WAREHOUSE: 1,
        NodeKind.STORE: 12,
        NodeKind.DARK_STORE: 1,
        NodeKind.THIRD_PARTY: 1,
        NodeKind.SUPPLIER: 2,
        NodeKind.PRINTER: 1,
        NodeKind.MARKETPLACE: 1,
        NodeKind.MAKER: 1,
        NodeKind.RELAY: 2,
    }
    assert kinds.keys() == set(NodeKind) - {NodeKind.DIGITAL}, "the set-up adds that one"


@pytest.mark.parametrize("seed", [0, 1, 2011])
def test_the_chain_is_valid_and_the_same_every_time(seed):
    made = chain(seed)
    assert made == chain(seed)
    body = msgspec.json.encode(made)
    assert msgspec.json.decode(body, type=type(made)) == made, "every limit of the model is kept"
    towns = set(communes().select("name", "latitude", "longitude").iter_rows())
    assert all((n.town, n.latitude, n.longitude) in towns for n in made.nodes)
    offered = {service.code for service in made.services}
    for node in made.nodes:
        assert node.departures or not node.does_ship
        assert {departure.service for departure in node.departures} <= offered
        open_on = {hours.weekday for hours in node.hours} or set(range(7))
        assert {departure.weekday for departure in node.departures} <= open_on
        keys = [(departure.service, departure.weekday) for departure in node.departures]
        assert len(set(keys)) == len(keys)


def test_another_seed_gives_another_chain():
    assert chain(1).nodes != chain(2).nodes


def test_public_holidays_close_stores_and_alsace_has_two_more():
    nodes = {node.code: node for node in chain(2011).nodes}
    lille = node_holidays(nodes["LILLE"], [2011])
    strasbourg = node_holidays(nodes["STRASBOURG"], [2011])
    assert {date(2011, 11, 1), date(2011, 11, 11), date(2011, 12, 25)} <= lille
    assert {day for day in strasbourg - lille if day.year == 2011} == {
        date(2011, 4, 22),
        date(2011, 12, 26),
    }
    assert not nodes["IVRY"].keeps_holidays
    advent = date(2011, 12, 11)
    assert working_day(nodes["LILLE"], advent, lille), "a Sunday in December"
    assert not working_day(nodes["LILLE"], date(2011, 11, 13), lille)
    assert not working_day(nodes["ORLEANS"], advent, lille)


def test_the_home_carrier_has_prices_by_zone_from_a_day_on():
    made = chain(2011)
    (zoning,) = made.zonings
    books = [
        tariff_rules.book(tariff_rules.normal_tariff(one, zoning), zoning) for one in made.tariffs
    ]
    home = next(one for one in made.services if one.code == HOME)

    def cents(day, postcode, km):
        prices = tariff_rules.in_force(books, date.fromisoformat(day))[HOME]
        load = Load(weight_g=900)
        found = tariff_rules.quote(home, prices, country="FR", postcode=postcode, km=km, load=load)
        return found and found.cents

    assert cents("2010-12-01", "69003", 40) == 590 == _price(home, 40, 900), "as its plain rates"
    assert cents("2011-03-31", "69003", 40) < cents("2011-04-01", "69003", 40), "fuel"
    assert cents("2011-11-01", "20000", 900) > cents("2011-11-01", "06000", 900) + 800, "Corsica"
    assert cents("2011-11-01", "69003", 1_501) is None


def test_lanes_go_both_ways_and_say_how_long():
    made = chain(2011)
    days = {(lane.source, lane.target): lane.transit_days for lane in made.lanes}
    stores = [node.code for node in made.nodes if node.kind is NodeKind.STORE]
    for store in stores:
        assert days["ORLEANS", store] == days[store, "ORLEANS"]
    assert days["ORLEANS", "PARIS"] == 1
    assert days["ORLEANS", "NICE"] == 2
    assert ("ORLEANS", "ORLEANS") not in days


def test_distances_are_about_right():
    nodes = {node.code: node for node in chain(2011).nodes}
    assert 390_000 <= metres(nodes["PARIS"], nodes["LYON"]) <= 400_000
    assert 630_000 <= metres(nodes["LILLE"], nodes["GRENOBLE"]) <= 650_000
    assert nearest(tuple(nodes.values()), 43.3, 5.37) == "MARSEILLE"


def _price(service: Service, km: int, grams: int) -> int | None:
    fitting = [r.cents for r in service.rates if r.max_km >= km and r.max_weight_g >= grams]
    return min(fitting, default=None)


def test_every_basket_travels_from_everywhere_to_everywhere():
    offered = {service.code: service for service in services()}
    assert _price(offered[HOME], 1_500, 2_000_000)
    assert _price(offered[HOME], 1_500, 16_000_000), "the heaviest order of the history"
    assert _price(offered[COURIER], 60, 1_000) is None, "a courier stays in town"


@pytest.mark.parametrize("service", services(), ids=lambda service: service.code)
def test_longer_and_heavier_is_never_cheaper(service):
    for rate in service.rates:
        for other in service.rates:
            if other.max_km >= rate.max_km and other.max_weight_g >= rate.max_weight_g:
                assert other.cents >= rate.cents
                assert other.transit_days >= rate.transit_days
    keys = [(rate.max_km, rate.max_weight_g) for rate in service.rates]
    assert len(set(keys)) == len(keys)


def test_chance_is_even_and_does_not_depend_on_what_was_drawn_before():
    drawn = [chance(7, "x", number) for number in range(10_000)]
    assert all(0 <= number < 1 for number in drawn)
    assert 0.49 < sum(drawn) / len(drawn) < 0.51
    assert chance(7, "x", 9_999) == drawn[-1]
    assert chance(7, "a", "bc") != chance(7, "ab", "c"), "keys do not run together"
    assert Counter(pick(7, n, below=3) for n in range(3_000)).keys() == {0, 1, 2}


def test_chance_is_pinned_and_the_same_in_another_process():
    assert pick(2011, "pinned", below=1_000_000) == PINNED
    script = "from noria.lab.chance import pick; print(pick(2011, 'pinned', below=1_000_000))"
    for hash_seed in ("0", "1"):
        told = subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert int(told.stdout) == PINNED


PINNED = 487382
