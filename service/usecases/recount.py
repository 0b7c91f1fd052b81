"""Counting anew what somebody looks at and was counted some minutes ago."""

from __future__ import annotations

from collections.abc import Callable

from service.domain.timing import local_day
from service.storage import clinics
from service.storage.kept_numbers import Kept
from service.usecases import count_campaign, count_campaigns, count_funnel
from service.usecases.advance import always
from service.usecases.keep_numbers import Count, count_anew, outdated
from service.usecases.kit import Kit
from service.usecases.reports import count_report


def recount_outdated(kit: Kit, go_on: Callable[[], bool] = always) -> int:
    """Gives how many were counted. Two workers that do so at once find the same numbers."""
    done = 0
    for row in outdated(kit):
        if not go_on():
            break
        if (count := _counter(kit, row)) is not None:
            count_anew(kit, row.clinic_id, row.subject, count)
            done += 1
    return done


def _counter(kit: Kit, row: Kept) -> Count | None:
    kind, *parts = row.subject.split(":")
    if kind == count_campaigns.SUBJECT:
        return count_campaigns.counter(row.clinic_id, kit.clock())
    if kind == count_funnel.SUBJECT:
        return _funnel(kit, row.clinic_id, int(parts[0]))
    if kind == count_campaign.SUBJECT:
        campaign_id, version_id = map(int, parts)
        with kit.db.read() as conn:
            definition = kit.library.version(conn, version_id).definition
        return count_campaign.counter(row.clinic_id, campaign_id, definition)
    if kind == count_report.SUBJECT:
        return count_report.counter_of(kit, row)
    return None


def _funnel(kit: Kit, clinic_id: int, day: int) -> Count | None:
    """None for another day's: nobody looks at it any more."""
    now = kit.clock()
    with kit.db.read() as conn:
        clinic = clinics.get(conn, clinic_id)
    return count_funnel.counter(clinic, day, now) if local_day(now, clinic.zone) == day else None
