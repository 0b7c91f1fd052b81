"""A public holiday on which the clinic works all the same, or which it keeps again."""

from __future__ import annotations

from service.storage import audits, clinics
from service.storage.users import UserRow
from service.usecases.kit import Kit
from service.usecases.show_holidays import next_holidays


def work_on(kit: Kit, user: UserRow, holiday: str, *, works: bool) -> bool:
    """The holiday by its name, this year's and each later one's. False: the clinic's country has none of that name."""
    now = kit.clock()
    with kit.db.write() as conn:
        row = clinics.get(conn, user.clinic_id)
        if holiday not in {each.name for each in next_holidays(row, now)}:
            return False
        names = row.working_holidays - {holiday} | ({holiday} if works else set())
        if names != row.working_holidays:
            clinics.change(conn, row.id, {"works_on": "\n".join(sorted(names))})
            audits.record(conn, row.id, user.id, now, "holiday changed", holiday, {"works": works})
    return True
