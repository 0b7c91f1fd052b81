"""The door to a clinic's webhooks, against a real server of this machine."""

import base64
import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator

import pytest

from service.delivery import hook_door
from service.delivery.hook_door import HookPost, post
from service.domain.hook_call import Done, Later, Outcome, Refused
from tests.support.clock import NOW
from tests.support.hook_peer import HookPeer

SECRET = "whsec_" + base64.b64encode(b"twenty-four bytes of key").decode()


@pytest.fixture
def peer() -> Iterator[HookPeer]:
    with HookPeer() as made:
        yield made


def call(url: str, *, loopback: bool = True) -> Outcome:
    return post(HookPost(url, SECRET, "id-1", NOW, b'{"type":"test"}'), loopback=loopback)


def test_a_call_is_signed_so_that_a_standard_receiver_takes_it(peer: HookPeer) -> None:
    assert call(peer.url + "/in?key=7") == Done()
    got = peer.received[0]
    assert (got.path, got.raw, got.headers["content-type"]) == ("/in?key=7", b'{"type":"test"}', "application/json")
    assert got.holds(SECRET, NOW)
    assert not got.holds(SECRET, NOW + 301)
    assert not got.holds("whsec_" + base64.b64encode(b"another key").decode(), NOW)


@pytest.mark.parametrize("status", [200, 202, 204])
def test_every_2xx_is_a_yes(peer: HookPeer, status: int) -> None:
    peer.answers(status)
    assert call(peer.url) == Done()


@pytest.mark.parametrize("status", [400, 401, 404, 410, 422])
def test_a_refusal_is_final_and_only_its_number_is_kept(peer: HookPeer, status: int) -> None:
    peer.answers(status)
    assert call(peer.url) == Refused(f"it answered {status}")


@pytest.mark.parametrize(("status", "silent"), [(408, False), (429, True), (500, False), (503, False)])
def test_trouble_is_tried_again_no_sooner_than_asked(peer: HookPeer, status: int, silent: bool) -> None:
    peer.answers(status)
    peer.headers = {"Retry-After": "120"}
    assert call(peer.url) == Later(f"it answered {status}", silent=silent, wait=120)


@pytest.mark.parametrize("text", ["soon", "-1", "1e9", "9" * 30, "²"])
def test_a_wait_that_is_no_number_is_none(text: str) -> None:
    assert hook_door._outcome(503, text) == Later("it answered 503")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(peer: HookPeer, status: int) -> None:
    peer.answers(status)
    peer.headers = {"Location": peer.url + "/elsewhere"}
    outcome = call(peer.url + "/in")
    assert isinstance(outcome, Refused)
    assert "redirects are not followed" in outcome.reason
    assert [got.path for got in peer.received] == ["/in"]


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1", b"220 a mail server\r\n", b"HTTP/1.1 abc\r\n\r\n"])
def test_what_is_no_answer_leaves_open_whether_it_arrived(peer: HookPeer, answer: bytes) -> None:
    peer.answers(answer)
    outcome = call(peer.url)
    assert isinstance(outcome, Later)
    assert outcome.silent


def test_nobody_there_is_tried_later(free_port: int) -> None:
    assert call(f"http://127.0.0.1:{free_port}/") == Later("it did not answer (ConnectionRefusedError)", silent=True)


def test_an_answer_that_breaks_off_after_its_status_counts(peer: HookPeer) -> None:
    peer.answers(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 100)
    assert call(peer.url) == Done()


def test_of_a_flood_only_so_much_is_read(peer: HookPeer) -> None:
    peer.answers(b"HTTP/1.1 200 OK\r\nContent-Length: 30000000\r\n\r\n" + b"x" * hook_door.BODY_READ)
    assert call(peer.url) == Done()


def test_an_answer_that_drips_is_cut_off_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook_door, "DEADLINE", 0.3)
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            taken, _ = server.accept()
            with taken, contextlib.suppress(OSError):
                taken.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
                for _ in range(150):
                    taken.sendall(b"x")
                    if stop.wait(0.02):
                        return
                taken.sendall(b"\r\nContent-Length: 0\r\n\r\n")  # a fine answer, for whoever waited

        thread = threading.Thread(target=drip)
        thread.start()
        outcome = call(f"http://127.0.0.1:{server.getsockname()[1]}/")
        stop.set()
        thread.join()
    assert outcome == Later("it answered too slowly", silent=True)


def test_a_certificate_that_does_not_hold_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that speaks no TLS at all, and one whose certificate nobody vouches for."""

    class Untrusted(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:
            raise ssl.SSLCertVerificationError("self-signed")

    with HookPeer() as peer:
        plain = call(peer.url.replace("http:", "https:"))
        assert isinstance(plain, Later)
        monkeypatch.setattr(ssl.SSLContext, "sslsocket_class", Untrusted)
        assert call(peer.url.replace("http:", "https:")) == Later("its certificate does not hold", silent=True)
        assert peer.received == []


def test_this_machine_is_not_called_unless_it_is_allowed(peer: HookPeer) -> None:
    outcomes = [call(peer.url, loopback=False), call(peer.url.replace("http:", "https:"), loopback=False)]
    assert all(isinstance(outcome, Refused) for outcome in outcomes)
    assert peer.received == []


@pytest.mark.parametrize(
    "found", [["169.254.169.254"], ["10.0.0.7"], ["93.184.215.14", "127.0.0.1"], ["::ffff:192.168.0.1"], ["127.0.0.1"]]
)
def test_a_name_that_leads_into_a_private_network_is_refused_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch, found: list[str]
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_named: [_entry(peer) for peer in found])
    assert call("https://desk.example/in", loopback=False) == Refused("its name leads into a private network")


def test_plain_http_goes_nowhere_else_whatever_localhost_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_named: [_entry("93.184.215.14")])
    assert call("http://localhost/in") == Refused("its name leads into a private network")


def test_the_name_is_looked_up_once_and_that_address_is_called(peer: HookPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *args: object, **named: object) -> object:
        asked.append(host)
        return real("127.0.0.1" if host == "localhost" else host, port, type=socket.SOCK_STREAM)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert call(peer.url.replace("127.0.0.1", "localhost")) == Done()
    assert asked.count("localhost") == 1
    assert peer.received[0].headers["host"].startswith("localhost:")


def test_a_name_nobody_knows_is_tried_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: object, **_named: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert call("https://desk.example/in") == Later("its name could not be looked up", silent=True)


def _entry(peer: str) -> tuple[object, ...]:
    family = socket.AF_INET6 if ":" in peer else socket.AF_INET
    return (family, socket.SOCK_STREAM, 6, "", (peer, 443))
