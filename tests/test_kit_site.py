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
