"""A request that SendGrid refuses: the bad recipients are found in few requests; the switch is asked each time."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.delivery.provider import no_probe
from service.delivery.sendgrid import SendGridProvider
from service.domain.message import Accepted, Later, Rejected
from tests.support.clock import NOW
from tests.support.fake_sendgrid import FakeSendGrid, status
from tests.support.letters import batch

KEY = "SG.not-a-real-key"


@st.composite
def lots(draw: st.DrawFn) -> tuple[int, set[int]]:
    """Of so many letters, which ones are bad."""
    many = draw(st.integers(1, 40) | st.just(64))
    return many, draw(st.sets(st.integers(0, many - 1), min_size=1, max_size=min(many, 4)))


@pytest.mark.parametrize("named", [True, False], ids=["named", "unnamed"])
def test_each_bad_recipient_costs_two_requests_a_halving_at_most(named: bool, long: bool) -> None:
    with FakeSendGrid(mute=not named) as fake:
        provider = SendGridProvider(KEY, fake.url)

        @settings(max_examples=500 if long else 12, deadline=None)
        @example((3, {0}))
        @example((3, {2}))
        @example((9, {0, 8}))
        @example((200, {0}))
        @given(lots())
        def holds(lot: tuple[int, set[int]]) -> None:
            many, bad = lot
            fake.seen.clear()
            fake.refused = {f"person{number}@example.org" for number in bad}
            asked: list[bool] = []

            def held() -> bool:
                asked.append(True)
                return False

            found = provider.send(replace(batch(many), held=held), NOW, no_probe)
            assert {place for place, outcome in enumerate(found) if isinstance(outcome, Rejected)} == bad
            assert all(isinstance(found[place], Accepted) for place in range(many) if place not in bad)
            assert len(fake.seen) <= 2 * len(bad) * math.log2(many) + 1
            assert len(asked) == len(fake.seen)

        holds()


def test_once_sending_is_stopped_no_further_request_leaves() -> None:
    with FakeSendGrid(mute=True, refused={"person0@example.org"}) as fake:
        answers = iter([False, False])
        found = SendGridProvider(KEY, fake.url).send(
            replace(batch(16), held=lambda: next(answers, True)), NOW, no_probe
        )
        assert len(fake.seen) == 2
        assert found == [Later("sending was stopped", NOW)] * 16


def test_a_request_too_large_tells_nothing_of_its_other_half() -> None:
    with FakeSendGrid() as fake:
        fake.answers(status(413))
        assert (
            SendGridProvider(KEY, fake.url).send(batch(16), NOW, no_probe)
            == [Accepted("fake-1")] * 8 + [Accepted("fake-2")] * 8
        )
        assert [len(request.refs) for request in fake.seen] == [16, 8, 8]
