from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest

from noria.kit.auth import SYSTEM, Actor, Permission, Role
from noria.people import rules
from noria.people.model import (
    BeyondYourReach,
    CommandLineOnly,
    Grant,
    KeyProof,
    PasswordWeak,
    Policy,
)

NOW = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
P = Permission


def grant(role, *nodes):
    return Grant(role=role, nodes=nodes or None)


def director(*nodes):
    grants = [grant(Role.DIRECTOR, *nodes)]
    return rules.person_actor("d", "Dir", "en", grants)


@pytest.mark.parametrize(
    ("because", "password"),
    [
        ("eleven characters are short", "abcdefghijk"),
        ("four different characters are few", "abcdabcdabcdabcd"),
        ("it holds the mailbox", "claire.martin-2026"),
        ("capitals do not hide the mailbox", "xxCLAIRE.Martin-1"),
        ("full-width letters are letters", "\uff41" * 12),
    ],
)
def test_weak_passwords_are_refused(because, password):
    with pytest.raises(PasswordWeak):
        rules.check_password(password, email="claire.martin@example.org")
    assert because


@pytest.mark.parametrize(
    "password", ["neuf tramways à l'aube", "abcdefghijkl", "你好世界再见朋友们明天见"]
)
def test_other_passwords_are_taken(password):
    rules.check_password(password, email="claire.martin@example.org")


def test_short_mailboxes_do_not_count_as_part_of_a_password():
    rules.check_password("neuf-tramways-al", email="al@example.org")


def test_accents_are_one_password_however_they_are_composed():
    assert rules.normal_password("e\u0301te\u0301") == rules.normal_password("été")
    assert rules.normal_email("  Claire@Example.ORG ") == "claire@example.org"


@pytest.mark.parametrize(
    ("token", "parsed"),
    [
        ("noria_0123456789abcdef_s3cr_et-x", ("0123456789abcdef", "s3cr_et-x")),
        ("noria_0123456789abcdef_", ("0123456789abcdef", "")),
        ("other_0123456789abcdef_secret", None),
        ("noria_0123456789abcdef", None),
        ("noria__secret", None),
        ("noria_a\x00b_secret", None),
        ("noria_é_secret", None),
        ("", None),
    ],
)
def test_parsed_token(token, parsed):
    assert rules.parsed_token(token) == parsed


def proof(**changes):
    known = {
        "id": "k",
        "name": "K",
        "secret_hash": rules.digest("new"),
        "previous_hash": None,
        "previous_until": None,
        "permissions": (),
        "nodes": None,
        "expires_at": None,
        "last_used_at": None,
        "is_revoked": False,
    }
    return KeyProof(**(known | changes))


HOUR = timedelta(hours=1)
ROTATED = {"previous_hash": rules.digest("old"), "previous_until": NOW + HOUR}


@pytest.mark.parametrize(
    ("because", "known", "secret", "until"),
    [
        ("the secret opens it", {}, "new", datetime.max.replace(tzinfo=UTC)),
        ("another does not", {}, "old", None),
        ("until it expires", {"expires_at": NOW + HOUR}, "new", NOW + HOUR),
        ("not from that instant on", {"expires_at": NOW}, "new", None),
        ("the old one during the overlap", ROTATED, "old", NOW + HOUR),
        ("the new one beyond it", ROTATED, "new", datetime.max.replace(tzinfo=UTC)),
        ("the old one not after it", ROTATED | {"previous_until": NOW}, "old", None),
        (
            "the earlier of two ends",
            ROTATED | {"expires_at": NOW + HOUR / 2},
            "old",
            NOW + HOUR / 2,
        ),
        ("revoked is revoked", {"is_revoked": True}, "new", None),
        ("also during an overlap", ROTATED | {"is_revoked": True}, "old", None),
    ],
)
def test_proven_until(because, known, secret, until):
    assert rules.proven_until(proof(**known), rules.digest(secret), NOW) == until, because


def test_an_all_zero_hash_is_not_an_old_secret():
    assert rules.proven_until(proof(), bytes(32), NOW) is None


def test_a_permission_of_another_version_opens_nothing():
    assert rules.key_reach(["stock.read", "moon.walk"], ["PAR"]) == {
        P.STOCK_READ: frozenset({"PAR"})
    }


@pytest.mark.parametrize(
    ("because", "given", "normal"),
    [
        (
            "nodes are sorted and said once",
            [grant(Role.PLANNER, "B", "A", "A")],
            [("planner", ("A", "B"))],
        ),
        (
            "a role is said once",
            [grant(Role.PLANNER, "B"), grant(Role.PLANNER, "A")],
            [("planner", ("A", "B"))],
        ),
        (
            "everywhere takes in the rest",
            [grant(Role.PLANNER, "B"), grant(Role.PLANNER)],
            [("planner", None)],
        ),
        (
            "roles are in order",
            [grant(Role.PLANNER), grant(Role.AUDITOR)],
            [("auditor", None), ("planner", None)],
        ),
    ],
)
def test_normal_grants(because, given, normal):
    found = [(grant.role.value, grant.nodes) for grant in rules.normal_grants(given)]
    assert found == normal, because


