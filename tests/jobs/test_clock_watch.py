"""A clock that is set back holds nothing up."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from apscheduler.schedulers.background import BackgroundScheduler

from service.jobs.clock_watch import ClockWatch, begin_anew
from tests.support.clock import NOW

FAR = datetime(2100, 1, 1, tzinfo=UTC)


class Clocks:
    def __init__(self) -> None:
        self.wall, self.since_boot = NOW, 0.0

    def watch(self) -> ClockWatch:
        return ClockWatch(lambda: self.wall, lambda: self.since_boot)

    def go_on(self, wall: int, since_boot: float) -> None:
        self.wall += wall
        self.since_boot += since_boot


def test_time_that_passes_and_a_clock_that_is_kept_true_are_no_jump() -> None:
    clocks = Clocks()
    watch = clocks.watch()
    for wall, since_boot in ((60, 60.0), (1, 1.9), (0, 3.0)):
        clocks.go_on(wall, since_boot)
        assert not watch.set_back()


def test_a_clock_that_is_set_back_is_noticed_once() -> None:
    clocks = Clocks()
    watch = clocks.watch()
    clocks.go_on(-3_600, 1.0)
    assert watch.set_back()
    clocks.go_on(1, 1.0)
    assert not watch.set_back()


def test_a_clock_that_is_set_forward_makes_all_due_by_itself() -> None:
    clocks = Clocks()
    watch = clocks.watch()
    clocks.go_on(3_600, 1.0)
    assert not watch.set_back()


def test_what_was_planned_by_the_later_clock_runs_at_once() -> None:
    """APScheduler alone would wait until that hour comes again."""
    ran = threading.Event()
    scheduler = BackgroundScheduler(timezone="UTC", job_defaults={"misfire_grace_time": None})
    scheduler.add_job(ran.set, "interval", seconds=86_400, next_run_time=FAR)
    scheduler.start()
    begin_anew(scheduler, 1_700_000_000)
    assert ran.wait(20)
    scheduler.shutdown()
