"""Mails in doubt and SendGrid's log: found under the own ref or not, few requests, and a plan that has no log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from structlog.testing import capture_logs

from service.delivery.provider import no_probe
from service.delivery.sendgrid import SendGridProvider
from service.delivery.sendgrid_log import AGAIN_AFTER, FIRST_AFTER, REQUESTS, SURE_AFTER
from service.domain.message import Asked
from tests.support import fake_sendgrid as fakes
from tests.support.clock import Clock
from tests.support.fake_sendgrid import FakeSendGrid
from tests.support.letters import batch, letter

LEASE = 300
THEIRS = Path(__file__).resolve().parents[3] / "shared" / "facts" / "sendgrid-openapi" / "tsg_logs_v3.json"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fake(clock: Clock) -> Iterator[FakeSendGrid]:
    with FakeSendGrid(log="up", clock=clock) as fake:
        yield fake
        if THEIRS.exists():
            document = json.loads(THEIRS.read_text())
            request = "#/components/schemas/EmailLogsGetMessagesByFilterRequest"
            schema = jsonschema.Draft202012Validator({"$ref": request, "components": document["components"]})
            for asked in fake.asked:
                if asked.body:
                    schema.validate(asked.body)


@pytest.fixture
def provider(fake: FakeSendGrid) -> SendGridProvider:
    return SendGridProvider("SG.not-a-real-key", fake.url)


def in_doubt(clock: Clock, *numbers: int, sure: bool = True) -> list[Asked]:
    """As letters of these numbers were that left now."""
    return [
        Asked(f"{number:032x}", f"person{number}@example.org", clock(), clock() + LEASE, sure) for number in numbers
    ]


def test_what_it_took_is_found_under_its_own_ref(fake: FakeSendGrid, provider: SendGridProvider, clock: Clock) -> None:
    asked = in_doubt(clock, 1, 2)
    fake.answers(fakes.accepted_then_reset)
    provider.send(batch([letter(1), letter(2)]), clock(), no_probe)
    clock.advance(seconds=FIRST_AFTER)
    assert provider.recall(asked, clock()) == {each.ref: True for each in asked}


def test_another_mail_to_the_same_person_is_no_answer(
    fake: FakeSendGrid, provider: SendGridProvider, clock: Clock
) -> None:
    asked = in_doubt(clock, 1)
    provider.send(batch([letter(7, to="person1@example.org")]), clock(), no_probe)
    clock.advance(seconds=FIRST_AFTER)
    assert provider.recall(asked, clock()) == {}


def test_what_it_did_not_take_is_known_only_when_the_log_has_come_past_it(
    fake: FakeSendGrid, provider: SendGridProvider, clock: Clock
) -> None:
    asked = in_doubt(clock, 1)
    clock.advance(seconds=LEASE + SURE_AFTER)
    assert provider.recall(asked, clock()) == {}, "perhaps the log lags"
    provider.send(batch([letter(2)]), clock(), no_probe)
    clock.advance(seconds=AGAIN_AFTER)
    assert provider.recall(asked, clock()) == {asked[0].ref: False}


def test_whose_address_may_have_been_another_is_never_said_not_to_have_gone(
    fake: FakeSendGrid, provider: SendGridProvider, clock: Clock
) -> None:
    asked = in_doubt(clock, 1, sure=False)
    clock.advance(seconds=2 * LEASE)
    provider.send(batch([letter(2)]), clock(), no_probe)
    clock.advance(days=1)
    assert provider.recall(asked, clock()) == {}


def test_the_webhook_has_its_time_first_and_nobody_is_asked_twice_in_an_hour(
    fake: FakeSendGrid, provider: SendGridProvider, clock: Clock
) -> None:
    asked = in_doubt(clock, 1)
    provider.recall(asked, clock())
    assert fake.asked == []
    clock.advance(seconds=FIRST_AFTER)
    for _round in range(5):
        provider.recall(asked, clock())
    assert len(fake.asked) == 1


def test_a_round_makes_few_requests_and_the_next_goes_on(
    fake: FakeSendGrid, provider: SendGridProvider, clock: Clock
) -> None:
    asked = in_doubt(clock, *range(REQUESTS + 5))
    clock.advance(seconds=FIRST_AFTER)
    provider.recall(asked, clock())
    assert len(fake.asked) == REQUESTS
    provider.recall(asked, clock())
    assert len(fake.asked) == REQUESTS + 5


def test_a_plan_without_a_log_is_asked_once_and_told_once(
    fake: FakeSendGrid, provider: SendGridProvider, clock: Clock
) -> None:
    fake.log = "none"
    asked = in_doubt(clock, 1, 2)
    clock.advance(seconds=FIRST_AFTER)
    with capture_logs() as told:
        assert provider.recall(asked, clock()) == {}
        clock.advance(days=1)
        assert provider.recall(asked, clock()) == {}
    assert len(fake.asked) == 1
    assert [line["status"] for line in told] == [403]
    assert "person1" not in str(told)


def test_a_log_that_is_down_is_asked_again_later(fake: FakeSendGrid, provider: SendGridProvider, clock: Clock) -> None:
    asked = in_doubt(clock, 1)
    fake.answers(fakes.accepted_then_reset)
    provider.send(batch([letter(1)]), clock(), no_probe)
    clock.advance(seconds=FIRST_AFTER)
    fake.log = "down"
    assert provider.recall(asked, clock()) == {}
    fake.log = "up"
    assert provider.recall(asked, clock()) == {asked[0].ref: True}


def test_an_address_that_would_end_the_question_is_not_asked_about(
    fake: FakeSendGrid, provider: SendGridProvider, clock: Clock
) -> None:
    clock.advance(days=1)
    asked = Asked("0" * 32, '"x" OR "y"@example.org', clock() - 10_000, clock() - 9_000, sure=True)
    assert provider.recall([asked], clock()) == {}
    assert fake.asked == []
