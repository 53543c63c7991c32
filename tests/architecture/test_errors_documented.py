"""docs/guides/errors.md has every error code that the provider answers with, and no other."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from authlib.oauth2.base import OAuth2Error

import identity

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "guides" / "errors.md"


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(identity.__path__, "identity."):
        yield importlib.import_module(found.name)


def codes_of_classes() -> set[str]:
    """Of every protocol error that a module of ours makes or takes from Authlib."""
    errors = {
        value
        for module in modules()
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, OAuth2Error) and value is not OAuth2Error
    }
    return {str(error.error) for error in errors}


def codes_of_literals() -> set[str]:
    """Of every ``error=`` and ``error = `` that is written out."""
    found: set[str] = set()
    for path in (ROOT / "identity").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "error":
                found |= texts(node.value)
            if isinstance(node, ast.Assign) and "error" in map(ast.unparse, node.targets):
                found |= texts(node.value)
    return found


def texts(node: ast.expr) -> set[str]:
    branches = (node.body, node.orelse) if isinstance(node, ast.IfExp) else (node,)
    return {
        str(one.value) for one in branches if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }


def test_every_error_code_is_explained() -> None:
    explained = set(re.findall(r"^\| `([a-z_]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    answered = codes_of_classes() | codes_of_literals()
    assert {
        "invalid_client",
        "invalid_target",
        "invalid_redirect_uri",
        "unsupported_response_type",
    } <= answered
    assert explained == answered
