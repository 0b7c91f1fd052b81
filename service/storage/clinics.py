"""Clinics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from service.domain.rate import Rates, warm_up
from service.storage import ids
from service.storage.locks import lock_rows
from service.storage.tables import clinic


@dataclass(frozen=True, slots=True)
class ClinicRow:
    id: int
    slug: str
    name: str
    address: str
    city: str
    phone: str
    website: str
    zone: str
    locale: str
    accent: str
    from_name: str
    from_email: str
    reply_to: str
    cap_day: int
    cap_week: int
    overdue_after: int
    min_notice: int
    horizon_days: int
    resend_in_doubt: bool
    stopped_at: int | None
    stopped_why: str | None
    created_at: int
    country: str
    region: str
    keeps_holidays: bool
    quiet_from: int | None
    quiet_to: int | None
    score_half_life: int
    soft_bounces: int
    braked_at: int | None = None
    brake: Mapping[str, Any] | None = field(default=None, hash=False)
    brake_off_at: int | None = None
    rate_second: int | None = None
    rate_day: int | None = None
    warm_up: str = ""
    asks_codes: bool = False
    call_within: int = 3600
    works_on: str = ""
    red_flags_en: str | None = None
    red_flags_es: str | None = None

    @property
    def working_holidays(self) -> frozenset[str]:
        """The public holidays that it does not keep, by name."""
        return frozenset(self.works_on.splitlines())

    @property
    def rates(self) -> Rates:
        """How fast its mail may leave."""
        return _rates(self.rate_second, self.rate_day, self.warm_up)

    @property
    def quiet(self) -> tuple[int, int] | None:
        """The hours in which nothing leaves: from, to, in minutes after local midnight."""
        if self.quiet_from is None or self.quiet_to is None:
            return None
        return self.quiet_from, self.quiet_to


@lru_cache(maxsize=100)
def _rates(second: int | None, day: int | None, plan: str) -> Rates:
    return Rates(second, day, warm_up(plan))


_EVERYONE = sa.select(*(clinic.c[name] for name in ClinicRow.__dataclass_fields__))
_BY_ID = _EVERYONE.where(clinic.c.id == sa.bindparam("clinic_id"))


def get(conn: Connection, clinic_id: int) -> ClinicRow:
    """Raises NoResultFound for an id that is none."""
    return ClinicRow(*conn.execute(_BY_ID, {"clinic_id": clinic_id}).one())


def by_slug(conn: Connection, slug: str) -> ClinicRow | None:
    row = conn.execute(_EVERYONE.where(clinic.c.slug == slug)).first()
    return ClinicRow(*row) if row else None


def everyone(conn: Connection) -> dict[int, ClinicRow]:
    return {row.id: ClinicRow(*row) for row in conn.execute(_EVERYONE)}


def add(conn: Connection, values: Mapping[str, Any]) -> int:
    clinic_id = ids.new()
    conn.execute(sa.insert(clinic).values(id=clinic_id, **values))
    return clinic_id


def change(conn: Connection, clinic_id: int, values: Mapping[str, Any]) -> None:
    conn.execute(sa.update(clinic).where(clinic.c.id == clinic_id).values(**values))


def stop_running(conn: Connection, now: int, why: str | None) -> list[int]:
    """Stops all that are not stopped yet. Gives which."""
    lock_rows(conn, clinic, clinic.c.stopped_at.is_(None))
    running = list(
        conn.execute(sa.select(clinic.c.id).where(clinic.c.stopped_at.is_(None)).order_by(clinic.c.id)).scalars()
    )
    conn.execute(sa.update(clinic).where(clinic.c.id.in_(running)).values(stopped_at=now, stopped_why=why))
    return running
