"""Lots and serials in an address, as they are printed."""

from typing import Annotated

from litestar.params import PathParameter

PathLot = Annotated[
    str, PathParameter(pattern=r"^[!-~]{1,64}$", description="A lot, as printed on it.")
]
PathSerial = Annotated[
    str, PathParameter(pattern=r"^[!-~]{1,64}$", description="A serial, as printed on the unit.")
]
