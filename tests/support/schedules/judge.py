"""What was promised, held against what the far end took on and what our rows say once nothing is left to do."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.support.fake_sendgrid import FakeSendGrid
from tests.support.schedules.draw import Schedule
from tests.support.schedules.outside import Left
from tests.support.schedules.world import MAILS
from tests.support.smtp_peer import SmtpPeer

CALM = "SG.calm"


@dataclass
class Run:
    """A worker of a round. `began`: a moment of the far end. `ended`: fine, failed (by its database) or killed."""

    key: str
    began: int
    ended: str = "fine"


@dataclass(frozen=True)
class Got:
    """A mail that the far end took on. `lost`: it knows that its answer did not arrive."""

    moment: int
    key: str
    email: str
    subject: str
    words: str
    lost: bool
    name: str  # the ref, or over SMTP the Message-ID
    request: str = ""


@dataclass
class Ledger:
    """Counts of one schedule, or of many added up."""

    counts: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    allowed: Counter[str] = field(default_factory=Counter)
    themes: Counter[str] = field(default_factory=Counter)

    def add(self, other: Ledger) -> None:
        for name in self.__dataclass_fields__:
            getattr(self, name).update(getattr(other, name))

    def as_dict(self) -> dict[str, dict[str, int]]:
        return {name: dict(getattr(self, name)) for name in self.__dataclass_fields__}

    @classmethod
    def from_dict(cls, found: dict[str, dict[str, int]]) -> Ledger:
        return cls(**{name: Counter(counts) for name, counts in found.items()})

    def lines(self) -> list[str]:
        count = self.counts
        rows = ", ".join(f"{state} {number}" for state, number in sorted(self.rows.items()))
        settled = count["doubts"] - count["repeated"] - count["left"]
        workers = f"{count['workers']} workers ({count['killed']} killed, {count['failed']} failed by their database)"
        taken = f"mails accepted by the far end {count['taken']}, due {count['expected']}"
        people = f"left to a person {count['left']}, let go by a person {count['let go']}"
        asked = f"unsubscribed in between {count['unsubscribed']}, mailed after: {count['mailed after']}"
        found = [
            f"{count['schedules']} schedules, {workers}",
            f"{taken}; our rows: {rows}",
            f"lost {count['lost']}, repeated {count['repeated']}, {people}",
            f"answers lost {count['answers lost']}; in doubt {count['doubts']}, settled without a repeat {settled}",
            f"{asked} (on the wire at that moment {count['on the wire']})",
            f"reports on {count['told']} mails, in {count['posts']} posts",
        ]
        found += [f"  repeat allowed: {number} × {why}" for why, number in sorted(self.allowed.items())]
        return found


@dataclass
class Evidence:
    schedule: Schedule
    got: list[Got]
    rows: list[dict[str, Any]]
    emails: dict[int, str]
    runs: list[Run]
    tells: set[tuple[str, str]]
    left: dict[str, Left]

    def run_of(self, got: Got) -> Run:
        """The worker that handed it over. All calm passes share a key: it was the last that had begun."""
        return [run for run in self.runs if run.key == got.key and run.began < got.moment][-1]

    @property
    def by_name(self) -> dict[tuple[str, str], list[Got]]:
        found: dict[tuple[str, str], list[Got]] = defaultdict(list)
        for one in sorted(self.got, key=lambda one: one.moment):
            found[one.email, one.subject].append(one)
        return found


def of_sendgrid(fake: FakeSendGrid) -> list[Got]:
    return [
        Got(
            moment=taken.number,
            key=taken.request.key,
            email=mail.to,
            subject=mail.subject,
            words=mail.text + mail.html,
            lost=taken.lost,
            name=mail.ref,
            request=taken.name,
        )
        for taken in list(fake.taken)
        for mail in taken.request.mails()
    ]


def of_smtp(peer: SmtpPeer) -> list[Got]:
    """The relay knows neither who came nor what became of its answer."""
    return [
        Got(number, "", got.to[0], str(got.mail["Subject"]), "", True, str(got.mail["Message-ID"]))
        for number, got in enumerate(list(peer.received))
    ]


def of_outbox(rows: Sequence[dict[str, Any]]) -> list[Got]:
    """The demo's mailbox lies in the database, and tells by itself what it has."""
    return [
        Got(number, "", row["to_email"], row["subject"], row["text"] + row["html"], False, row["ref"])
        for number, row in enumerate(rows)
    ]


