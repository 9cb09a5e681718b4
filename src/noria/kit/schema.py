"""What the migrations add up to: a database written down as text, the same on every machine."""

import re
import subprocess
import sys
import tempfile
from importlib import resources
from pathlib import Path

from noria.kit.db import migrate
from noria.kit.postgres import Embedded
from noria.kit.postgres_files import installed

LAST_WORDS = "\n--\n-- PostgreSQL database dump complete"
OBJECT = re.compile(r"^--\n-- Name: (?P<name>.*); Type: [^;]*; Schema: .*\n--\n", re.MULTILINE)
NOT_OURS = re.compile(r"(\S+ )?(idx_)?procrastinate_")
"""The queue's objects stand word for word in the migration that brings them."""

HEAD = """\
-- What the migrations add up to, for reading; a test compares it with a migrated database.
-- Left out: rows, and the queue's own objects, procrastinate_*, which stand in 0008_jobs.sql.
-- Written by `make schema`.
"""


def written(url: str) -> str:
    """The schema of the database at `url`: no owners, no settings, nothing of this machine."""
    dumped = subprocess.run(  # noqa: S603 - the server's own program, with no input from outside
        [
            installed() / "bin" / "pg_dump",
            f"--dbname={url}",
            "--schema-only",
            "--no-owner",
            "--no-privileges",
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return f"{HEAD}\n{tidied(dumped)}"


def tidied(dumped: str) -> str:
    """pg_dump's output without what differs between machines, or belongs to the queue.

    Each object begins with a comment that names it; what stands before the first is settings.
    """
    dumped = dumped.partition(LAST_WORDS)[0]
    heads = list(OBJECT.finditer(dumped))
    ends = [head.start() for head in heads[1:]] + [len(dumped)]
    ours = [
        _plain(dumped[head.end() : end])
        for head, end in zip(heads, ends, strict=True)
        if not NOT_OURS.match(head["name"].partition("(")[0])
    ]
    return "\n\n".join(ours) + "\n"


def _plain(body: str) -> str:
    """One object, as it reads on the default search path; settings in between are dropped."""
    lines = body.replace("public.", "").expandtabs(4).splitlines()
    return "\n".join(line.rstrip() for line in lines if not line.startswith("SET ")).strip()


def shipped() -> str:
    """What schema.sql of this version says."""
    return resources.files("noria").joinpath("schema.sql").read_text(encoding="utf-8")


def main() -> None:
    """Write the schema of a database that was migrated from nothing, on a server of its own."""
    with tempfile.TemporaryDirectory(prefix="noria-schema-") as folder:
        Path(folder).chmod(0o711)  # the server's account has to pass
        embedded = Embedded(Path(folder), {"fsync": "off"})
        embedded.start()
        try:
            migrate(embedded.url)
            sys.stdout.write(written(embedded.url))
        finally:
            embedded.stop()


if __name__ == "__main__":
    main()
