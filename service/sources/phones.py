"""Phone numbers: one spelling for each, and the time zone that a number's area tells."""

from __future__ import annotations

from dataclasses import dataclass

import phonenumbers
from phonenumbers.timezone import time_zones_for_geographical_number

REGION = "US"


@dataclass(frozen=True, slots=True)
class Phone:
    """`number` in E.164; `zone` only when the area has exactly one."""

    number: str
    zone: str | None


def read_phone(text: str | None, region: str = REGION) -> Phone | None:
    """None for what is no phone number."""
    try:
        number = phonenumbers.parse(text or "", region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    zones = [zone for zone in time_zones_for_geographical_number(number) if "/" in zone and not zone.startswith("Etc/")]
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Phone(written, zones[0] if len(zones) == 1 else None)
