"""Every job and its cadence, on one screen."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass

from service.domain.timing import HOUR
from service.usecases.advance import advance
from service.usecases.call_hooks import call_hooks
from service.usecases.chain_receipts import chain_receipts
from service.usecases.check_brakes import check_brakes
from service.usecases.find_work import shards_due, shards_planned
from service.usecases.forget_old import forget_old
from service.usecases.hold_restored import settle_restored
from service.usecases.imports.carry_imports import carry_imports
from service.usecases.kit import Kit
from service.usecases.letters.send_letters import send_letters
from service.usecases.lift_stops import lift_stops
from service.usecases.look_up_senders import look_up_senders
from service.usecases.move_runs import move_runs
from service.usecases.poll_mailbox import poll_mailbox
from service.usecases.read_post import read_waiting_posts
from service.usecases.record_events import apply_waiting_events
from service.usecases.recount import recount_outdated
from service.usecases.resend import resend_planned
from service.usecases.score_leads import score_leads
from service.usecases.send_staff_mails import send_staff_mails
from service.usecases.settle import settle
from service.usecases.tell_staff import tell_staff
from service.usecases.watch_dates import watch_dates
from service.usecases.watch_segments import watch_segments


@dataclass(frozen=True, slots=True)
class Job:
    """`every` in seconds. `run` is safe to run twice and to be killed anywhere; its result is counted, never named.
    `in_batches`: it takes `go_on` as well, and asks before each batch. `shards`: it can be done a shard of leads at a
    time, by several workers, each given its `shard`; tells which shards have work now."""

    name: str
    every: int
    run: Callable[..., object]
    in_batches: bool = False
    shards: Callable[[Kit], Set[int]] | None = None


JOBS = (
    Job("advance", 2, advance, in_batches=True, shards=shards_due),
    Job("resend", 5, resend_planned, in_batches=True, shards=shards_planned),
    Job("letters", 5, lambda kit, _provider, **go_on: send_letters(kit, **go_on), in_batches=True),
    Job("move-runs", 5, lambda kit, _provider, **go_on: move_runs(kit, **go_on), in_batches=True),
    Job("imports", 2, lambda kit, _provider, **go_on: carry_imports(kit, **go_on), in_batches=True),
    Job("read-posts", 10, lambda kit, _provider: read_waiting_posts(kit)),
    Job("read-mailbox", 60, lambda kit, _provider: poll_mailbox(kit)),
    Job("apply-events", 15, lambda kit, _provider: apply_waiting_events(kit)),
    Job("settle", 30, settle),
    Job("look-up", 30, lambda kit, _provider: look_up_senders(kit)),
    Job("brakes", 60, lambda kit, _provider: check_brakes(kit)),
    Job("settle-restored", 60, settle_restored),
    Job("lift-stops", 10, lift_stops),
    Job("call-hooks", 10, lambda kit, _provider, **go_on: call_hooks(kit, **go_on), in_batches=True),
    Job("tell-staff", 20, tell_staff),
    Job("staff-mails", 5, send_staff_mails),
    Job("receipts", 20, lambda kit, _provider, **go_on: chain_receipts(kit, **go_on), in_batches=True),
    Job("score", 30, lambda kit, _provider: score_leads(kit)),
    Job("watch-dates", 60, lambda kit, _provider, **go_on: watch_dates(kit, **go_on), in_batches=True),
    Job("watch-segments", 60, lambda kit, _provider: watch_segments(kit)),
    Job("recount", 60, lambda kit, _provider, **go_on: recount_outdated(kit, **go_on), in_batches=True),
    Job("forget", HOUR, lambda kit, _provider: forget_old(kit)),  # a worker started anew each day gets to it as well
)
BEAT_EVERY = 10
