"""Documentation that the server carries: the description, a page to try it, every refusal."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import litestar
import msgspec
import swagger_ui_bundle
from litestar import Litestar, Request, Response
from litestar.exceptions import NotFoundException

from noria.kit.auth import Permission
from noria.kit.errors import Refusal
from noria.kit.http import STATUS
from noria.kit.openapi import Operation, document, operations

Asked = Request[Any, Any, Any]

ASSETS = Path(swagger_ui_bundle.swagger_ui_path)
TYPES = {"css": "text/css", "js": "text/javascript", "png": "image/png"}
SERVED = frozenset(
    {"swagger-ui.css", "swagger-ui-bundle.js", "favicon-16x16.png", "favicon-32x32.png"}
)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {"Content-Security-Policy": POLICY}
ONE_DAY = {"Cache-Control": "public, max-age=86400"}

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Noria API</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
<link rel="icon" type="image/png" href="/docs/assets/favicon-32x32.png">
</head>
<body>
<p style="margin: 1em"><a href="/docs/problems">Problems</a> ·
<a href="/v1/openapi.json">OpenAPI 3.1</a></p>
<div id="page"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/assets/start.js"></script>
</body>
</html>
"""
START = """\
SwaggerUIBundle({
  url: "/docs/openapi-3.0.json",
  dom_id: "#page",
  deepLinking: true,
  validatorUrl: null,
  requestInterceptor: (request) => {
    const token = document.cookie.match(/(?:^|; )noria_csrf=([^;]*)/);
    if (token) request.headers["X-CSRF-Token"] = decodeURIComponent(token[1]);
    return request;
  },
});
"""
PROBLEMS_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Noria: problems</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 50em; margin: 2em auto; padding: 0 1em }}
h2 {{ font-size: 1.1em; margin: 2em 0 0 }} p {{ margin: 0.2em 0 }} :target {{ background: #ffd }}
</style>
</head>
<body>
<h1>Problems</h1>
<p>What the API may refuse, why, and what to do. Names in braces are filled in.</p>
{entries}
</body>
</html>
"""


@litestar.get(
    "/v1/openapi.json", sync_to_thread=True, opt={"public": True}, include_in_schema=False
)
def get_openapi(request: Asked) -> Response[bytes]:
    """This description."""
    return Response(_description(request.app), media_type="application/json")


@litestar.get("/docs", sync_to_thread=False, opt={"public": True}, include_in_schema=False)
def get_docs() -> Response[str]:
    """A page to read the description and to try it."""
    return Response(PAGE, media_type="text/html", headers=HEADERS)


@litestar.get(
    "/docs/openapi-3.0.json", sync_to_thread=True, opt={"public": True}, include_in_schema=False
)
def get_older(request: Asked) -> Response[bytes]:
    """The description as the page understands it."""
    older = downgraded(msgspec.json.decode(_description(request.app)))
    return Response(msgspec.json.encode(older), media_type="application/json")


@litestar.get(
    "/docs/assets/{name:str}", sync_to_thread=True, opt={"public": True}, include_in_schema=False
)
def get_asset(name: str) -> Response[bytes]:
    """What the page is made of."""
    if name == "start.js":
        return Response(START.encode(), media_type="text/javascript", headers=ONE_DAY)
    if name not in SERVED:
        raise NotFoundException
    media_type = TYPES[name.rpartition(".")[2]]
    return Response((ASSETS / name).read_bytes(), media_type=media_type, headers=ONE_DAY)


@litestar.get("/docs/problems", sync_to_thread=True, opt={"public": True}, include_in_schema=False)
def get_problems() -> Response[str]:
    """Every refusal that this version knows."""
    entries = "\n".join(_entry(refusal) for refusal in every_refusal())
    return Response(PROBLEMS_PAGE.format(entries=entries), media_type="text/html", headers=HEADERS)


def _entry(refusal: type[Refusal]) -> str:
    code, status = escape(refusal.code), STATUS[refusal.kind]
    return (
        f'<h2 id="{code}">{code} <small>{status}</small></h2>\n'
        f"<p>{escape(refusal.says.en)} <em>{escape(refusal.do.en)}</em></p>\n"
        f'<p lang="fr">{escape(refusal.says.fr)} <em>{escape(refusal.do.fr)}</em></p>'
    )


def _description(app: Litestar) -> bytes:
    """Made once for each application."""
    made: bytes | None = app.state.get("openapi")
    if made is None:
        made = app.state.openapi = msgspec.json.encode(document(app))
    return made


def downgraded(part: Any) -> Any:
    """OpenAPI 3.1 as 3.0, for the page's library, which knows no other: null becomes nullable."""
    if isinstance(part, list):
        return [downgraded(one) for one in part]
    if not isinstance(part, dict):
        return part
    part = {key: downgraded(value) for key, value in part.items()}
    if "openapi" in part:
        part["openapi"] = "3.0.3"
        part["info"]["license"].pop("identifier")
    if "$ref" in part and len(part) > 1:
        part["allOf"] = [{"$ref": part.pop("$ref")}]
    if isinstance(part.get("anyOf"), list) and {"type": "null"} in part["anyOf"]:
        rest = [one for one in part.pop("anyOf") if one != {"type": "null"}]
        part |= {"nullable": True} | ({"allOf": rest} if len(rest) == 1 else {"anyOf": rest})
    return _older_words(part)


def _older_words(part: dict[str, Any]) -> dict[str, Any]:
    if isinstance(part.get("examples"), list):
        part["example"] = part.pop("examples")[0]
    if part.get("required") == []:
        del part["required"]
    if "prefixItems" in part:
        part["items"] = {"anyOf": part.pop("prefixItems")}
    if "const" in part:
        part["enum"] = [part.pop("const")]
    for name, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(part.get(name), int | float) and not isinstance(part[name], bool):
            part[limit], part[name] = part[name], True
    return part


MARKDOWN = """\
# The API

The server describes itself in full at `/v1/openapi.json` (OpenAPI 3.1) and shows it at `/docs`.
This page is made from the same handlers; after a change, run `python -m noria.app > docs/api.md`.

## Endpoints

| Method | Address | Permission | What it does |
|---|---|---|---|
{endpoints}

## Problems

Every error is `application/problem+json` (RFC 9457) with one of these codes. Sentences come in
English and French; names in braces are filled in.

| Code | Status | It says | What to do |
|---|---|---|---|
{problems}
"""


def markdown(app: Litestar) -> str:
    """docs/api.md: every endpoint with its permission, and every refusal."""
    return MARKDOWN.format(
        endpoints="\n".join(_endpoint_row(one) for one in operations(app)),
        problems="\n".join(_problem_row(one) for one in every_refusal()),
    )


@cache
def every_refusal() -> list[type[Refusal]]:
    """Noria's refusals by code, also those that only a command says, whatever is loaded so far."""
    package = __name__.partition(".")[0]
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
        if not module.name.endswith(".__main__"):  # that one is a command, and would run it
            importlib.import_module(module.name)
    ours = [one for one in Refusal.known.values() if one.__module__.startswith(f"{package}.")]
    return sorted(ours, key=lambda one: one.code)


def _endpoint_row(one: Operation) -> str:
    return f"| {one.method} | `{one.path}` | {_needed(one.handler.opt)} | {one.words[0]} |"


def _needed(opt: Mapping[str, Any]) -> str:
    if opt.get("public"):
        return "public"
    permission: Permission | None = opt["permission"]
    return f"`{permission.value}`" if permission else "any actor"


def _problem_row(refusal: type[Refusal]) -> str:
    says, do = refusal.says.en.replace("|", "\\|"), refusal.do.en.replace("|", "\\|")
    return f"| `{refusal.code}` | {STATUS[refusal.kind]} | {says} | {do} |"


outside_routes = [get_openapi, get_docs, get_older, get_asset, get_problems]
