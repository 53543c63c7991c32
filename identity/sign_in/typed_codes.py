"""Codes that people read aloud, write down and type: random, in groups of letters that are not misread."""

import re
import secrets

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUPS, _GROUP = 4, 4
# What people read for one another (Crockford's base 32).
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_code() -> str:
    """80 random bits as ``7K3M-…``: they cannot be guessed, so that a fast hash is enough to keep them."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))


def letters_of(typed: str) -> str:
    """What was meant: blanks, dashes, case and misread letters are the typist's."""
    return re.sub(r"[^0-9A-Z]", "", typed.upper()).translate(_MISREAD)
