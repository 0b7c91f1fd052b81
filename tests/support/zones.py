"""Zones and instants where wall clocks are at their oddest."""

from __future__ import annotations

from zoneinfo import available_timezones

from hypothesis import strategies as st

from service.domain.timing import DAY, parse_iso

ALL_ZONES = sorted(name for name in available_timezones() if name not in {"localtime", "Factory"})
ODD_ZONES = [
    "America/Chicago",
    "America/Havana",
    "America/Santiago",
    "America/St_Johns",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Europe/London",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
]
START, END = parse_iso("2026-01-01"), parse_iso("2027-01-01")
# Around these days of 2026 somewhere on earth the clocks change.
CHANGES = [
    parse_iso(day)
    for day in ("2026-02-15", "2026-03-08", "2026-03-29", "2026-04-05", "2026-09-06", "2026-09-27", "2026-10-04")
] + [parse_iso(day) for day in ("2026-10-25", "2026-11-01")]

zones = st.sampled_from(ODD_ZONES) | st.sampled_from(ALL_ZONES)
instants = st.integers(START, END) | st.builds(int.__add__, st.sampled_from(CHANGES), st.integers(-2 * DAY, 2 * DAY))
