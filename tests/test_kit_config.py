import os
from pathlib import Path

import pytest

from noria.kit import config
from noria.kit.config import SettingsWrong, load, settings_page, without_password

DOCS = Path(__file__).parents[1] / "docs" / "settings.md"


def test_without_any_variable_there_are_workable_defaults():
    settings = load({"HOME": "/home/ada"})
    assert settings.is_embedded
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8300, 1)
    assert settings.public_url == "http://127.0.0.1:8300"
    assert settings.body_limit_bytes == 10 * 1024 * 1024
    assert settings.secure_cookies
    assert not settings.webhook_allow_private


@pytest.mark.parametrize(("because", "environ", "field", "value"), [
    ("a number is read as one", {"NORIA_PORT": "8080"}, "port", 8080),
    ("so is a flag", {"NORIA_SECURE_COOKIES": "false"}, "secure_cookies", False),
    ("empty counts as absent", {"NORIA_PORT": ""}, "port", 8300),
    ("a home is a path", {"NORIA_HOME": "/srv/noria"}, "home", Path("/srv/noria")),
    ("the public address follows", {"NORIA_HOST": "::1"}, "public_url", "http://[::1]:8300"),
    ("and has no slash at its end", {"NORIA_PUBLIC_URL": "https://a.example/"}, "public_url",
     "https://a.example"),
    ("libpq's own words are a database too", {"DATABASE_URL": "dbname=noria"}, "database_url",
     "dbname=noria"),
    ("other people's variables are not ours", {"NORIAN": "1", "PORT": "x"}, "port", 8300),
    ("the test-suite has its own", {"NORIA_TEST_DATABASE_URL": "x"}, "port", 8300),
])  # fmt: skip
def test_load(because, environ, field, value):
    assert getattr(load(environ), field) == value, because


@pytest.mark.parametrize(("because", "environ", "words"), [
    ("not a number", {"NORIA_PORT": "http"}, ["NORIA_PORT", "“http”", "1 to 65535"]),
    ("out of range", {"NORIA_PORT": "70000"}, ["NORIA_PORT", "“70000”"]),
    ("not plain digits", {"NORIA_PORT": "8_3"}, ["NORIA_PORT", "“8_3”"]),
    ("neither true nor false", {"NORIA_SECURE_COOKIES": "yes"}, ["“yes”", "true or false"]),
    ("not among the choices", {"NORIA_LOG_FORMAT": "xml"}, ["“xml”", "json or text"]),
    ("relative", {"NORIA_HOME": "noria"}, ["NORIA_HOME", "an absolute path"]),
    ("a typing error", {"NORIA_PROT": "1"}, ["NORIA_PROT", "did you mean NORIA_PORT?"]),
    ("quite unknown", {"NORIA_XYZZY": "1"}, ["NORIA_XYZZY is not a setting."]),
    ("not an address", {"NORIA_PUBLIC_URL": "ftp://a"}, ["“ftp://a”", "https://"]),
    ("not a host", {"NORIA_HOST": "a b"}, ["NORIA_HOST", "“a b”"]),
    ("not a database", {"DATABASE_URL": "mysql//x"}, ["DATABASE_URL", "postgresql://"]),
    ("not a company's prefix", {"NORIA_GS1_COMPANY_PREFIX": "301234"}, ["“301234”", "7 to 10"]),
    ("all at once", {"NORIA_PORT": "x", "NORIA_HOME": "y"}, ["NORIA_PORT", "NORIA_HOME"]),
])  # fmt: skip
def test_what_cannot_be_used_is_named_with_what_is_allowed(because, environ, words):
    with pytest.raises(SettingsWrong) as caught:
        load(environ)
    assert len(caught.value.faults) == len(environ)
    for word in words:
        assert word in caught.value.sentence("en"), because
    assert next(iter(environ)) in caught.value.sentence("fr")


@pytest.mark.parametrize("value", [
    "postgresql://noria:hunter2@[db/noria", "host=db password=hunter2 port", "password = 'hunter2' x",
])  # fmt: skip
def test_a_password_is_never_shown(value):
    with pytest.raises(SettingsWrong) as caught:
        load({"DATABASE_URL": value})
    said = [caught.value.sentence("en"), caught.value.sentence("fr"), str(caught.value.faults)]
    assert "hunter2" not in "".join(said)
    assert "hunter2" not in without_password(value)


@pytest.mark.parametrize(("because", "environ", "home"), [
    ("the user's data folder", {"HOME": "/home/ada"}, "/home/ada/.local/share/noria"),
    ("or what XDG says", {"HOME": "/home/ada", "XDG_DATA_HOME": "/data"}, "/data/noria"),
    ("unless that is relative", {"HOME": "/home/ada", "XDG_DATA_HOME": "d"},
     "/home/ada/.local/share/noria"),
])  # fmt: skip
def test_the_default_home(because, environ, home):
    assert load(environ).home == Path(home), because


def test_root_gets_a_home_that_the_servers_account_can_reach(tmp_path, monkeypatch):
    tmp_path.chmod(0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert load({"HOME": str(tmp_path)}).home == config.SHARED_HOME


def test_every_field_stands_in_the_table_and_every_example_is_allowed():
    assert [setting.field for setting in config.TABLE] == list(config.Settings.__struct_fields__)
    load({setting.name: setting.example for setting in config.TABLE})


def test_the_page_in_docs_is_made_from_the_table():
    assert DOCS.read_text() == settings_page(), "python -m noria.kit.config > docs/settings.md"
