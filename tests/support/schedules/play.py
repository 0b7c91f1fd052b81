"""Plays one schedule to its end: rounds of faults, then calm, until nothing is left to do but by a person."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from service.delivery.provider import Provider
from service.delivery.sendgrid import SendGridProvider
from service.delivery.smtp import SmtpProvider, SmtpServer
from service.storage.database import Database
from service.usecases.dispatch import silent
from service.usecases.release_held import release
from tests.support import fake_sendgrid as fakes
from tests.support.cast import Cast, outbox_provider
from tests.support.clock import Clock
from tests.support.fake_sendgrid import FakeSendGrid
from tests.support.schedules.draw import HOUR, Hand, Round, Schedule, When
from tests.support.schedules.judge import (
    CALM,
    Evidence,
    Got,
    Ledger,
    Run,
    doubts,
    judge,
    of_outbox,
    of_sendgrid,
    of_smtp,
)
from tests.support.schedules.outside import Doorway, Readers, Webhook
from tests.support.schedules.worker import BROKEN, FAILED, Place, fork, jobs
from tests.support.schedules.world import World
from tests.support.smtp_peer import SmtpPeer

MOST_PASSES = 80
ACTIVE, ENDED = 1, (3, 4)
DAY_AND_HOUR = 25 * HOUR
DOUBTED_FOR = (601, DAY_AND_HOUR + 1, DAY_AND_HOUR + 600, 27 * HOUR)  # after the lease, something may become of a doubt
IMPATIENT = frozenset({"hangs", "taken-hangs", "taken-drips", "hang"})


class Violated(AssertionError):
    """A promise that was not kept, with the schedule that broke it."""


@dataclass
class Stage:
    schedule: Schedule
    world: World
    play: Cast
    url: str
    clock: Clock
    folder: Path
    sendgrid: FakeSendGrid
    elsewhere: FakeSendGrid
    relay: SmtpPeer
    runs: list[Run] = field(default_factory=list)
    doubted: set[int] = field(default_factory=set)
    ledger: Ledger = field(default_factory=Ledger)

    def __post_init__(self) -> None:
        self.doorway = Doorway()
        self.webhook = Webhook(self.schedule, self.world, self.sendgrid, self.clock)
        self.readers = Readers(self.world, self.play, self.sendgrid)
        self.sendgrid.when_taken = self.doorway.through(self.webhook.hear)
        self.healthy = self.provider(CALM, self.play.db)

    # ── a round of faults ───────────────────────────────────────────────────────────────────────────────────────────
    def suffer(self, round_: Round) -> None:
        self.webhook.deliver()
        self.plan(round_)
        for guest, when in round_.leaves:
            if when == "before":
                self.readers.leave(guest)
        with self.doorway.empty():
            self.play.db.dispose()  # no connection is open while a process is forked
            pids = [fork(self.place(run, self.patience(round_)), hand) for run, hand in self.begin(round_)]
        runs = self.runs[-len(pids) :]
        reading = self.on_read(round_, dict(zip((run.key for run in runs), pids, strict=True)))
        self.sendgrid.when_read = self.doorway.through(reading)
        leaving = self.leaving(round_)
        self.kill_in_time(round_, pids)
        for run, pid in zip(runs, pids, strict=True):
            self.bury(run, pid)
        leaving.join(60)
        self.sendgrid.when_read = None
        self.sendgrid.forget_plan()

    def plan(self, round_: Round) -> None:
        if self.schedule.kind == "smtp":
            self.relay.after_data.clear()
            self.relay.after_data.extend(round_.answers)
            return
        away = f"{self.elsewhere.url}/v3/mail/send"
        said: dict[str, fakes.Answer] = {
            "302": fakes.redirected(away),
            "429": fakes.status(429, X_RateLimit_Reset=str(self.clock() + 600)),
            "500": fakes.status(500),
            "502": fakes.page(502),
            "hangs": fakes.hangs,
            "reset": fakes.reset,
            "taken-reset": fakes.accepted_then_reset,
            "taken-truncated": fakes.accepted_then_truncated,
            "taken-drips": fakes.accepted_then_drips,
            "taken-500": fakes.taken_but(fakes.status(500)),
            "taken-302": fakes.taken_but(fakes.redirected(away)),
            "taken-hangs": fakes.taken_but(fakes.hangs),
        }
        self.sendgrid.answers(*(said[name] for name in round_.answers))

    def begin(self, round_: Round) -> Iterator[tuple[Run, Hand]]:
        for hand in round_.hands:
            run = Run(f"SG.worker-{len(self.runs) + 1}", self.sendgrid.moment())
            self.runs.append(run)
            yield run, hand

    def patience(self, round_: Round) -> tuple[float, float]:
        """Seconds for each wait and for a request; where nobody is meant to be silent they are long, for a busy machine
        makes nobody lose an answer."""
        return (0.4, 0.6) if IMPATIENT.intersection(round_.answers) else (20.0, 40.0)

    def place(self, run: Run, patience: tuple[float, float]) -> Place:
        return Place(
            url=self.url,
            kit=self.play.kit,
            provider=lambda db: self.provider(run.key, db, patience),
            told=self.folder / f"{run.key}.txt",
            restart=self.world.restart,
        )

    def provider(self, key: str, db: Database, patience: tuple[float, float] = (20.0, 40.0)) -> Provider:
        if self.schedule.kind == "outbox":
            return outbox_provider(db)
        if self.schedule.kind == "smtp":
            return SmtpProvider(SmtpServer("127.0.0.1", self.relay.port, timeout=patience[0]))
        return SendGridProvider(key, self.sendgrid.url, timeout=patience[0], deadline=patience[1])

    def on_read(self, round_: Round, pids: dict[str, int]) -> Callable[[fakes.Request], None]:
        waiting = {key: hand.kill.nth for key, hand in zip(pids, round_.hands, strict=True) if _is(hand, "read")}
        leaves = [guest for guest, when in round_.leaves if when == "on-read"]

        def read(request: fakes.Request) -> None:
            if leaves:
                self.readers.leave(leaves.pop())
            if request.key in waiting:
                waiting[request.key] -= 1
                if waiting[request.key] == 0:
                    os.kill(pids[request.key], signal.SIGKILL)

        return read

    def leaving(self, round_: Round) -> threading.Thread:
        def leave() -> None:
            for guest, when in round_.leaves:
                if when == "during":
                    self.readers.leave(guest)

        thread = threading.Thread(target=leave)
        thread.start()
        return thread

    def kill_in_time(self, round_: Round, pids: list[int]) -> None:
        for hand, pid in zip(round_.hands, pids, strict=True):
            if _is(hand, "ms"):
                time.sleep(hand.kill.nth / 1000)  # type: ignore[union-attr]
                os.kill(pid, signal.SIGKILL)  # not waited for yet, so that the pid is still its own

    def bury(self, run: Run, pid: int) -> None:
        _, status = os.waitpid(pid, 0)
        if os.WIFSIGNALED(status):
            run.ended = "killed"
            return
        code = os.waitstatus_to_exitcode(status)
        if code == BROKEN:
            told = self.folder / f"{run.key}.txt"
            raise Violated(f"a worker tripped over something else:\n{told.read_text() if told.exists() else code}")
        run.ended = "failed by its database" if code == FAILED else "fine"

    def end(self) -> None:
        """Nobody comes in any more, and whoever was in has left."""
        self.sendgrid.when_taken = self.sendgrid.when_read = None
        with self.doorway.empty():
            pass

    # ── calm ────────────────────────────────────────────────────────────────────────────────────────────────────────
    def calm(self) -> None:
        """One pass of a healthy worker, in this process."""
        self.runs.append(Run(CALM, self.sendgrid.moment()))
        if not jobs(self.play.kit, self.healthy, 500, silent):
            raise Violated("a healthy worker failed")

    def after(self) -> None:
        self.doubted |= doubts(self.play.rows("message"))
        self.webhook.deliver()

    def come_to(self, round_: Round) -> None:
        """Calm until the round's hour."""
        for _ in range(MOST_PASSES):
            if not self.step() or round_.when == "next" or any(self.is_time(round_.when)):
                return
            self.calm()
            self.after()

    def is_time(self, when: When) -> Iterator[bool]:
        now = self.clock()
        if when == "due":
            for row in self.play.rows("enrollment", campaign_id=self.play.campaigns["pair"]):
                yield row["state"] == ACTIVE and row["due_at"] <= now
            return
        rests = 601 if self.schedule.kind == "smtp" else DAY_AND_HOUR
        for row in self.play.rows("message"):
            lease = row["lease_until"] or row["created_at"]
            yield row["state"] == "in_doubt" and row["tries"] == 1 and lease + rests <= now
            yield row["state"] == "planned" and row["reason"] != "overdue" and row["due_at"] <= now

    def step(self) -> bool:
        """On to the next instant at which something is due; False when there is none."""
        alone = self.left_alone_until()
        instants = [max(at, alone) if at <= self.clock.at else at for at in self.instants()]
        if instants:
            self.clock.at = max(min(instants), self.clock.at + 1)
        return bool(instants)

    def left_alone_until(self) -> int:
        """When the provider is tried again: until then what is due stays where it is."""
        return max(
            (max(row["until"], row["probe_until"] or 0) for row in self.play.rows("breaker", state="open")), default=0
        )

    def instants(self) -> Iterator[int]:
        for row in self.play.rows("enrollment", campaign_id=self.play.campaigns["pair"]):
            if row["state"] == ACTIVE:
                yield row["due_at"]
        for row in self.play.rows("message"):
            yield from self.waits(row)
        reported = self.webhook.next_at()
        if reported is not None:
            yield reported

    def waits(self, row: dict[str, object]) -> Iterator[int]:
        lease, due = row["lease_until"] or row["created_at"], row["due_at"]
        assert isinstance(lease, int)
        assert isinstance(due, int)
        if row["state"] == "planned" and row["reason"] != "overdue":
            yield due
        if row["state"] == "in_flight":
            yield lease + 1
        if row["state"] == "in_doubt" and row["tries"] == 1:
            chances = (lease + later for later in DOUBTED_FOR)
            yield from [at for at in chances if at > self.clock()][:1]

    def let_go(self) -> bool:
        """A person sends what waits for one; False when nothing does."""
        went = release(self.play.kit, self.play.clinic, "send", self.play.dana)
        self.ledger.counts["let go"] += went
        return went > 0


