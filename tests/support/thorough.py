"""How many examples a property test tries: what it says itself, or ``EXAMPLES`` of the environment."""

import os


def examples(usual: int) -> int:
    """``usual``, unless a thorough run asks for another number: ``EXAMPLES=2000 pytest …``."""
    return int(os.environ.get("EXAMPLES", usual))
