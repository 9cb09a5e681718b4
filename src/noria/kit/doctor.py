"""The doctor: looks at an installation and says in plain words what is wrong and what to do."""

import http.client
import platform
import shutil
import socket
import sys
import tempfile
import zoneinfo
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from msgspec import Struct
from msgspec.structs import replace

from noria.kit import clock
from noria.kit import postgres_files as files
from noria.kit.config import (
    GS1_COMPANY_PREFIX,
    NOBODYS_PREFIX,
    Settings,
    without_password,
)
from noria.kit.db import Connection, Migration, migrations
from noria.kit.errors import Refusal, Text
from noria.kit.postgres import serving

OLDEST_PYTHON = (3, 11)
OLDEST_POSTGRES = 15
LEAST_FREE_MIB = 1024
LARGEST_SKEW_S = 2.0
ANSWER_S = 3.0


class Finding(Struct, frozen=True):
    """What was looked at, whether it is well, what was seen, and the remedy if it is not."""

    what: Text
    is_ok: bool
    says: Text
    do: Text | None = None


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; each problem becomes a finding, never an exception."""
    findings = [_safely(PYTHON, _python), _safely(TIME_ZONES, _time_zones)]
    findings.append(_safely(PORT, lambda: _port(settings)))
    findings.append(_safely(PARCELS, lambda: _parcels(settings.gs1_company_prefix)))
    if settings.is_embedded:
        findings.append(_safely(BINARIES, _binaries))
        findings.append(_safely(HOME, lambda: _home(settings.home)))
        findings.append(_safely(DISK, lambda: _disk(settings.home)))
    return findings + _database(settings)


PYTHON = Text("Python", "Python")
TIME_ZONES = Text("Time zones", "Fuseaux horaires")
PORT = Text("Port", "Port")
PARCELS = Text("Numbers of parcels", "Numéros de colis")
BINARIES = Text("Embedded PostgreSQL", "PostgreSQL embarqué")
HOME = Text("Data folder", "Dossier de données")
DISK = Text("Disk space", "Espace disque")
DATABASE = Text("Database", "Base de données")
VERSION = Text("PostgreSQL version", "Version de PostgreSQL")
WRITES = Text("Writing", "Écriture")
ENCODING = Text("Encoding", "Encodage")
DURABILITY = Text("Durability", "Durabilité")
CONNECTIONS = Text("Connections", "Connexions")
CLOCKS = Text("Clocks", "Horloges")
MIGRATIONS = Text("Migrations", "Migrations")


def _safely(what: Text, check: Callable[[], Finding]) -> Finding:
    """What `check` finds, with a remedy only if one is needed; what stops it is a finding too."""
    try:
        finding = check()
    except Refusal as refusal:
        return _refused(what, refusal)
    except Exception as problem:  # noqa: BLE001 - a doctor that faints helps nobody
        seen = without_password(" ".join(str(problem).split()) or type(problem).__name__)
        return Finding(
            what,
            is_ok=False,
            says=Text(f"This could not be examined: {seen}", f"Examen impossible : {seen}"),
            do=Text(
                "Mend what this names, then run noria doctor again.",
                "Corrigez ce qui est cité, puis relancez noria doctor.",
            ),
        )
    return replace(finding, do=None) if finding.is_ok else finding


def _refused(what: Text, refusal: Refusal) -> Finding:
    return Finding(
        what,
        is_ok=False,
        says=Text(refusal.sentence("en"), refusal.sentence("fr")),
        do=Text(refusal.remedy("en"), refusal.remedy("fr")),
    )


def _python() -> Finding:
    found, least = platform.python_version(), ".".join(map(str, OLDEST_PYTHON))
    return Finding(
        PYTHON,
        is_ok=sys.version_info[:2] >= OLDEST_PYTHON,
        says=Text(f"This is Python {found}.", f"C'est Python {found}."),
        do=Text(f"Install Python {least} or later.", f"Installez Python {least} ou plus récent."),
    )


def _parcels(prefix: str) -> Finding:
    """Whose SSCCs they are: it is no fault while nothing leaves, and must be seen before."""
    if prefix != NOBODYS_PREFIX:
        says = Text(f"SSCCs begin with {prefix}.", f"Les SSCC commencent par {prefix}.")
        return Finding(PARCELS, is_ok=True, says=says)
    return Finding(
        PARCELS,
        is_ok=True,
        says=Text(
            f"SSCCs begin with {prefix}, which is nobody's: set {GS1_COMPANY_PREFIX} to the"
            " prefix that GS1 gave you, before parcels leave.",
            f"Les SSCC commencent par {prefix}, qui n'est à personne\u202f: donnez à"
            f" {GS1_COMPANY_PREFIX} le préfixe reçu de GS1, avant tout départ de colis.",
        ),
    )


def _time_zones() -> Finding:
    try:
        zoneinfo.ZoneInfo("Europe/Paris")
    except zoneinfo.ZoneInfoNotFoundError:
        return Finding(
            TIME_ZONES,
            is_ok=False,
            says=Text(
                "There is no time zone data, so cut-offs cannot be computed.",
                "Aucune donnée de fuseaux horaires : les heures limites sont incalculables.",
            ),
            do=Text("Install the package tzdata.", "Installez le paquet tzdata."),
        )
    return Finding(TIME_ZONES, is_ok=True, says=Text("Known.", "Connus."))


def _port(settings: Settings) -> Finding:
    address = f"{settings.host}:{settings.port}"
    try:
        _listen(settings.host, settings.port)
    except OSError as problem:
        if _answers_as_noria(settings.host, settings.port):
            return Finding(
                PORT,
                is_ok=True,
                says=Text(f"Noria is serving on {address}.", f"Noria sert sur {address}."),
            )
        seen = problem.strerror or str(problem)
        return Finding(
            PORT,
            is_ok=False,
            says=Text(
                f"Noria cannot listen on {address}: {seen}.",
                f"Noria ne peut pas écouter sur {address} : {seen}.",
            ),
            do=Text(
                "Choose another NORIA_PORT or NORIA_HOST, or stop the program that holds the port.",
                "Choisissez un autre NORIA_PORT ou NORIA_HOST, ou arrêtez le programme qui occupe "
                "le port.",
            ),
        )
    return Finding(PORT, is_ok=True, says=Text(f"{address} is free.", f"{address} est libre."))


def _listen(host: str, port: int) -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with socket.socket(family, kind, protocol) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(address)
        door.listen(1)


def _answers_as_noria(host: str, port: int) -> bool:
    """Whether a Noria answers on `/healthz`; it says its name there."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    line = http.client.HTTPConnection(reachable, port, timeout=ANSWER_S)
    try:
        line.request("GET", "/healthz")
        answer = line.getresponse()
        return answer.status == http.client.OK and b"noria" in answer.read(4096).lower()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