@pytest.mark.parametrize(
    ("because", "before", "after", "changed"),
    [
        ("the same is no change", [grant(Role.PLANNER, "A")], [grant(Role.PLANNER, "A")], ()),
        (
            "only the node given",
            [grant(Role.PLANNER, "A")],
            [grant(Role.PLANNER, "A", "B")],
            (grant(Role.PLANNER, "B"),),
        ),
        (
            "only the node taken",
            [grant(Role.PLANNER, "A", "B")],
            [grant(Role.PLANNER, "A")],
            (grant(Role.PLANNER, "B"),),
        ),
        (
            "all nodes are more than any",
            [grant(Role.PLANNER, "A")],
            [grant(Role.PLANNER)],
            (grant(Role.PLANNER),),
        ),
    ],
)
def test_changed_grants(because, before, after, changed):
    assert rules.changed_grants(before, after) == changed, because


ALL, PAR, LYS = None, frozenset({"PAR"}), frozenset({"LYS"})


@pytest.mark.parametrize(
    ("because", "actor", "touched", "is_allowed"),
    [
        ("everywhere covers all", director(), {P.STOCK_WRITE: ALL}, True),
        ("everywhere covers one", director(), {P.STOCK_WRITE: PAR}, True),
        ("one covers itself", director("PAR"), {P.STOCK_WRITE: PAR}, True),
        ("one does not cover another", director("PAR"), {P.STOCK_WRITE: LYS}, False),
        ("one does not cover all", director("PAR"), {P.STOCK_WRITE: ALL}, False),
        ("nobody hands on the clock", director(), {P.CLOCK_DRIVE: ALL}, False),
        ("but the machine itself", SYSTEM, {P.CLOCK_DRIVE: ALL}, True),
        ("nothing asks for nothing but the right", director("PAR"), {}, True),
        (
            "which a manager has not",
            rules.person_actor("m", "M", "en", [grant(Role.STORE_MANAGER)]),
            {},
            False,
        ),
        (
            "the right to write people must hold there too",
            Actor(id="key:k", name="K", reach={P.STOCK_READ: ALL, P.PEOPLE_WRITE: PAR}),
            {P.STOCK_READ: LYS},
            False,
        ),
        (
            "who writes people cannot give what they lack",
            Actor(id="key:k", name="K", reach={P.PEOPLE_WRITE: ALL}),
            {P.STOCK_READ: PAR},
            False,
        ),
    ],
)
def test_check_authority(because, actor, touched, is_allowed):
    refused = nullcontext() if is_allowed else pytest.raises(BeyondYourReach)
    with refused:
        rules.check_authority(actor, P.PEOPLE_WRITE, touched)
    assert because


def test_a_refused_hand_over_names_what_is_missing_where():
    with pytest.raises(BeyondYourReach, match=r"people\.write \(LYS\)"):
        rules.check_authority(director("PAR"), P.PEOPLE_WRITE, {P.STOCK_READ: PAR | LYS})


def test_the_clock_is_only_given_at_the_machine():
    rules.check_may_be_given(SYSTEM, [P.CLOCK_DRIVE])
    rules.check_may_be_given(director(), [P.STOCK_READ])
    driver = Actor(id="key:driver", name="Replay", reach={P.CLOCK_DRIVE: ALL, P.KEYS_WRITE: ALL})
    with pytest.raises(CommandLineOnly):
        rules.check_may_be_given(driver, [P.CLOCK_DRIVE])


@pytest.mark.parametrize(
    ("because", "peer", "forwarded", "address"),
    [
        ("no proxy", "93.184.216.34", "", "93.184.216.34"),
        ("a stranger's word is not taken", "93.184.216.34", "198.51.100.1", "93.184.216.34"),
        ("a proxy of ours is believed", "127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("but only its own last word", "10.0.0.2", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("nonsense is not taken", "127.0.0.1", "drop table", "127.0.0.1"),
        ("a socket without address", "testclient", "198.51.100.1", "testclient"),
    ],
)
def test_caller_address(because, peer, forwarded, address):
    assert rules.caller_address(peer, forwarded) == address, because


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("testclient", "unknown"),
    ],
)
def test_network_of(address, network):
    assert rules.network_of(address) == network


def test_an_e_mail_is_not_kept_where_tries_are_counted():
    assert "claire" not in " ".join(rules.log_in_buckets("claire@example.org", "203.0.113.9"))


@pytest.mark.parametrize(
    ("tokens", "wait_s", "full_in_s"), [(0.0, 1, 60), (0.9, 1, 60), (50.0, 1, 30), (100.0, 1, 0)]
)
def test_waits_of_a_fast_bucket(tokens, wait_s, full_in_s):
    policy = Policy(name="key", capacity=100, window_s=60)
    assert rules.wait_s(policy, tokens) == wait_s
    assert rules.full_in_s(policy, tokens) == full_in_s


def test_waits_of_a_slow_bucket():
    assert rules.wait_s(Policy(name="email", capacity=10, window_s=900), 0.5) == 45
