"""What every table is made of. Instants are UTC epoch seconds; ids are 63-bit, made by the client; whatever grows
carries `clinic_id`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Text

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Json = sa.JSON()


def identity() -> Column[int]:
    return Column("id", Big, primary_key=True, autoincrement=False)


def refer(name: str, target: str, nullable: bool = False) -> Column[int]:
    return Column(name, Big, ForeignKey(f"{target}.id"), nullable=nullable)


def instant(name: str, nullable: bool = True) -> Column[int]:
    return Column(name, Big, nullable=nullable)


def words(name: str, nullable: bool = False, default: str | None = None) -> Column[str]:
    return Column(name, Text, nullable=nullable, server_default=default)


def where(predicate: str) -> dict[str, Any]:
    """A partial index's predicate, as a literal for both databases."""
    return {"sqlite_where": sa.text(predicate), "postgresql_where": sa.text(predicate)}