def _binaries() -> Finding:
    version = files.major_version(files.installed() / "bin")
    return Finding(
        BINARIES,
        is_ok=True,
        says=Text(f"PostgreSQL {version} is installed.", f"PostgreSQL {version} est installé."),
    )


def _home(home: Path) -> Finding:
    present = _present(home)
    try:
        with tempfile.TemporaryFile(dir=present) as file:
            file.write(b"noria")
    except OSError as problem:
        seen = problem.strerror or str(problem)
        return Finding(
            HOME,
            is_ok=False,
            says=Text(
                f"{present} cannot be written: {seen}.",
                f"Écriture impossible dans {present} : {seen}.",
            ),
            do=files.HomeUnusable.do,
        )
    return Finding(
        HOME,
        is_ok=True,
        says=Text(f"{home} can be written.", f"L'écriture dans {home} est possible."),
    )


def _disk(home: Path) -> Finding:
    free_mib = shutil.disk_usage(_present(home)).free >> 20
    return Finding(
        DISK,
        is_ok=free_mib >= LEAST_FREE_MIB,
        says=Text(
            f"{free_mib} MiB are free for {home}.", f"{free_mib} Mio sont libres pour {home}."
        ),
        do=Text(
            f"Free some space: below {LEAST_FREE_MIB} MiB a busy day can fill the disk.",
            f"Libérez de la place : sous {LEAST_FREE_MIB} Mio, une grosse journée peut remplir le "
            "disque.",
        ),
    )


