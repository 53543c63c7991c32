"""The time between two instants, as both databases count it."""

from typing import Any

from sqlalchemy import Integer
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
