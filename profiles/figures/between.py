"""The time between two instants, and whether one is after a civil day, as both databases count it."""

from typing import Any

from sqlalchemy import Boolean, Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class hours_between(GenericFunction[int]):  # noqa: N801 - a function of SQL
    """The whole hours from one instant to another, negative where it comes before."""

    type = Integer()
    name = "hours_between"
    inherit_cache = True


@compiles(hours_between, "sqlite")
def _on_sqlite(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    since, until = (compiler.process(one, **options) for one in element.clauses)
    # A millisecond more, because a Julian day is a float.
    return f"CAST((julianday({until}) - julianday({since})) * 24 + 0.0000003 AS INTEGER)"


@compiles(hours_between, "postgresql")
def _on_postgresql(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    since, until = (compiler.process(one, **options) for one in element.clauses)
    return f"trunc(extract(epoch FROM {until} - {since}) / 3600)::integer"


class after_day(GenericFunction[bool]):  # noqa: N801 - a function of SQL
    """Whether an instant, the second, comes after the end of a civil day in London, the first."""

    type = Boolean()
    name = "after_day"
    inherit_cache = True


@compiles(after_day, "sqlite")
def _after_on_sqlite(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    day, at = (compiler.process(one, **options) for one in element.clauses)
    ends = f"date({day}, '+1 day')"
    # Summer time is from the last Sunday of March to that of October; both days begin before it turns.
    march, october = (
        f"date(strftime('%Y', {ends}) || '-{month}-01', 'weekday 0', '-7 days')" for month in ("04", "11")
    )
    summer = f"CASE WHEN {ends} > {march} AND {ends} <= {october} THEN 1.0 ELSE 0.0 END"
    return f"((julianday({at}) - julianday({ends})) * 24 + {summer} >= -0.0000003)"


@compiles(after_day, "postgresql")
def _after_on_postgresql(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    day, at = (compiler.process(one, **options) for one in element.clauses)
    return f"({at} >= (({day} + 1)::timestamp AT TIME ZONE 'Europe/London'))"
