"""The hours in which a campaign's mails may leave."""

from __future__ import annotations

from service.content.span_table import delay_of, time_of, weekdays_of
from service.content.yaml_table import Table
from service.domain.timing import Window

WINDOW_KEYS = ("days", "from", "to", "zone", "holidays", "jitter")
ZONES, HOLIDAYS = ("lead", "clinic"), ("skip", "send")
_NEEDED = 'write a time, such as "09:00"'
LONGEST_JITTER = 4 * 60


def window_of(campaign: Table) -> Window:
    row = campaign.table("window", "window")
    if row is None:
        return Window()
    row.only(WINDOW_KEYS)
    end = 24 * 60
    opens, closes = (time_of(row, key, _NEEDED, last=end, quarters=True) for key in ("from", "to"))
    if opens is not None and closes is not None and opens >= closes:
        row.wrong("to", "a window that closes before it opens", "let to: be later than from:, on the same day")
    days = weekdays_of(row, "days", "list the days, such as [mon, tue, wed]")
    zone, holidays = row.one_of("zone", ZONES), row.one_of("holidays", HOLIDAYS)
    return Window(
        days=days,
        opens=opens or 0,
        closes=closes or 0,
        zone="clinic" if zone == "clinic" else "lead",
        holidays=holidays == "send",
        jitter=_jitter(row, (closes or 0) - (opens or 0)),
    )


def _jitter(row: Table, length: int) -> int:
    spread = delay_of(row, "jitter")
    most = min(LONGEST_JITTER, max(length, 1))
    if spread.days or spread.minutes > most:
        row.wrong(
            "jitter", f"'jitter' is {row.text('jitter')!r}", f"spread over at most {most}m, the window's length or 4h"
        )
    return spread.minutes
