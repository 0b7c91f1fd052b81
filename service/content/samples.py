"""People, a clinic and slots that stand for all that a mail may meet; used by the linter and the previews."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.content.shared import Shared

TOKEN = "A" * 22
BASE_URL = "https://meridian.example"
_SLOTS = (
    {"day": "Wednesday, November 25", "time": "10:30 am", "starts": 1_795_624_200},
    {"day": "Wednesday, November 25", "time": "2:00 pm", "starts": 1_795_636_800},
    {"day": "Monday, November 30", "time": "9:00 am", "starts": 1_796_050_800},
)


def shared(slots: bool = True, face: bool = True) -> Shared:
    return Shared(
        clinic={
            "name": "Sun & Moon Acupuncture",
            "address": "100 Example Street, Minnetonka, MN 55305",
            "city": "Minnetonka",
            "phone": "(952) 555-0100",
            "website": "https://sun.example",
            "zone_words": "Minnetonka (Central) time",
            "mark_url": f"{BASE_URL}/static/mark.png",
            "accent": "#0f5c56",
        },
        practitioner={
            "name": "Hannah Lindqvist",
            "title": "Licensed acupuncturist",
            "face_url": f"{BASE_URL}/static/mark.png" if face else None,
        },
        visit={"minutes": 60, "name": "First visit"},
        slots=_SLOTS if slots else (),
    )


def person(
    name: str | None = "Maximiliane", *, clicked: bool = False, moved: bool = False, by: str = "you"
) -> dict[str, dict[str, Any]]:
    return {
        "lead": {"first_name": name, "locale": "en", "clicked_book": clicked},
        "consent": {"date": "November 22, 2026", "wording": "Yes, send me the emails. I can stop them at any time."},
        "appointment": {
            "day": "Wednesday, September 30",
            "time": "10:30 am",
            "ends": "11:30 am",
            "practitioner": "Hannah Lindqvist",
            "minutes": 60,
            "zone_words": "Minnetonka (Central) time",
            "moved": moved,
            "cancelled_by": by,
        },
    }


def people() -> Iterator[dict[str, dict[str, Any]]]:
    """Named and unnamed, moved and not, cancelled by either side."""
    yield person()
    yield person(None)
    yield person(clicked=True, moved=True, by="us")
    yield person(None, clicked=True, moved=True, by="us")
