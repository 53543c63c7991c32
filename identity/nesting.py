"""How deep a JSON text goes; counted before it is parsed, because parsing goes as deep itself."""

import re

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


def nesting(text: str) -> int:
    """The most arrays and objects inside one another."""
    depth = deepest = 0
    for character in _STRING.sub("", text):
        depth += (character in "[{") - (character in "]}")
        deepest = max(deepest, depth)
    return deepest
