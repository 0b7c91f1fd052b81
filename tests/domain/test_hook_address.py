"""Where a webhook may lead."""

import pytest

from service.domain.hook_address import HookAddress, may_reach, read_address
from service.domain.hook_call import AGAIN_AFTER, next_try
from service.domain.timing import DAY


def test_an_address_is_taken_apart() -> None:
    assert read_address("https://desk.example/in?key=1", loopback=False) == HookAddress(
        True, "desk.example", 443, "/in?key=1"
    )
    assert read_address("https://desk.example:8443", loopback=False) == HookAddress(True, "desk.example", 8443, "/")
    assert read_address("http://127.0.0.1:81/in", loopback=True) == HookAddress(False, "127.0.0.1", 81, "/in")


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("", "one address"),
        ("desk.example/in", "from https://"),
        ("ftp://desk.example/in", "from https://"),
        ("http://desk.example/in", "Use https"),
        ("http://127.0.0.1/in", "Use https"),
        ("https://user:word@desk.example/", "user and password"),
        ("https://desk.example/in#there", "the #"),
        ("https://desk.example/a b", "without spaces"),
        ("https://desk.example/a\r\nX: y", "without spaces"),
        ("https://desk.example:99999/", "the number after the colon"),
        ("https://[::1/", "brackets"),
        ("https://localhost/in", "private network"),
        ("https://127.0.0.1/in", "private network"),
        ("https://10.1.2.3/in", "private network"),
        ("https://169.254.169.254/latest/meta-data", "private network"),
        ("https://[fd00:ec2::254]/latest", "private network"),
        ("https://" + "a" * 2_000 + ".example", "at most 2000"),
    ],
)
def test_an_address_that_must_not_be_called_says_what_to_do(text: str, mend: str) -> None:
    with pytest.raises(ValueError, match=mend):
        read_address(text, loopback=False)


def test_where_this_machine_may_be_called_nothing_else_of_the_house_may() -> None:
    for text in ("http://10.1.2.3/", "https://192.168.0.1/", "http://desk.example/"):
        with pytest.raises(ValueError, match=r"https|private"):
            read_address(text, loopback=True)


@pytest.mark.parametrize(
    "peer",
    [
        "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "0.0.0.0", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "::ffff:10.0.0.1",
        "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a00:1::1", "2001:0:1::1",
    ],
)  # fmt: skip
def test_no_private_address_is_reached_however_it_is_wrapped(peer: str) -> None:
    assert not may_reach(peer, loopback=False)
    assert not may_reach(peer, loopback=True)


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_reached_only_where_that_is_allowed(peer: str) -> None:
    assert may_reach(peer, loopback=True)
    assert not may_reach(peer, loopback=False)


@pytest.mark.parametrize("peer", ["93.184.215.14", "2606:4700::1111", "64:ff9b::5db8:d70e", "::ffff:93.184.215.14"])
def test_the_open_internet_is_reached(peer: str) -> None:
    assert may_reach(peer, loopback=False)


def test_the_attempts_lie_further_and_further_apart_and_end() -> None:
    assert [next_try(tries, 1_000) for tries in range(1, 8)] == [*(1_000 + wait for wait in AGAIN_AFTER), None]
    assert next_try(1, 0, wait=900) == 900
    assert next_try(1, 0, wait=9_999_999) == DAY
