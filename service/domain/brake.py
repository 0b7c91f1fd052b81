"""The brake: when the mails of a clinic's series are stopped by themselves, and what a person is told of it.

Shares are compared in whole numbers, and each asks for a number of cases as well: a clinic of fifty mails a week must
not stand still for one bounce."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from service.domain.timing import DAY

Kind = Literal["complaints", "bounces", "failures", "volume", "by-hand"]

OVER = 7 * DAY  # complaints and bounces come in for days after a mail
USUAL_OVER = 28 * DAY
MOST_COMPLAINTS = (3, 1000)  # 0.3 %, from which on Gmail holds a sender for one of spam
COMPLAINTS = 3  # one angry reader, or two, are not a rate
MOST_BOUNCES = (5, 100)  # 5 %, from which on providers take a list for a bought one
BOUNCES, OF_MAILS = 5, 50
MOST_FAILURES = (20, 100)  # a fifth refused: the sender or the mails are at fault, not the readers
FAILURES, OF_TRIES = 10, 50
LOUD, TIMES_USUAL = 500, 5
USUAL_DAYS = 3  # days with mail before one can speak of a usual day


@dataclass(frozen=True, slots=True)
class Counts:
    """A clinic's mails since it was last let go, and no longer than the spans above. `bounced` and `complained` are
    of the `accepted`; `failed` was refused by the provider, of `tried`, in a day. `usual`: mails of a day on which
    it sent at all, None where that is not known yet; it is asked for only when a day is loud."""

    accepted: int = 0
    bounced: int = 0
    complained: int = 0
    tried: int = 0
    failed: int = 0
    day: int = 0
    usual: int | None = None


@dataclass(frozen=True, slots=True)
class Brake:
    """Why it is on: `part` of `whole` mails; of a volume, a day's mails beside those of a usual one."""

    kind: Kind
    part: int = 0
    whole: int = 0
    said: str = ""

    def kept(self) -> dict[str, int | str]:
        return {"kind": self.kind, "part": self.part, "whole": self.whole, "said": self.said}


_KINDS: dict[str, Kind] = {kind: kind for kind in ("complaints", "bounces", "failures", "volume", "by-hand")}


def from_kept(values: Mapping[str, object]) -> Brake:
    """What `kept` gave."""
    kind = _KINDS[str(values["kind"])]
    return Brake(kind, int(str(values["part"])), int(str(values["whole"])), str(values["said"]))


def judge(counts: Counts) -> Brake | None:
    """The gravest reason first; None: all is as it should be."""
    if counts.complained >= COMPLAINTS and _reaches(counts.complained, counts.accepted, MOST_COMPLAINTS):
        return Brake("complaints", counts.complained, counts.accepted)
    bounced = counts.accepted >= OF_MAILS and counts.bounced >= BOUNCES
    if bounced and _reaches(counts.bounced, counts.accepted, MOST_BOUNCES):
        return Brake("bounces", counts.bounced, counts.accepted)
    failed = counts.tried >= OF_TRIES and counts.failed >= FAILURES
    if failed and _reaches(counts.failed, counts.tried, MOST_FAILURES):
        return Brake("failures", counts.failed, counts.tried)
    if counts.usual is not None and loud(counts) and counts.day > TIMES_USUAL * counts.usual:
        return Brake("volume", counts.day, counts.usual)
    return None


def loud(counts: Counts) -> bool:
    """Whether so much leaves in a day that its usual one must be asked for."""
    return counts.day > LOUD


def usual_day(days: Mapping[int, int]) -> int | None:
    """Mails of a usual day, from those of each day on which some left: a clinic that writes on Tuesdays alone has its
    Tuesdays for a measure, not a seventh of them. None: too few days to speak of a usual one."""
    sent = [mails for mails in days.values() if mails]
    return -(-sum(sent) // len(sent)) if len(sent) >= USUAL_DAYS else None


def _reaches(part: int, whole: int, share: tuple[int, int]) -> bool:
    return part * share[1] >= whole * share[0]
