"""The carriers' services that the demonstration uses: invented names, prices of the usual size.

Prices are whole cents before tax for one consignment. The baskets of the history are a
wholesaler's: the last weight steps stand for pallets and lorries, so that all of them travel.
"""

from datetime import date

from noria.network.model import Rate, Service
from noria.network.tariff_model import (
    Applies,
    Price,
    Surcharge,
    Tariff,
    TariffZone,
    ZoneArea,
    Zoning,
)

HOME, EXPRESS, COURIER, RELAY = "HOME-STD", "HOME-EXP", "COURIER", "RELAY"

PARCELS = (
    (500, 495), (1_000, 590), (2_000, 690), (5_000, 990), (10_000, 1_450), (20_000, 1_990),
    (30_000, 2_690),
)  # fmt: skip
"""Up to so many grams: so many cents, over the first stretch of road."""

PALLETS = (
    (60_000, 4_900), (120_000, 6_900), (250_000, 9_500), (500_000, 14_900), (1_000_000, 21_900),
    (2_000_000, 34_900), (5_000_000, 69_000), (10_000_000, 119_000), (20_000_000, 199_000),
)  # fmt: skip

ROADS = ((50, 100), (150, 105), (300, 115), (600, 130), (1_000, 150), (1_500, 180))
"""Up to so many km: so many percent of the price."""


HOME_DAYS = (1, 1, 2, 2, 3, 4)
"""Working days of the home service, by the roads above."""

ISLAND, ISLAND_DAYS = "CORSE", 5
FUEL_BASIS_POINTS = 0, 350
"""What fuel added in 2010, and from April 2011 on."""


def zoning() -> Zoning:
    """The home carrier's map: rings of road around the sender, and Corsica."""
    rings = (
        ZoneArea(zone=f"ZONE-{number}", country="FR", max_km=max_km)
        for number, (max_km, _) in enumerate(ROADS, 1)
    )
    return Zoning(
        code="VAL-2010",
        name="Messageries du Val, zones",
        areas=(*rings, ZoneArea(zone=ISLAND, country="FR", prefix="20")),
    )


def tariffs() -> tuple[Tariff, ...]:
    """The home carrier's prices: a tariff until the spring of 2011, and one with fuel since."""
    zones = [
        (f"ZONE-{number}", percent, days)
        for (number, (_, percent)), days in zip(enumerate(ROADS, 1), HOME_DAYS, strict=True)
    ]
    zones.append((ISLAND, ROADS[-1][1], ISLAND_DAYS))
    return tuple(
        Tariff(
            code=code,
            service=HOME,
            zoning="VAL-2010",
            valid_from=since,
            volume_divisor=4000,
            zones=tuple(TariffZone(zone=zone, transit_days=days) for zone, _, days in zones),
            prices=tuple(
                Price(zone=zone, max_weight_g=grams, cents=cents * percent // 100)
                for zone, percent, _ in zones
                for grams, cents in PARCELS + PALLETS
            ),
            surcharges=(
                Surcharge(code="corse", zone=ISLAND, cents=890),
                Surcharge(code="encombrant", applies=Applies.BULKY, cents=1_200),
                *((Surcharge(code="carburant", basis_points=fuel),) if fuel else ()),
            ),
        )
        for (code, since), fuel in zip(
            (("VAL-2010-12", date(2010, 1, 1)), ("VAL-2011-04", date(2011, 4, 1))),
            FUEL_BASIS_POINTS,
            strict=True,
        )
    )


def services() -> tuple[Service, ...]:
    """Every service, in order of code."""
    offered = (
        Service(
            code=HOME,
            carrier="Messageries du Val",
            name="Colis et palette à domicile",
            chance=0.93,
            rates=_rates(PARCELS + PALLETS, percent=100, days=HOME_DAYS),
        ),
        Service(
            code=EXPRESS,
            carrier="Traverse Express",
            name="Express à domicile",
            chance=0.96,
            rates=_rates(PARCELS + PALLETS[:2], percent=190, days=(1, 1, 1, 1, 1, 2)),
        ),
        Service(
            code=RELAY,
            carrier="Réseau Tournesol",
            name="Point relais",
            chance=0.92,
            rates=_rates(PARCELS, percent=65, days=(2, 2, 3, 3, 4, 5)),
        ),
        Service(
            code=COURIER,
            carrier="Coursiers de ville",
            name="Coursier du jour",
            chance=0.95,
            rates=tuple(
                Rate(
                    max_km=max_km, max_weight_g=grams, cents=cents * percent // 100, transit_days=0
                )
                for max_km, percent in ((5, 100), (12, 130), (25, 180))
                for grams, cents in ((5_000, 690), (15_000, 990), (30_000, 1_490))
            ),
        ),
    )
    return tuple(sorted(offered, key=lambda service: service.code))


def _rates(
    weights: tuple[tuple[int, int], ...], *, percent: int, days: tuple[int, ...]
) -> tuple[Rate, ...]:
    """The grid of roads by weights; longer and heavier is never cheaper."""
    return tuple(
        Rate(
            max_km=max_km,
            max_weight_g=grams,
            cents=cents * percent * road_percent // 100**2,
            transit_days=transit_days,
        )
        for (max_km, road_percent), transit_days in zip(ROADS, days, strict=True)
        for grams, cents in weights
    )