def _is(hand: Hand, point: str) -> bool:
    return hand.kill is not None and hand.kill.name == point


def play(schedule: Schedule, world: World, folder: Path) -> Ledger:
    """Raises Violated, with the schedule and how to play it again."""
    with _stage(schedule, world, folder) as stage:
        try:
            return _play(stage)
        except Violated as fault:
            again = f"pytest tests/faults --schedules 1 --seed {schedule.seed} -k {world.dialect}"
            raise Violated(f"{fault}\n{schedule}\nagain: {again}") from fault


@contextmanager
def _stage(schedule: Schedule, world: World, folder: Path) -> Iterator[Stage]:
    with world.fresh(schedule.kind) as (play, url, clock):
        refused = {f"guest{number}@example.org" for number in schedule.refused}
        with (
            FakeSendGrid(refused=refused, log=schedule.log, clock=clock) as sendgrid,
            FakeSendGrid() as elsewhere,
            SmtpPeer() as relay,
        ):
            stage = Stage(schedule, world, play, url, clock, folder, sendgrid, elsewhere, relay)
            yield stage
            stage.healthy.close()
            stage.end()


def _play(stage: Stage) -> Ledger:
    schedule, play = stage.schedule, stage.play
    for guest in stage.world.guests[: schedule.people]:
        play.signs_up(guest, "by-hand")
    for round_ in schedule.rounds:
        stage.come_to(round_)
        stage.suffer(round_)
        stage.after()
    for _ in range(MOST_PASSES):
        if not stage.step() and not stage.let_go():
            return _verdict(stage)
        stage.calm()
        stage.after()
    raise Violated(f"it never comes to rest: {sorted(row['state'] for row in play.rows('message'))}")


