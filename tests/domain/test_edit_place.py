"""One step up, one step down: into the open, out of a way, never past an end."""

from __future__ import annotations

import pytest

from service.domain.edit import Move, Place, Refused, Row, apply, keys
from service.domain.edit_place import down, up

FILE: Row = {
    "steps": [
        {"key": "a", "wait": "1d"},
        {
            "key": "f",
            "branch": {
                "arms": [{"label": "yes", "when": {"clicked": "book"}, "steps": [{"key": "b", "wait": "1d"}]}],
                "otherwise": {"label": "no", "steps": [{"key": "c", "wait": "1d"}, {"key": "d", "wait": "1d"}]},
            },
        },
        {"key": "e", "wait": "1d"},
    ]
}


@pytest.mark.parametrize(
    ("key", "place", "order"),
    [
        ("f", Place(), "f b c d a e"),
        ("e", Place(after="a"), "a e f b c d"),
        ("b", Place(after="a"), "a b f c d e"),
        ("d", Place(fork="f", way=1), "a f b d c e"),
    ],
)
def test_up(key: str, place: Place, order: str) -> None:
    assert up(FILE, key) == place
    assert keys(apply(FILE, Move(key, place))) == order.split()


@pytest.mark.parametrize(
    ("key", "after", "order"), [("a", "f", "f b c d a e"), ("c", "d", "a f b d c e"), ("d", "f", "a f b c d e")]
)
def test_down(key: str, after: str, order: str) -> None:
    assert down(FILE, key) == Place(after=after)
    assert keys(apply(FILE, Move(key, down(FILE, key)))) == order.split()


def test_the_first_does_not_go_up_nor_the_last_down_nor_one_that_is_gone() -> None:
    with pytest.raises(Refused, match="first already"):
        up(FILE, "a")
    with pytest.raises(Refused, match="last already"):
        down(FILE, "e")
    with pytest.raises(Refused, match="no step gone"):
        up(FILE, "gone")
