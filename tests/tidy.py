"""The rules of the house that no linter knows; each takes a file and says what is wrong in it.

Patterns are written so that they do not find themselves (`TOD[O]`).
"""

import ast
import functools
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath

ROOT = Path(__file__).parent.parent
Rule = Callable[[PurePath, str], Iterator[str]]

LONGEST_FUNCTION = 60
LONGEST_FILE = 500
VENDORED = "-- The queue: schema.sql of Procrastinate"
NOT_READ = {".git", "__pycache__", "node_modules", "dist", "build", "schema.d.ts"}
"""What nobody wrote; the last are the types of the web client, made of the API's description."""
TEXT = {".py", ".sql", ".md", ".txt", ".toml", ".ts", ".tsx", ".css", ".html", ".json", ".yml", ""}

PRIVATE = {"store", "api", "jobs"}
DOORS = {"app.py", "worker.py", "cli.py"}
ON_MACHINE_TIME = {"kit", "people", "webhooks", "connectors", "tower", "lab"}
VAGUE = {
    *("utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "service"),
    *("services", "core", "base", "shared", "handlers", "tools", "lib", "stuff"),
}
WRONG_WORDS = {
    "inventory": "stock or balance",
    "qty": "quantity",
    "warehouse_id": "node",
    "vendor": "supplier",
    "allocate": "reserve; allocation divides scarce units ahead of demand",
    "fulfillment": "fulfilment",
    "customer_name": "recipient",
    "shop": "store, or channel",
}
WRONG_WORD = re.compile(rf"(?:^|_)({'|'.join(WRONG_WORDS)})(?:$|_|s$)")

OPEN_ENDS = re.compile(
    r"\b(?:TOD[O]|FIXM[E]|XX[X]|HAC[K])\b|raise NotImplementedErro[r]|pytest\.mark\.(?:ski[p]|xfai[l])"
)
REGISTRIES = re.compile(
    r"(?i)\b(?:pyp[i]|pythonhoste[d]|npmj[s]|debia[n]|ubunt[u]|conda[-.]forg[e])\.(?:or[g]|co[m])\b"
)
PATHS = re.compile(r"(?<![\w.~}])/(?:wor[k]|far[m]|roo[t]|tmp/bas[h]\w*)/\w")
LOCK_FILES = {"uv.lock", "poetry.lock", "Pipfile.lock", "pdm.lock", "yarn.lock"}

COMMITS = re.compile(
    r"\.commit\(|\.rollback\(|\bset_autocommit\(|psycopg\.connect\(|ConnectionPool\(url"
    r"""|["']\s*(?:begin|commit|rollback|start transaction)\b[^"']*["']"""
)
MAY_CONNECT = {
    "kit/db.py": "the pool, the transaction, the runner of migrations",
    "kit/burst.py": "begins and commits in the same trip as other statements",
    "kit/feed.py": "listens, on a connection that nobody else may use; writes nothing",
    "kit/doctor.py": "looks at a database that may be none; writes nothing",
}
READS_TIME = re.compile(
    r"\bdatetime\.(?:now|utcnow|today)\(|\bdate\.today\(|\btime\.(?:time|time_ns|localtime|gmtime)\("
)
READS_DURATION = re.compile(r"\btime\.(?:monotonic|perf_counter)(?:_ns)?\(")
MACHINE_TIME_SQL = re.compile(r"(?<!noria_)\bnow\(\)|\bcurrent_(?:timestamp|date|time)\b")

HIGH_MARK = re.compile(r"(?P<before>.)(?P<mark>[:;?!»])")
NOT_FRENCH = re.compile(r"\w+://\S*|\d+(?::\d+)+|`[^`]*`|Authorization: Bearer")
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")


@functools.cache
def files() -> tuple[Path, ...]:
    """Every file that people write, relative to the root."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if is_kept(name))
        found += [
            Path(folder, name).relative_to(ROOT) for name in sorted(names) if name not in NOT_READ
        ]
    return tuple(found)


def is_kept(folder: str) -> bool:
    return folder not in NOT_READ and (not folder.startswith(".") or folder == ".ci")


def reads(path: PurePath) -> bool:
    """Whether a file is text; data and pictures are none."""
    return path.suffix in TEXT and path.name != "LICENSE" and "data" not in path.parts


def no_long_files(path: PurePath, text: str) -> Iterator[str]:
    ours, *_ = text.partition(VENDORED)
    is_made = path.name == "schema.sql"
    if path.suffix in {".py", ".sql", ".ts", ".tsx"} and not is_made:
        count = ours.count("\n")
        if count > LONGEST_FILE:
            yield f"{count} lines; split it by business noun"


def no_long_functions(path: PurePath, text: str) -> Iterator[str]:
    for node in parsed(path, text):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            count = (node.end_lineno or node.lineno) - node.lineno + 1
            if count > LONGEST_FUNCTION:
                yield f"{node.name} has {count} lines"


def no_vague_names(path: PurePath, text: str) -> Iterator[str]:
    del text
    if path.suffix in {".py", ".ts", ".tsx"} and VAGUE.intersection([path.stem, *path.parts]):
        yield "a name that says nothing"


def no_open_ends(path: PurePath, text: str) -> Iterator[str]:
    del path
    yield from OPEN_ENDS.findall(text)


def no_registries_and_no_machines(path: PurePath, text: str) -> Iterator[str]:
    del path
    yield from REGISTRIES.findall(text)
    yield from PATHS.findall(text)


def no_addresses_in_pins(path: PurePath, text: str) -> Iterator[str]:
    if path.name in LOCK_FILES:
        yield "a lock file that names addresses"
    if path.parts[0] == "requirements" and ("://" in text or "--index" in text or "-i " in text):
        yield "an address, or an index"


def no_word_of_others(path: PurePath, text: str) -> Iterator[str]:
    """The glossary's words, in identifiers and in columns."""
    if path.parts[:2] != ("src", "noria"):
        return
    names = {name for node in parsed(path, text) for name in identifiers(node)}
    if path.suffix == ".sql":
        names = set(re.findall(r"^\s+([a-z_]+) ", text, re.MULTILINE))
    for name in sorted(names):
        if wrong := WRONG_WORD.search(name.lower()):
            yield f"{name}: say {WRONG_WORDS[wrong[1]]}"


def no_way_into_other_rooms(path: PurePath, text: str) -> Iterator[str]:
    """Store, api and jobs are private to a room; only the doors put them together.

    The kit is no room: what it holds under these names is for all.
    """
    if not is_source(path) or path.name in DOORS:
        return
    for node in parsed(path, text):
        for module in imported(node):
            room, _, last = module.removeprefix("noria.").rpartition(".")
            is_private = module.startswith("noria.") and last in PRIVATE and room != "kit"
            if is_private and room != room_of(path):
                yield f"imports {module}"


def only_one_commits(path: PurePath, text: str) -> Iterator[str]:
    if is_source(path) and "/".join(path.parts[2:]) not in MAY_CONNECT:
        yield from COMMITS.findall(text)


def only_the_clock_reads_time(path: PurePath, text: str) -> Iterator[str]:
    if not is_source(path):
        return
    if path.parts[2:] != ("kit", "clock.py"):
        yield from READS_TIME.findall(text)
    if path.parts[2] not in {"kit", "lab"}:
        yield from READS_DURATION.findall(text)
    if path.parts[2] not in ON_MACHINE_TIME and path.suffix == ".py":
        yield from MACHINE_TIME_SQL.findall(text)


def french_as_the_french_write_it(path: PurePath, text: str) -> Iterator[str]:
    """A narrow no-break space before : ; ? ! » and after «, in the second half of every Text."""
    for node in parsed(path, text):
        if isinstance(node, ast.Call) and name_of(node.func) == "Text":
            for french in french_of(node):
                yield from badly_spaced(french)


def badly_spaced(french: str) -> Iterator[str]:
    french = re.sub(r"\{[^{}]*\}", "x", french)
    french = NOT_FRENCH.sub("x", french)
    for found in HIGH_MARK.finditer(french):
        if found["before"] not in "\u202f?!":
            yield f"no narrow no-break space before {found['mark']} in “{french}”"
    if re.search("«(?!\u202f)", french):
        yield f"no narrow no-break space after « in “{french}”"


def links_lead_somewhere(path: PurePath, text: str) -> Iterator[str]:
    if path.suffix != ".md":
        return
    for link in LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (ROOT / path).parent / name if name else ROOT / path
        if not target.exists():
            yield f"{link} leads nowhere"
        elif anchor and anchor not in anchors(target.read_text() if name else text):
            yield f"{link}: no such heading"


RULES: tuple[Rule, ...] = (
    no_long_files,
    no_long_functions,
    no_vague_names,
    no_open_ends,
    no_registries_and_no_machines,
    no_addresses_in_pins,
    no_word_of_others,
    no_way_into_other_rooms,
    only_one_commits,
    only_the_clock_reads_time,
    french_as_the_french_write_it,
    links_lead_somewhere,
)


def is_source(path: PurePath) -> bool:
    return path.parts[:2] == ("src", "noria")


def room_of(path: PurePath) -> str:
    return ".".join(path.parts[2:-1])


@functools.lru_cache(maxsize=1)
def parsed(path: PurePath, text: str) -> tuple[ast.AST, ...]:
    """Kept for the next rule only: those of all files together would slow every other test."""
    return tuple(ast.walk(ast.parse(text))) if path.suffix == ".py" else ()


def identifiers(node: ast.AST) -> Iterator[str]:
    """The names that a line of ours gives; those it merely uses may be other people's."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id


def imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (name.name for name in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
        yield from (f"{node.module}.{name.name}" for name in node.names)


def name_of(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def french_of(call: ast.Call) -> Iterator[str]:
    spoken = [*call.args[1:2], *(word.value for word in call.keywords if word.arg == "fr")]
    for part in spoken:
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value
        elif isinstance(part, ast.JoinedStr):
            yield "".join(
                str(piece.value) if isinstance(piece, ast.Constant) else "x"
                for piece in part.values
            )


def anchors(markdown: str) -> set[str]:
    """The names by which headings can be linked to, as forges make them."""
    headings = re.findall(r"^#+ (.+)$", markdown, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
