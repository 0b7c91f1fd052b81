"""The guard that keeps tests on this machine."""

import socket

import pytest

from tests.support.network import NetworkReached


def test_a_test_cannot_look_up_another_machine() -> None:
    with pytest.raises(NetworkReached, match=r"example\.org"):
        socket.create_connection(("example.org", 443))


def test_a_test_cannot_connect_to_a_private_address() -> None:
    with socket.socket() as client, pytest.raises(NetworkReached, match=r"10\.0\.0\.1"):
        client.connect(("10.0.0.1", 443))


def test_a_test_may_talk_to_a_server_of_its_own() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()
