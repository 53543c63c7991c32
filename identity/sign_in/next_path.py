"""Where to go after signing in: only ever a page of our own."""

import re
from urllib.parse import urlsplit

HOME = "/"
_LONGEST = 8000
# Browsers drop tabs and line breaks from addresses, and read a backslash as a slash.
_NEVER = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029]")


def safe_next_path(unverified_next: str | None) -> str:
    """The path and query of this origin that was asked for; the home page instead of anything else."""
    if not unverified_next or len(unverified_next) > _LONGEST or _NEVER.search(unverified_next):
        return HOME
    if not unverified_next.startswith("/") or unverified_next.startswith("//"):
        return HOME
    try:
        parts = urlsplit(unverified_next)
    except ValueError:
        return HOME
    return HOME if parts.scheme or parts.netloc else unverified_next
