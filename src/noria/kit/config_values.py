"""What settings may be: how each kind of value is read, and the same in words."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from noria.kit.errors import Text


class Allowed(Struct, frozen=True):
    """What a setting may be: how it is read, and the same in words."""

    read: Callable[[str], object]
    words: Text


def whole(low: int, high: int) -> Allowed:
    def read(value: str) -> int:
        number = int(value) if value.isdecimal() and value.isascii() else -1
        if not low <= number <= high:
            raise ValueError(value)
        return number

    return Allowed(
        read, Text(f"a whole number, {low} to {high}", f"un nombre entier, de {low} à {high}")
    )


def choice(*choices: str) -> Allowed:
    def read(value: str) -> str:
        if value not in choices:
            raise ValueError(value)
        return value

    return Allowed(read, Text(" or ".join(choices), " ou ".join(choices)))


def _read_folder(value: str) -> Path:
    folder = Path(value).expanduser()
    if not folder.is_absolute():
        raise ValueError(value)
    return folder


def _read_host(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.:_-]+", value):
        raise ValueError(value)
    return value


def _read_database_url(value: str) -> str:
    try:
        conninfo_to_dict(value)
    except ProgrammingError as problem:
        raise ValueError(value) from problem
    return value


def _read_public_url(value: str) -> str:
    address = urlsplit(value)
    if address.scheme not in {"http", "https"} or not address.hostname or address.query:
        raise ValueError(value)
    return value.rstrip("/")


def _read_currency(value: str) -> str:
    if not (len(value) == 3 and value.isascii() and value.isalpha() and value.isupper()):
        raise ValueError(value)
    return value


def _read_smtp_url(value: str) -> str:
    address = urlsplit(value)
    if address.scheme not in {"smtp", "smtps"} or not address.hostname:
        raise ValueError(value)
    return value


def _read_mailbox(value: str) -> str:
    if not re.fullmatch(r"[^<>\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+", value):
        raise ValueError(value)
    return value


def _read_company_prefix(value: str) -> str:
    if not (7 <= len(value) <= 10 and value.isascii() and value.isdecimal()):
        raise ValueError(value)
    return value


FLAG = Allowed(
    lambda value: {"true": True, "false": False}[value], Text("true or false", "true ou false")
)
FOLDER = Allowed(_read_folder, Text("an absolute path", "un chemin absolu"))
HOST = Allowed(_read_host, Text("a host name or an address", "un nom d'hôte ou une adresse"))
DATABASE = Allowed(
    _read_database_url,
    Text(
        "postgresql://user:password@host:port/database", "postgresql://compte:secret@hôte:port/base"
    ),
)
ADDRESS = Allowed(
    _read_public_url, Text("http:// or https://, then a host", "http:// ou https://, puis un hôte")
)

CURRENCY = Allowed(_read_currency, Text("three capital letters", "trois majuscules"))
SMTP = Allowed(
    _read_smtp_url,
    Text("smtp:// or smtps://, then a host", "smtp:// ou smtps://, puis un hôte"),
)
MAILBOX = Allowed(_read_mailbox, Text("an e-mail address", "une adresse de courriel"))
COMPANY_PREFIX = Allowed(_read_company_prefix, Text("7 to 10 digits", "7 à 10 chiffres"))
