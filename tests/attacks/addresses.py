"""Every address that the application serves, with something in each variable part of it."""

from collections.abc import Iterable
from uuid import UUID

from flask import Flask, url_for
from werkzeug.routing import AnyConverter, BaseConverter, Rule, UUIDConverter

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
SAFE = frozenset({"GET"})


def served(app: Flask, methods: Iterable[str]) -> list[tuple[str, str, Rule]]:
    """Each method of these, with a path and its rule; what a path names does not exist."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        with app.test_request_context():
            known = {name: _something(converter) for name, converter in rule._converters.items()}
            path = url_for(rule.endpoint, **known)
        found += [(method, path, rule) for method in sorted(set(methods) & (rule.methods or set()))]
    assert found
    return found


def _something(converter: BaseConverter) -> UUID | str:
    if isinstance(converter, UUIDConverter):
        return UUID(int=1)
    return min(converter.items) if isinstance(converter, AnyConverter) else "unknown"
