"""What each step of the set-up shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import request

from service.domain.hours_text import hours_text
from service.domain.set_up import Progress
from service.domain.timing import WEEKDAYS
from service.storage import clinics, inbox_list, practitioners, sources, staff
from service.usecases.check_way import records_of, way_of
from service.usecases.send_test import first_mail
from service.usecases.show_entries import show_entries
from service.web.admin.access import ZONES
from service.web.admin.desk import here
from service.web.admin.embed import embed_of
from service.web.admin.settings_staff import DAY_NAMES

CLINIC = ("name", "address", "city", "phone", "website", "zone")
SENDER = ("from_name", "from_email", "reply_to")
NEWEST = 3
Loader = Callable[[Progress, Mapping[str, str]], dict[str, Any]]


def loader(step: str) -> Loader:
    return _LOADERS[step]


def _of_clinic(names: tuple[str, ...], given: Mapping[str, str]) -> dict[str, str]:
    desk = here()
    with desk.kit.db.read() as conn:
        row = clinics.get(conn, desk.clinic.id)
    return {**{name: str(getattr(row, name)) for name in names}, **given}


def _clinic(_found: Progress, given: Mapping[str, str]) -> dict[str, Any]:
    return {"values": _of_clinic(CLINIC, given), "zones": ZONES}


def _sender(_found: Progress, given: Mapping[str, str]) -> dict[str, Any]:
    desk = here()
    records = records_of(desk.kit, desk.clinic)
    return {
        "values": _of_clinic(SENDER, given),
        "provider": desk.kit.mail,
        "relay": desk.kit.relay,
        "way": way_of(desk.kit, desk.clinic),
        "records": records,
        "wall": desk.kit.wall(),
    }


def _hours(_found: Progress, given: Mapping[str, str]) -> dict[str, Any]:
    desk = here()
    with desk.kit.db.read() as conn:
        signs = practitioners.signing(conn, desk.clinic.id)
        spans = staff.hours_of(conn, desk.clinic.id)
        types = practitioners.visit_types(conn, [desk.clinic.id])[desk.clinic.id]
    values = {"name": signs.name, "title": signs.title} if signs else {}
    if signs:
        values |= {name: hours_text(spans.get((signs.id, at), [])) for at, name in enumerate(WEEKDAYS)}
    return {
        "values": {**values, **given},
        "days": list(zip(WEEKDAYS, DAY_NAMES, strict=True)),
        "types": types,
        "signs": signs,
    }


def _form(_found: Progress, _given: Mapping[str, str]) -> dict[str, Any]:
    """`looked`: somebody said that a test was sent, and this is what came in."""
    desk = here()
    with desk.kit.db.read() as conn:
        rows = [row for row in sources.doors_of(conn, desk.clinic.id) if row.disabled_at is None]
        posts = inbox_list.page(conn, desk.clinic.id)[:NEWEST]
    own = next((row for row in rows if row.vendor == "hosted"), None)
    return {
        "base_url": desk.kit.base_url,
        "own": own,
        "snippet": embed_of(desk.kit, desk.clinic, own) if own else None,
        "tools": [row for row in rows if row.vendor != "hosted"],
        "posts": posts,
        "looked": "look" in request.args,
    }


def _campaign(found: Progress, _given: Mapping[str, str]) -> dict[str, Any]:
    desk = here()
    return {"series": show_entries(desk.kit, desk.clinic.id), "chosen": found.series}


def _test(found: Progress, _given: Mapping[str, str]) -> dict[str, Any]:
    desk = here()
    lines = show_entries(desk.kit, desk.clinic.id)
    key = found.series or (lines[0].row.key if lines else "")
    row = next((line.row for line in lines if line.row.key == key), None)
    return {"series": row, "mail": first_mail(desk.kit, desk.clinic, key), "provider": desk.kit.mail}


_LOADERS: dict[str, Loader] = {
    "clinic": _clinic,
    "sender": _sender,
    "hours": _hours,
    "form": _form,
    "campaign": _campaign,
    "test": _test,
}
