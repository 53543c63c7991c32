"""What every application of one process has in common is worked out once, not at each `create_app`.

Both are Flask's own settings of its class: a template's code depends on its source alone, and an address's
builder on the rule alone. Programs that the tests start are left as they are.
"""

from collections.abc import Callable
from types import CodeType

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule


class RememberedTemplates(BytecodeCache):
    """Keeps the code of each template: compiling those of one page takes half a second."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key, bucket.checksum] = bucket.code


class RememberedRule(Rule):
    """Keeps the function that builds an address: werkzeug compiles two for each of some 150 rules."""

    _builders: dict[object, Callable[..., tuple[str, str]]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        if self.defaults:  # they go into the function by way of the map's converters
            return super()._compile_builder(append_unknown)
        key = (self.rule, tuple(self._trace), append_unknown)
        if key not in self._builders:
            self._builders[key] = super()._compile_builder(append_unknown)
        return self._builders[key]


def remember() -> None:
    """From now on, for every application of this process."""
    Flask.jinja_options = {"bytecode_cache": RememberedTemplates()}
    Flask.url_rule_class = RememberedRule
