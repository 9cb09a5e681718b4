"""A port is one installation's alone."""

import socket
import subprocess
import sys

import pytest

from noria.kit.ports import PortTaken, claim, claim_first

CLAIMS = "import sys; from noria.kit.ports import claim; claim('127.0.0.1', int(sys.argv[1]))"


@pytest.fixture
def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_a_port_that_is_listened_at_is_taken(port):
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        server.bind(("127.0.0.1", port))
        server.listen()
        with pytest.raises(PortTaken):
            claim("127.0.0.1", port)
        assert claim_first("127.0.0.1", port) > port


def test_a_port_that_another_process_has_claimed_is_taken_before_it_listens(port):
    claim("127.0.0.1", port)
    other = subprocess.run(
        [sys.executable, "-c", CLAIMS, str(port)], capture_output=True, text=True, check=False
    )
    assert "PortTaken" in other.stderr


def test_a_claim_ends_with_its_process(port):
    for _ in range(2):
        subprocess.run([sys.executable, "-c", CLAIMS, str(port)], check=True)
