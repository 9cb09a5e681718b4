"""The web application as it was built: a page for every address of it, and its files.

Files carry a digest of their content in their names, so whoever has one never asks again. The page
itself is never kept: it names the files of this version, and carries a nonce for the styles that
the components write. `web/build.py` builds it; where it was not built, a page says so.
"""

import secrets
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import litestar
from litestar import Request, Response
from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from noria.kit.bodies import FOR_PEOPLE

FOLDER = Path(__file__).with_name("web")
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
CODINGS = {"br": ".br", "gzip": ".gz"}
"""What a browser may accept, the smallest first, and the file that holds it."""

FOR_EVER = "public, max-age=31536000, immutable"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self';"
    " frame-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
NONCE = "__NONCE__"
NOT_BUILT = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Noria</title></head>
<body>
<h1>The control tower was not built</h1>
<p>This installation was made from a checkout without Node.js, and no copy of it could be fetched.
Run <code>make setup</code> where Node.js or the package registries can be reached, then start
again. The API works without it: see <a href="/docs">/docs</a>.</p>
<div lang="fr">
<h1>La tour de contrôle n'a pas été construite</h1>
<p>Cette installation vient d'un dépôt sans Node.js, et aucun exemplaire n'a pu être obtenu. Lancez
<code>make setup</code> là où Node.js ou les registres de paquets sont joignables, puis redémarrez.
L'API fonctionne sans elle\u202f: voyez <a href="/docs">/docs</a>.</p>
</div>
</body>
</html>
"""

Asked = Request[Any, Any, Any]


class Asset(NamedTuple):
    """A file of the application, with the compressed forms that were made of it."""

    media_type: str
    plain: bytes
    coded: Mapping[str, bytes]


@litestar.get("/", sync_to_thread=False, opt={"public": True}, include_in_schema=False)
def get_root() -> Redirect:
    """Where people begin."""
    return Redirect("/tower", status_code=302)


@litestar.get(
    ["/tower", "/tower/{rest:path}"],
    sync_to_thread=False,
    opt={"public": True, FOR_PEOPLE: True},
    include_in_schema=False,
)
def get_page() -> Response[str]:
    """The application, whatever its address: it reads from there which page is meant."""
    page, nonce = _page(), secrets.token_urlsafe(18)
    return Response(
        NOT_BUILT if page is None else page.replace(NONCE, nonce),
        status_code=200 if page else 503,
        media_type="text/html; charset=utf-8",
        headers={
            "Content-Security-Policy": POLICY.format(nonce=nonce),
            "Cache-Control": "no-store",
        },
    )


@litestar.get(
    "/assets/{name:str}", sync_to_thread=False, opt={"public": True}, include_in_schema=False
)
def get_asset(name: str, request: Asked) -> Response[bytes]:
    """A file of the application, in the smallest form that the browser takes."""
    asset = _assets().get(name)
    if asset is None:
        raise NotFoundException
    headers = {"Cache-Control": FOR_EVER, "ETag": f'"{name}"', "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(b"", status_code=304, headers=headers)
    accepted = request.headers.get("accept-encoding", "")
    known = [coding for coding in CODINGS if coding in asset.coded and coding in accepted]
    content = asset.coded[known[0]] if known else asset.plain
    coding = {"Content-Encoding": known[0]} if known else {}
    return Response(content, media_type=asset.media_type, headers=headers | coding)


@cache
def _page() -> str | None:
    index = FOLDER / "index.html"
    return index.read_text() if index.exists() else None


@cache
def _assets() -> Mapping[str, Asset]:
    """Every file, read once: a megabyte or two, compressed forms and all."""
    return {
        path.name: Asset(
            TYPES[path.suffix],
            path.read_bytes(),
            {
                coding: beside.read_bytes()
                for coding, suffix in CODINGS.items()
                if (beside := path.with_name(path.name + suffix)).exists()
            },
        )
        for path in sorted((FOLDER / "assets").glob("*"))
        if path.suffix in TYPES
    }


outside_routes = [get_root, get_page, get_asset]
