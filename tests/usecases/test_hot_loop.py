"""What a batch costs: counted, not timed. When all is warm, only what differs from mail to mail is worked out."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePath
from types import FrameType
from typing import Any

import pytest
import sqlalchemy as sa

from service.delivery.provider import Provider
from service.delivery.sendgrid import SendGridProvider
from service.delivery.smtp import SmtpProvider, SmtpServer
from service.storage.database import Database
from service.usecases.advance import BATCH, advance_batch
from tests.support.cast import Cast, cast
from tests.support.clock import Clock
from tests.support.fake_sendgrid import FakeSendGrid
from tests.support.smtp_peer import SmtpPeer

# Clinics, who is due, what is known of them, what still holds; caps, messages, moves; outcomes.
MOST_STATEMENTS = 8
MOST_CALLS = {"sendgrid": 150, "smtp": 240}  # Python calls a mail, in the worker's own threads
AROUND = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SET ")
# Who compiles, parses or builds object by object what is to be made once a shape.
NEVER = ("liquid/parser.py", "liquid/lex.py", "mjml", "EmailMessage", "MIMEPart", "sqlalchemy/orm/")


_FAR = ("(process_request_thread)", "(serve_forever)", "(_run)")  # the threads of those who take the mails


@dataclass
class Cost:
    """What one batch took."""

    statements: list[str] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)  # by "file:function"
    mails: int = 0

    def of(self, *parts: str) -> list[str]:
        return sorted(name for name in self.calls if any(part in name for part in parts))


@contextmanager
def counted() -> Iterator[Cost]:
    cost = Cost()

    def call(frame: FrameType, event: str, _arg: Any) -> None:
        if event == "call" and not threading.current_thread().name.endswith(_FAR):
            cost.calls[f"{PurePath(frame.f_code.co_filename).as_posix()}:{frame.f_code.co_qualname}"] += 1

    def statement(_conn: Any, _cursor: Any, text: str, *_rest: Any) -> None:
        if not text.lstrip().upper().startswith(AROUND):
            cost.statements.append(text)

    sa.event.listen(sa.Engine, "before_cursor_execute", statement)
    before = sys.getprofile()
    threading.setprofile(call)
    sys.setprofile(call)
    try:
        yield cost
    finally:
        sys.setprofile(before)
        threading.setprofile(None)  # type: ignore[arg-type]
        sa.event.remove(sa.Engine, "before_cursor_execute", statement)


@pytest.fixture(params=["sendgrid", "smtp"])
def sends(request: pytest.FixtureRequest) -> Iterator[tuple[str, Provider]]:
    if request.param == "sendgrid":
        with FakeSendGrid() as fake:
            yield "sendgrid", SendGridProvider("SG.not-a-real-key", fake.url)
    else:
        with SmtpPeer() as peer:
            yield "smtp", SmtpProvider(SmtpServer("127.0.0.1", peer.port))


@pytest.fixture
def play(db: Database, clock: Clock, sends: tuple[str, Provider]) -> Iterator[Cast]:
    """A worker that is warm."""
    kind, provider = sends
    made = cast(db, clock, provider, mail=kind)
    batch_of(made, "warm", 20)
    batch_of(made, "again", 20)
    yield made
    provider.close()


def batch_of(play: Cast, name: str, mails: int) -> Cost:
    for number in range(mails):
        play.signs_up(play.lead(f"{name}{number}"))
    with counted() as cost:
        cost.mails = advance_batch(play.kit, play.provider, BATCH).accepted
    assert cost.mails == mails
    return cost


def until_moved(statements: list[str]) -> list[str]:
    """Up to and with the last statement before anything is handed over."""
    last = max(at for at, each in enumerate(statements) if each.lstrip().startswith("UPDATE enrollment"))
    return statements[: last + 1]


def test_a_batch_takes_as_many_statements_however_large_it_is(play: Cast) -> None:
    few, many = batch_of(play, "few", 10), batch_of(play, "many", 60)
    if play.kit.mail == "smtp":  # outcomes are written as they come in, and leases prolonged, every so often
        few.statements, many.statements = map(until_moved, (few.statements, many.statements))
    assert len(few.statements) == len(many.statements)
    assert len(many.statements) <= MOST_STATEMENTS


def test_nothing_is_compiled_parsed_or_built_for_a_mail_of_a_known_shape(play: Cast) -> None:
    assert batch_of(play, "many", 60).of(*NEVER) == []


def test_those_who_stand_alike_are_decided_on_once(play: Cast) -> None:
    decided = batch_of(play, "many", 60)
    assert decided.calls[f"{_engine()}:decide"] == 1


def test_a_mail_takes_few_calls(play: Cast) -> None:
    few, many = batch_of(play, "few", 10), batch_of(play, "many", 60)
    assert (many.calls.total() - few.calls.total()) / (many.mails - few.mails) <= MOST_CALLS[play.kit.mail]


def _engine() -> str:
    from service.domain import engine

    return PurePath(engine.__file__).as_posix()
