"""The web application as the server hands it out, whether or not it was built here."""

import gzip
import re

import pytest

from caller import calling
from noria.kit import site


@pytest.fixture
def built(tmp_path, monkeypatch):
    """A built application, small."""
    (tmp_path / "assets").mkdir()
    index = '<meta name="style-nonce" content="__NONCE__"><script src="/assets/a-1.js"></script>'
    (tmp_path / "index.html").write_text(index)
    (tmp_path / "assets" / "a-1.js").write_text("run()")
    (tmp_path / "assets" / "a-1.js.gz").write_bytes(gzip.compress(b"run()"))
    (tmp_path / "assets" / "stray.map").write_text("{}")
    monkeypatch.setattr(site, "FOLDER", tmp_path)
    forget()
    yield tmp_path
    forget()


def forget():
    site._page.cache_clear()
    site._assets.cache_clear()


def test_a_page_has_a_nonce_of_its_own_and_is_never_kept(db, built):
    with calling(db) as client:
        first, other = client.get("/tower"), client.get("/tower/orders/536365")
    nonces = [re.search('content="([^"]+)"', page.text)[1] for page in (first, other)]
    assert len({*nonces, site.NONCE}) == 3
    policy = first.headers["content-security-policy"]
    assert f"style-src 'self' 'nonce-{nonces[0]}'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert first.headers["cache-control"] == "no-store"
    assert first.headers["x-frame-options"] == "DENY"


def test_a_link_to_a_filtered_list_opens(db, built):
    """What is asked of a list stands in its address, which the application alone reads."""
    with calling(db) as client:
        assert client.get("/tower/orders?stage=waiting&sort=oldest").status_code == 200


def test_the_root_leads_to_it(db, built):
    with calling(db) as client:
        answer = client.get("/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, "/tower")


def test_files_are_kept_for_ever_and_come_compressed(db, built):
    with calling(db) as client:
        coded = client.get("/assets/a-1.js", headers={"Accept-Encoding": "gzip"})
        plain = client.get("/assets/a-1.js", headers={"Accept-Encoding": "identity"})
        again = client.get("/assets/a-1.js", headers={"If-None-Match": coded.headers["etag"]})
    assert (coded.text, coded.headers["content-encoding"]) == ("run()", "gzip")
    assert (plain.text, plain.headers.get("content-encoding")) == ("run()", None)
    assert coded.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert coded.headers["vary"] == "Accept-Encoding"
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "address",
    ["/assets/none.js", "/assets/stray.map", "/assets/..%2Findex.html", "/v1/none", "/towers"],
)
def test_nothing_else_is_shadowed_or_given_out(db, built, address):
    with calling(db) as client:
        answer = client.get(address)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-address")


def test_without_it_the_server_says_what_to_do(db, tmp_path, monkeypatch):
    monkeypatch.setattr(site, "FOLDER", tmp_path)
    forget()
    with calling(db) as client:
        answer = client.get("/tower")
    forget()
    assert answer.status_code == 503
    assert "make setup" in answer.text
    assert "n'a pas été construite" in answer.text


# as it was built here, where it was


@pytest.fixture
def shipped():
    if not (site.FOLDER / "index.html").exists():
        pytest.skip("the web application was not built")
    return site.FOLDER


def test_the_page_that_is_shipped_has_nothing_inline(shipped):
    """The policy forbids it; that it would be refused has to be known before a browser says so."""
    page = (shipped / "index.html").read_text()
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL)
    assert scripts
    assert [(part, inner) for part, inner in scripts if "src=" not in part or inner.strip()] == []
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", page) == []
    assert re.findall(r"(?:src|href)=\"(?!/)", page) == [], "all of it comes from here"


def test_a_first_visit_loads_little(shipped):
    """Gzipped: what the page names and all that this needs to begin, its letters, and Today.

    The shores of Today's map come afterwards: the page is of use without them.
    """
    kilobytes = sum(gzipped(shipped / "assets" / name) for name in first_load(shipped)) / 1024
    assert 50 < kilobytes <= 350


def first_load(shipped):
    """The files of a first visit: the page's own, what they import, and the page Today."""
    names = {path.name for path in (shipped / "assets").iterdir()}
    page = (shipped / "index.html").read_text()
    wanted = re.findall(r'/assets/([^"]+)', page) + [
        name for name in names if re.fullmatch(r"Today-.*\.(js|css)", name)
    ]
    seen = set()
    while wanted:
        name = wanted.pop()
        if name in seen or name not in names:
            continue
        seen.add(name)
        if name.endswith(".js"):
            said = (shipped / "assets" / name).read_text()
            wanted += re.findall(r'(?:from|import)\s*"\./([^"]+)"', said)
    return seen | {
        name for name in names if re.fullmatch(r"inter-latin-wght-normal-.*\.woff2", name)
    }


def gzipped(path):
    """As it is sent: with the coded form that stands beside it, or as it is."""
    coded = path.with_name(path.name + ".gz")
    return (coded if coded.exists() else path).stat().st_size
