"""One pass of all that the clock drives, in the order in which one thing leads to the next: for the command line, and
for each instant of a demo's clock that is moved on."""

from __future__ import annotations

from service.delivery.provider import Provider
from service.usecases.advance import advance
from service.usecases.dispatch import Tally
from service.usecases.kit import Kit
from service.usecases.letters.send_letters import send_letters
from service.usecases.move_runs import move_runs
from service.usecases.resend import resend_planned
from service.usecases.score_leads import score_leads
from service.usecases.settle import settle
from service.usecases.watch_dates import watch_dates
from service.usecases.watch_segments import watch_segments


def pass_once(kit: Kit, provider: Provider) -> Tally:
    """Deeds, dates, segments and letters lead in; then what is due goes out, and what was in doubt or put off is taken
    up."""
    move_runs(kit)
    score_leads(kit)
    watch_dates(kit)
    watch_segments(kit)
    send_letters(kit)
    tally = advance(kit, provider)
    settle(kit, provider)
    tally.add(resend_planned(kit, provider))
    return tally
