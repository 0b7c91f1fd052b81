"""The clock from sign-up to the first call: how long it ran or runs, and whether that is within the clinic's aim."""

from __future__ import annotations

from dataclasses import dataclass

from service.domain import words
from service.domain.charts import FEW
from service.domain.timing import DAY

WAITS_FOR = 7 * DAY  # so long somebody new is waited for; later a call is no answer to the sign-up any more


@dataclass(frozen=True, slots=True)
class CallClock:
    """`took`: seconds until the call, or until now. `late`: longer than the aim."""

    took: int
    called: bool
    late: bool

    @property
    def said(self) -> str:
        """first called after 2 h 10 min; waiting 2 h 10 min for a first call"""
        span = words.span(self.took)
        return f"first called after {span}" if self.called else f"waiting {span} for a first call"


def call_clock(signed_up_at: int, called_at: int | None, aim: int, now: int) -> CallClock:
    """A call before the sign-up, which a merge may have brought, was at once."""
    took = max(0, (now if called_at is None else called_at) - signed_up_at)
    return CallClock(took, called_at is not None, took > aim)


def median_words(median: int | None, called: int, within: int, aim: int) -> str:
    """Half of the 84 called were called within 2 h 10 min, 34 % within 1 h"""
    if median is None or not called:
        return "Nobody was called yet of those who signed up in these days"
    if called < FEW // 3:
        each = "was" if called == 1 else "were"
        return f"{words.people(called)} {each} called, too few for a middle: {within} within {words.span(aim)}"
    share = f"{round(100 * within / called)} %" if called >= FEW else f"{within} of {called}"
    return f"Half of the {called:,} called were called within {words.span(median)}, {share} within {words.span(aim)}"