def _present(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    return next(place for place in [folder, *folder.parents] if place.is_dir())


def _database(settings: Settings) -> list[Finding]:
    try:
        with _opened(settings) as tx:
            return [
                _found_database(settings),
                _safely(VERSION, lambda: _version(tx)),
                _safely(WRITES, lambda: _writes(tx)),
                _safely(ENCODING, lambda: _encoding(tx)),
                _safely(DURABILITY, lambda: _durability(tx)),
                _safely(CONNECTIONS, lambda: _connections(tx, settings.connections)),
                _safely(CLOCKS, lambda: _clocks(tx)),
                _safely(MIGRATIONS, lambda: _migrations(tx, migrations())),
            ]
    except Refusal as refusal:
        return [_refused(DATABASE, refusal)]
    except psycopg.Error as problem:
        return [_lost_database(settings, problem)]


@contextmanager
def _opened(settings: Settings) -> Iterator[Connection]:
    with (
        serving(settings) as url,
        psycopg.connect(url, autocommit=True, connect_timeout=5) as connection,
    ):
        yield connection


def _found_database(settings: Settings) -> Finding:
    place = without_password(settings.database_url) or str(settings.home)
    return Finding(
        DATABASE, is_ok=True, says=Text(f"It answers: {place}.", f"Elle répond : {place}.")
    )


def _lost_database(settings: Settings, problem: psycopg.Error) -> Finding:
    place = without_password(settings.database_url) or str(settings.home)
    seen = without_password(" ".join(str(problem).split()))
    return Finding(
        DATABASE,
        is_ok=False,
        says=Text(f"{place} does not answer: {seen}", f"{place} ne répond pas : {seen}"),
        do=Text(
            "Check DATABASE_URL, that the server runs, and that it lets this machine in; without "
            "DATABASE_URL Noria brings its own.",
            "Vérifiez DATABASE_URL, que le serveur tourne et qu'il accepte cette machine ; sans "
            "DATABASE_URL, Noria apporte le sien.",
        ),
    )


def _version(tx: Connection) -> Finding:
    found = tx.info.server_version // 10000
    return Finding(
        VERSION,
        is_ok=found >= OLDEST_POSTGRES,
        says=Text(f"This is PostgreSQL {found}.", f"C'est PostgreSQL {found}."),
        do=Text(
            f"Upgrade the server to version {OLDEST_POSTGRES} or later.",
            f"Passez le serveur en version {OLDEST_POSTGRES} ou plus récente.",
        ),
    )


def _writes(tx: Connection) -> Finding:
    is_ok = _setting(tx, "transaction_read_only") == "off"
    says = (
        Text("The database takes writes.", "La base accepte les écritures.")
        if is_ok
        else Text(
            "The database is read-only; perhaps it is a standby.",
            "La base est en lecture seule ; c'est peut-être un réplica.",
        )
    )
    return Finding(
        WRITES,
        is_ok=is_ok,
        says=says,
        do=Text(
            "Point DATABASE_URL at the primary.", "Faites pointer DATABASE_URL vers le primaire."
        ),
    )


def _encoding(tx: Connection) -> Finding:
    found = _setting(tx, "server_encoding")
    return Finding(
        ENCODING,
        is_ok=found == "UTF8",
        says=Text(f"The database stores text as {found}.", f"Le texte est stocké en {found}."),
        do=Text(
            "Create the database anew with encoding 'UTF8', and move the data there.",
            "Recréez la base avec encoding 'UTF8', puis transférez-y les données.",
        ),
    )


def _durability(tx: Connection) -> Finding:
    names = ("fsync", "full_page_writes", "synchronous_commit")
    off = [name for name in names if _setting(tx, name) == "off"]
    listed = ", ".join(off)
    says = (
        Text(
            f"A power cut may lose or damage what was confirmed: {listed} is off.",
            f"Une coupure peut perdre ou abîmer ce qui est confirmé : {listed} est désactivé.",
        )
        if off
        else Text("What is confirmed is on disk.", "Ce qui est confirmé est sur disque.")
    )
    return Finding(
        DURABILITY,
        is_ok=not off,
        says=says,
        do=Text(
            f"Turn on in postgresql.conf: {listed}.", f"Activez dans postgresql.conf : {listed}."
        ),
    )


def _connections(tx: Connection, wanted: int) -> Finding:
    allowed = int(_setting(tx, "max_connections")) - int(
        _setting(tx, "superuser_reserved_connections")
    )
    return Finding(
        CONNECTIONS,
        is_ok=wanted <= allowed,
        says=Text(
            f"Noria may open {wanted} connections; the server allows {allowed}.",
            f"Noria peut ouvrir {wanted} connexions ; le serveur en permet {allowed}.",
        ),
        do=Text(
            "Lower NORIA_WORKERS or NORIA_POOL_SIZE, or raise max_connections.",
            "Réduisez NORIA_WORKERS ou NORIA_POOL_SIZE, ou augmentez max_connections.",
        ),
    )


def _clocks(tx: Connection) -> Finding:
    before = clock.wall()
    row = tx.execute("select clock_timestamp()").fetchone()
    after = clock.wall()
    assert row is not None
    ahead_s = max((row[0] - after).total_seconds(), (before - row[0]).total_seconds(), 0.0)
    return Finding(
        CLOCKS,
        is_ok=ahead_s <= LARGEST_SKEW_S,
        says=Text(
            f"This machine and the database differ by {ahead_s:.1f} s.",
            f"Cette machine et la base diffèrent de {ahead_s:.1f} s.".replace(".", ",", 1),
        ),
        do=Text(
            "Let both machines take the time from the same servers (NTP).",
            "Réglez les deux machines sur les mêmes serveurs de temps (NTP).",
        ),
    )


def _migrations(tx: Connection, known: Sequence[Migration]) -> Finding:
    """Compare what was applied with what this version ships."""
    applied: dict[int, str] = {}
    if _value(tx, "select to_regclass('migration')::text"):
        applied = dict(tx.execute("select number, checksum from migration").fetchall())
    missing = [step.number for step in known if step.number not in applied]
    edited = [
        step.number for step in known if applied.get(step.number, step.checksum) != step.checksum
    ]
    newer = sorted(applied.keys() - {step.number for step in known})
    if edited:
        return _migrations_edited(edited)
    if newer:
        return _migrations_newer(newer)
    return Finding(
        MIGRATIONS,
        is_ok=not missing,
        says=Text(
            f"{len(applied)} applied, {len(missing)} to come.",
            f"{len(applied)} appliquées, {len(missing)} à venir.",
        ),
        do=Text("Run noria migrate.", "Lancez noria migrate."),
    )


def _migrations_edited(edited: Sequence[int]) -> Finding:
    listed = ", ".join(f"{number:04}" for number in edited)
    return Finding(
        MIGRATIONS,
        is_ok=False,
        says=Text(
            f"These no longer read as when they ran: {listed}.",
            f"Celles-ci ont changé depuis leur application : {listed}.",
        ),
        do=Text(
            "Install the version of Noria that this database was made with, unchanged.",
            "Installez, sans modification, la version de Noria qui a créé cette base.",
        ),
    )


def _migrations_newer(newer: Sequence[int]) -> Finding:
    listed = ", ".join(f"{number:04}" for number in newer)
    return Finding(
        MIGRATIONS,
        is_ok=False,
        says=Text(
            f"The database is ahead of this Noria: {listed}.",
            f"La base est en avance sur ce Noria : {listed}.",
        ),
        do=Text("Install the newer version of Noria.", "Installez la version récente de Noria."),
    )


def _setting(tx: Connection, name: str) -> str:
    return _value(tx, "select current_setting(%s)", name)


def _value(tx: Connection, query: str, *values: str) -> str:
    row = tx.execute(query.encode(), values).fetchone()
    assert row is not None
    return str(row[0] or "")
