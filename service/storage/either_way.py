"""Words of SQL that the two databases spell, or do well, in different ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import Select
from sqlalchemy.types import BigInteger, Integer, NullType, Text, UserDefinedType


class plain(FunctionElement[str]):  # noqa: N801 - reads as a function of SQL
    """domain.conditions.plain of a text column: spaces cut off, A to Z made small."""

    type = Text()
    inherit_cache = True


class bytewise(FunctionElement[str]):  # noqa: N801
    """A text column that compares by code points, as Python's texts do."""

    type = Text()
    inherit_cache = True


class place_in(FunctionElement[int]):  # noqa: N801
    """(text, part): where the part begins, from 1; 0 when it is not there."""

    type = Integer()
    inherit_cache = True


class by_no_index(FunctionElement[int]):  # noqa: N801
    """A column as it is, which SQLite then does not look up by: it walks a short list instead of a long index."""

    type = BigInteger()
    inherit_cache = True


class _Among(FunctionElement[Any]):
    type = NullType()  # of a Boolean, SQLAlchemy asks "= 1" on SQLite, which then cannot begin from the list
    inherit_cache = True


def among(column: ColumnElement[int], rows: Select[Any], key: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether the column's value is the `key` of one of the rows. SQLite makes the list once and looks it up;
    PostgreSQL joins, which also holds for the negation of it and for lists larger than its memory."""
    found = rows.with_only_columns(sa.literal(1)).where(key == column).correlate(column.table)
    return _Among(sa.exists(found), column.in_(rows.with_only_columns(key)))


class _List(UserDefinedType[Any]):
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        return list if dialect.name == "postgresql" else lambda values: orjson.dumps(list(values)).decode()


class _Listed(FunctionElement[Any]):
    type = NullType()
    inherit_cache = True


def listed(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether the column's value is one of the list bound as `name`. The list is one parameter however long it is, so
    that the statement is put together once and not for each batch anew."""
    return _Listed(column, sa.bindparam(name, type_=_List()))


@compiles(_Listed)
def _listed(element: _Listed, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **kw)} IN (SELECT value FROM json_each({compiler.process(values, **kw)}))"  # noqa: S608


@compiles(_Listed, "postgresql")
def _listed_postgresql(element: _Listed, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = element.clauses
    kind = "text" if isinstance(column.type, Text) else "bigint"
    return f"{compiler.process(column, **kw)} = ANY (CAST({compiler.process(values, **kw)} AS {kind}[]))"


class _OneOf(FunctionElement[Any]):
    type = NullType()
    inherit_cache = True


def one_of(column: ColumnElement[Any], chosen: Select[Any]) -> ColumnElement[bool]:
    """Whether the column's value is among the few chosen, which are looked for first, whatever the database believes to
    know of its tables."""
    return _OneOf(column, chosen.scalar_subquery())


@compiles(_OneOf)
def _one_of(element: _OneOf, compiler: SQLCompiler, **kw: Any) -> str:
    column, chosen = element.clauses
    return f"{compiler.process(column, **kw)} IN {compiler.process(chosen, **kw)}"


@compiles(_OneOf, "postgresql")
def _one_of_postgresql(element: _OneOf, compiler: SQLCompiler, **kw: Any) -> str:
    column, chosen = element.clauses
    return f"{compiler.process(column, **kw)} = ANY (ARRAY {compiler.process(chosen, **kw)})"


@compiles(plain)
def _plain(element: plain, compiler: SQLCompiler, **kw: Any) -> str:
    return f"lower(trim({compiler.process(element.clauses, **kw)}))"


@compiles(plain, "postgresql")
def _plain_postgresql(element: plain, compiler: SQLCompiler, **kw: Any) -> str:
    return f'lower(trim({compiler.process(element.clauses, **kw)}) COLLATE "C")'


@compiles(bytewise)
def _bytewise(element: bytewise, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


@compiles(bytewise, "postgresql")
def _bytewise_postgresql(element: bytewise, compiler: SQLCompiler, **kw: Any) -> str:
    return f'({compiler.process(element.clauses, **kw)} COLLATE "C")'


@compiles(place_in)
def _place_in(element: place_in, compiler: SQLCompiler, **kw: Any) -> str:
    return f"instr({compiler.process(element.clauses, **kw)})"


@compiles(place_in, "postgresql")
def _place_in_postgresql(element: place_in, compiler: SQLCompiler, **kw: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **kw)})"


@compiles(by_no_index)
def _by_no_index(element: by_no_index, compiler: SQLCompiler, **kw: Any) -> str:
    return f"+{compiler.process(element.clauses, **kw)}"


@compiles(by_no_index, "postgresql")
def _by_no_index_postgresql(element: by_no_index, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


@compiles(_Among)
def _among(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    _joined, listed = element.clauses
    return compiler.process(listed, **kw)


@compiles(_Among, "postgresql")
def _among_postgresql(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    joined, _listed = element.clauses
    return compiler.process(joined, **kw)
