"""A pause, a fault or a restart in the middle of a list: it goes on with those who are still owed their mail."""

from __future__ import annotations

from collections import Counter

import pytest

from service.delivery.outbox import OutboxProvider
from service.delivery.provider import Probe
from service.domain.mail import Batch
from service.domain.message import Later, Outcome
from service.usecases.advance import advance_batch
from service.usecases.campaign_states import pause_campaign, resume_campaign
from service.usecases.stop_sending import start_sending, stop_sending
from tests.support.cast import Cast, outbox_provider
from tests.support.clock import Clock

PEOPLE = 20


@pytest.fixture
def crowd(play: Cast) -> Cast:
    for number in range(PEOPLE):
        play.signs_up(play.lead(f"guest{number}"))
    return play


def _counts(play: Cast) -> Counter[str]:
    return Counter(row["to_email"] for row in play.rows("outbox"))


def _everyone_once(play: Cast) -> None:
    assert _counts(play) == {f"guest{number}@example.org": 1 for number in range(PEOPLE)}


@pytest.mark.parametrize("switch", ["campaign", "clinic"])
def test_a_list_that_is_stopped_half_way_goes_on_with_the_rest(crowd: Cast, clock: Clock, switch: str) -> None:
    """listmonk 2070: resumed, the campaign began with those again who had been sent it."""
    campaign = crowd.campaigns["tiny"]
    sent = 0
    while sent < PEOPLE:
        tally = advance_batch(crowd.kit, crowd.provider, 6)
        sent += tally.accepted
        if switch == "campaign":
            pause_campaign(crowd.kit, crowd.clinic, campaign, crowd.dana)
        else:
            stop_sending(crowd.kit, crowd.clinic, crowd.dana, "")
        clock.advance(minutes=30)
        crowd.quiet()
        assert len(_counts(crowd)) == sent, "nothing leaves while it is stopped"
        if switch == "campaign":
            resume_campaign(crowd.kit, crowd.clinic, campaign, crowd.dana)
        else:
            start_sending(crowd.kit, crowd.clinic, crowd.dana)
    crowd.quiet()
    _everyone_once(crowd)


class Closing(OutboxProvider):
    """Takes so many letters, then puts the rest off, as a server does that closes the line on us."""

    room = 7

    def send(self, batch: Batch, now: int, probe: Probe) -> list[Outcome]:
        taken = batch.letters[: self.room]
        answers = super().send(Batch(batch.shape, batch.envelope, taken), now, probe)
        return answers + [Later("421 too many", now + 300)] * (len(batch.letters) - len(taken))


def test_a_server_that_closes_the_line_again_and_again_gets_each_mail_once(crowd: Cast, clock: Clock) -> None:
    """listmonk 2313: paused by the fault and resumed five times, two thirds had three or more copies, a third none."""
    plain = outbox_provider(crowd.db)
    crowd.provider = Closing(plain._put, plain._known)
    campaign = crowd.campaigns["tiny"]
    for _ in range(12):
        crowd.quiet()
        pause_campaign(crowd.kit, crowd.clinic, campaign, crowd.dana)
        clock.advance(minutes=6)
        resume_campaign(crowd.kit, crowd.clinic, campaign, crowd.dana)
        clock.advance(minutes=16)
    _everyone_once(crowd)


def test_after_a_resumption_each_goes_on_from_their_own_step(crowd: Cast, clock: Clock) -> None:
    """listmonk 2070, 2168: what was done before the pause was lost with it."""
    crowd.quiet()
    clock.advance(days=1)
    pause_campaign(crowd.kit, crowd.clinic, crowd.campaigns["tiny"], crowd.dana)
    late = crowd.lead("late")
    crowd.signs_up(late)
    before = {run["id"]: (run["step"], run["due_at"], run["visit"]) for run in crowd.rows("enrollment")}
    clock.advance(hours=4)
    resume_campaign(crowd.kit, crowd.clinic, crowd.campaigns["tiny"], crowd.dana)
    assert {run["id"]: (run["step"], run["due_at"], run["visit"]) for run in crowd.rows("enrollment")} == before
    crowd.quiet()
    assert crowd.sent("late@example.org") == ["A word: welcome"]
    assert set(_counts(crowd).values()) == {1}
