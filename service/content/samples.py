"""People, a clinic and slots that stand for all that a mail may meet; used by the linter and the previews."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.content.shared import Shared

TOKEN = "A" * 22
BASE_URL = "https://meridian.example"
_ZONE = {"en": "Minnetonka (Central) time", "es": "Hora de Minnetonka (Centro)"}
_SLOTS = (
    {"day": "Wednesday, November 25", "time": "10:30 am", "starts": 1_795_624_200},
    {"day": "Wednesday, November 25", "time": "2:00 pm", "starts": 1_795_636_800},
    {"day": "Monday, November 30", "time": "9:00 am", "starts": 1_796_050_800},
)


_SPANISH_SLOTS = (
    {**_SLOTS[0], "day": "miércoles 25 de noviembre", "time": "10:30 a.m."},
    {**_SLOTS[1], "day": "miércoles 25 de noviembre", "time": "2:00 p.m."},
    {**_SLOTS[2], "day": "lunes 30 de noviembre", "time": "9:00 a.m."},
)


def shared(slots: bool = True, face: bool = True, of: str = "en") -> Shared:
    """`of`: the language of days and hours."""
    offered = _SPANISH_SLOTS if of == "es" else _SLOTS
    return Shared(
        clinic={
            "name": "Sun & Moon Acupuncture",
            "address": "100 Example Street, Minnetonka, MN 55305",
            "city": "Minnetonka",
            "phone": "(952) 555-0100",
            "website": "https://sun.example",
            "zone_words": _ZONE[of],
            "mark_url": f"{BASE_URL}/static/mark.png",
            "accent": "#0f5c56",
        },
        practitioner={
            "name": "Hannah Lindqvist",
            "title": "Licensed acupuncturist",
            "face_url": f"{BASE_URL}/static/mark.png" if face else None,
        },
        visit={"minutes": 60, "name": "First visit"},
        slots=offered if slots else (),
    )


def person(
    name: str | None = "Maximiliane", *, clicked: bool = False, moved: bool = False, by: str = "you", of: str = "en"
) -> dict[str, dict[str, Any]]:
    return {
        "lead": {"first_name": name, "locale": of, "clicked_book": clicked},
        "consent": {
            "date": "22 de noviembre de 2026" if of == "es" else "November 22, 2026",
            "wording": "Yes, send me the emails. I can stop them at any time.",
        },
        "appointment": {
            "day": "miércoles 30 de septiembre" if of == "es" else "Wednesday, September 30",
            "time": "10:30 a.m." if of == "es" else "10:30 am",
            "ends": "11:30 a.m." if of == "es" else "11:30 am",
            "practitioner": "Hannah Lindqvist",
            "minutes": 60,
            "zone_words": _ZONE[of],
            "moved": moved,
            "cancelled_by": by,
        },
    }


def people(of: str = "en") -> Iterator[dict[str, dict[str, Any]]]:
    """Named and unnamed, moved and not, cancelled by either side."""
    yield person(of=of)
    yield person(None, of=of)
    yield person(clicked=True, moved=True, by="us", of=of)
    yield person(None, clicked=True, moved=True, by="us", of=of)