def judge(given: Evidence, ledger: Ledger) -> list[str]:
    """The violations, in words; the ledger is filled in."""
    guests = {f"guest{number}@example.org" for number in range(given.schedule.people)}
    refused = {f"guest{number}@example.org" for number in given.schedule.refused}
    ledger.counts["taken"] += len(given.got)
    ledger.rows.update(row["state"] for row in given.rows)
    return [
        *_strangers(given, guests),
        *_lost(given, guests - refused, ledger),
        *_rows_that_lie(given, refused),
        *_repeats(given, ledger),
        *_after_leaving(given, ledger),
    ]


def _strangers(given: Evidence, guests: set[str]) -> Iterable[str]:
    wanted = {f"A word: {mail}" for mail in MAILS}
    for one in given.got:
        if one.email not in guests or one.subject not in wanted:
            yield f"a mail that nobody was due: {one.subject} to {one.email}"


def _lost(given: Evidence, guests: set[str], ledger: Ledger) -> Iterable[str]:
    has = set(given.by_name)
    for row in given.rows:
        if row["state"] == "in_doubt":
            ledger.counts["left"] += 1
            has.add((given.emails[row["lead_id"]], f"A word: {row['mail']}"))
    rejected = {
        (given.emails[row["lead_id"]], f"A word: {row['mail']}") for row in given.rows if row["state"] == "rejected"
    }
    for email in sorted(guests):
        for mail in MAILS:
            ledger.counts["expected"] += email not in given.left
            what = (email, f"A word: {mail}")
            if what not in has | rejected and email not in given.left:
                ledger.counts["lost"] += 1
                yield f"lost: {mail} to {email}"


def _rows_that_lie(given: Evidence, refused: set[str]) -> Iterable[str]:
    taken = set(given.by_name)
    for row in given.rows:
        email = given.emails[row["lead_id"]]
        out = (email, f"A word: {row['mail']}") in taken
        told = f"{row['mail']} to {email} is {row['state']} ({row['reason']})"
        if row["state"] == "accepted" and not out:
            yield f"{told}, and the far end never took it"
        if row["state"] in ("rejected", "dropped") and out and row["tries"] == 1 and email not in given.left:
            yield f"{told}, and the far end took it"
        if row["state"] == "rejected" and given.schedule.kind == "sendgrid" and email not in refused:
            yield f"{told}, and nobody refused it"
        if row["state"] in ("planned", "in_flight"):
            yield f"{told}, and nothing is left to do"
        if row["state"] == "dropped" and email not in given.left | dict.fromkeys(refused):
            yield f"{told}, and they had not left"


def _repeats(given: Evidence, ledger: Ledger) -> Iterable[str]:
    for (email, subject), all_of_it in given.by_name.items():
        told = f"{subject} to {email}"
        if len(all_of_it) > 2:
            yield f"{told} went out {len(all_of_it)} times"
        if len({(one.name, _plain(one.words)) for one in all_of_it}) > 1:
            yield f"{told}: the twins differ"
        for first, second in pairwise(all_of_it):
            ledger.counts["repeated"] += 1
            why, fault = _why(given, first, second)
            ledger.allowed[why] += not fault
            if fault:
                yield f"{told} was repeated though {fault}"


def _why(given: Evidence, first: Got, second: Got) -> tuple[str, str | None]:
    """What allowed a repeat, and what forbade it."""
    if given.schedule.kind == "smtp":
        return "SMTP reports nothing: one more, under the same Message-ID", None
    if given.schedule.kind == "outbox":
        return "", "the outbox knows what it has"
    before = given.run_of(first)
    lost = "its answer was lost" if first.lost else f"its worker was {before.ended}" if before.ended != "fine" else None
    if lost is None:
        return "", "its answer had arrived"
    if (first.request, first.name) in given.tells:
        return "", "an event was to tell of it within the day"
    if given.schedule.log == "up":
        return "", "the log would have told"
    return f"{lost}; no event; the log is {given.schedule.log}", None


def _after_leaving(given: Evidence, ledger: Ledger) -> Iterable[str]:
    for left in given.left.values():
        ledger.counts["unsubscribed"] += 1
        flying = Counter(left.in_flight)
        for one in given.got:
            if one.email != left.email or one.moment < left.moment:
                continue
            if flying[one.name] and given.run_of(one).began < left.moment:
                flying[one.name] -= 1
                ledger.counts["on the wire"] += 1
            else:
                ledger.counts["mailed after"] += 1
                yield f"{one.subject} went to {one.email} after the 200 of the unsubscribe"


def _plain(words: str) -> str:
    return re.sub(r"\s+", " ", words)


def doubts(rows: Sequence[dict[str, Any]]) -> set[int]:
    """What nobody has in hand, and nobody knows of, the ended worker's included."""
    return {row["id"] for row in rows if row["state"] in ("in_doubt", "in_flight")}
