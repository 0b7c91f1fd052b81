"""Entering by what people did: a click or an answer, once it counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from sqlalchemy.engine import Connection

from service.domain.entry import Entered
from service.usecases.enroll import Occasion, enter_on
from service.usecases.kit import Kit

_KINDS: dict[str, Entered] = {"clicked": "clicked", "answered": "answered"}


class Deed(Protocol):
    """A deed that counts: nobody's machine did it, and it is old enough to be judged."""

    @property
    def clinic_id(self) -> int: ...
    @property
    def lead_id(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def link(self) -> str | None: ...


def enter_by_deeds(conn: Connection, kit: Kit, deeds: Iterable[Deed], now: int) -> None:
    """Works inside the transaction that notes the deeds as looked at, so that each leads in once."""
    alike: dict[tuple[int, Entered, str], list[int]] = {}
    for deed in deeds:
        if deed.kind in _KINDS:
            alike.setdefault((deed.clinic_id, _KINDS[deed.kind], deed.link or ""), []).append(deed.lead_id)
    for (clinic_id, on, link), lead_ids in alike.items():
        enter_on(conn, kit, clinic_id, sorted(set(lead_ids)), Occasion(on, what=link), now)