def _got(stage: Stage) -> list[Got]:
    match stage.schedule.kind:
        case "sendgrid":
            return of_sendgrid(stage.sendgrid)
        case "smtp":
            return of_smtp(stage.relay)
    return of_outbox(stage.play.rows("outbox"))


def _verdict(stage: Stage) -> Ledger:
    ledger, rows = stage.ledger, stage.play.rows("message")
    given = Evidence(
        schedule=stage.schedule,
        got=_got(stage),
        rows=rows,
        emails={row["id"]: row["email"] for row in stage.play.rows("lead")},
        runs=stage.runs,
        tells=stage.webhook.tells,
        left=stage.readers.left,
    )
    wrong = judge(given, ledger)
    wrong += [f"a request went to another host: {request.path}" for request in stage.elsewhere.seen]
    wrong += [
        f"{row['step']} of {given.emails[row['lead_id']]} never ended"
        for row in stage.play.rows("enrollment", campaign_id=stage.play.campaigns["pair"])
        if row["state"] not in ENDED
    ]
    if wrong:
        raise Violated("\n".join(wrong))
    count = ledger.counts
    workers = [run for run in stage.runs if run.key != CALM]
    count.update(
        {
            "schedules": 1,
            "workers": len(workers),
            "killed": sum(run.ended == "killed" for run in workers),
            "failed": sum(run.ended.startswith("failed") for run in workers),
            "answers lost": sum(one.lost for one in given.got) if stage.schedule.kind == "sendgrid" else 0,
            "doubts": len(stage.doubted),
            "told": len(stage.webhook.told),
            "posts": stage.webhook.posts,
        }
    )
    ledger.themes[stage.schedule.theme] += 1
    return ledger
