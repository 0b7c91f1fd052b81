"""Complaints and bounces beside the limits of those who receive mail: pure numbers, and what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.domain.brake_words import percent
from service.domain.sender import Check

ASKED, NEVER = 0.1, 0.3  # % of mails called spam: below the one, and never at the other (Gmail, Yahoo)
MOST_BOUNCED = 2.0  # %; a list that people signed up to stays below
WEEK = 7
FEW = 100  # mails below which a share says nothing


@dataclass(frozen=True, slots=True)
class Point:
    """A day's complaints of the seven days up to it, in %, as a bar `y` and `height` in a picture 160 units high."""

    rate: float
    y: float
    height: float


def weekly(mails: Sequence[int], complaints: Sequence[int]) -> list[float]:
    """The share of the seven days up to each day, in %; one day's alone jumps with every single complaint."""
    rates = []
    for at in range(len(mails)):
        since = max(0, at - WEEK + 1)
        whole = sum(mails[since : at + 1])
        rates.append(100 * sum(complaints[since : at + 1]) / whole if whole else 0.0)
    return rates


def top(rates: Sequence[float]) -> float:
    """The upper edge of the picture, in %: both limits are in it."""
    return max(0.4, *(rate * 1.1 for rate in rates)) if rates else 0.4


def points(rates: Sequence[float], of: int = 160) -> list[Point]:
    edge = top(rates)
    found = []
    for rate in rates:
        height = max(1.0, round(rate / edge * of, 1)) if rate else 0.0
        found.append(Point(rate, round(of - height, 1), height))
    return found


def line_at(limit: float, rates: Sequence[float], of: int = 160) -> float:
    """Where a limit lies in that picture."""
    return round(of - limit / top(rates) * of, 1)


def finding(accepted: int, complained: int, bounced: int) -> list[Check]:
    """What the figures of 30 days say."""
    told = f"{complained:,} of {accepted:,} mails of 30 days were called spam ({percent(complained, accepted)})"
    ended = f"{bounced:,} of {accepted:,} came to addresses that do not exist ({percent(bounced, accepted)})"
    few = accepted < FEW
    return [_complaints(accepted, complained, told, few), _bounces(accepted, bounced, ended, few)]


def _complaints(accepted: int, complained: int, told: str, few: bool) -> Check:
    if few:
        return Check("complaints", "note", told, "Too few mails for a share to say anything.")
    if complained * 1000 >= 3 * accepted:
        mend = "Gmail and Yahoo refuse mail of such senders. Look at who signed up where, and let fewer mails go."
        return Check("complaints", "mend", f"{told}; 0.3 % is the end of the line", mend)
    if complained * 1000 >= accepted:
        mend = "Above 0.1 % mail begins to land in spam. Look at the mails that were complained about."
        return Check("complaints", "note", f"{told}; Gmail asks for less than 0.1 %", mend)
    return Check("complaints", "well", f"{told}; Gmail asks for less than 0.1 %")


def _bounces(accepted: int, bounced: int, told: str, few: bool) -> Check:
    if few:
        return Check("bounces", "note", told, "Too few mails for a share to say anything.")
    if bounced * 100 >= MOST_BOUNCED * accepted:
        return Check("bounces", "mend", told, "Let the form confirm addresses, and bring in no old lists.")
    return Check("bounces", "well", told)
