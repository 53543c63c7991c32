"""Why an address is not a client's redirect URI: the mistakes that are often made, each in one sentence."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from heapq import nlargest
from urllib.parse import SplitResult, unquote, urlsplit

from app.translation import gettext as _

COMPARED_CHARACTERS = 200
COMPARED_ADDRESSES = 3
"""Comparing takes the cube of the characters at worst: of so many, and of the most promising addresses."""
DEFAULT_PORTS = {"https": 443, "http": 80}


def nearest(asked: str, registered: Sequence[str]) -> str | None:
    """The registered address that is most like the one that was asked for."""
    matcher = SequenceMatcher(None, "", asked[:COMPARED_CHARACTERS], autojunk=False)

    def at_most(uri: str) -> tuple[float, float]:
        matcher.set_seq1(uri[:COMPARED_CHARACTERS])
        return matcher.quick_ratio(), matcher.real_quick_ratio()

    def likeness(uri: str) -> float:
        matcher.set_seq1(uri[:COMPARED_CHARACTERS])
        return matcher.ratio()

    return max(nlargest(COMPARED_ADDRESSES, registered, key=at_most), key=likeness, default=None)


def differences(asked: str, registered: str) -> list[str]:
    """In which ways an address is not the registered one; empty only for the very same."""
    if asked == registered:
        return []
    try:
        ours, theirs = urlsplit(registered), urlsplit(asked)
        found = list(_differences(ours, theirs))
    except ValueError:
        return [_("It cannot be read as an address.")]
    return found or [_("Some characters differ that look the same. Copy the registered address.")]


def _differences(ours: SplitResult, theirs: SplitResult) -> Iterator[str]:
    if theirs.fragment:
        yield _("It has a fragment, “#%(fragment)s”. Redirect URIs have none.", fragment=theirs.fragment)
    if ours.scheme != theirs.scheme:
        yield _("It begins with “%(asked)s:”, not “%(ours)s:”.", asked=theirs.scheme, ours=ours.scheme)
    if ours.hostname != theirs.hostname:
        yield _(
            "Its host is %(asked)s, not %(ours)s.", asked=theirs.hostname or "–", ours=ours.hostname or "–"
        )
    elif ours.netloc.lower() == theirs.netloc.lower() and ours.netloc != theirs.netloc:
        yield _("Its host is written with capital letters.")
    if ours.port != theirs.port:
        yield _port(ours, theirs)
    if ours.path != theirs.path:
        yield _path(ours.path, theirs.path)
    if ours.query != theirs.query:
        yield _query(ours.query, theirs.query)


def _port(ours: SplitResult, theirs: SplitResult) -> str:
    if theirs.port is not None and theirs.port == DEFAULT_PORTS.get(theirs.scheme) and ours.port is None:
        return _("It names the port :%(port)d, which the registered one leaves out.", port=theirs.port)
    if theirs.port is None:
        return _("It names no port; the registered one has :%(port)s.", port=ours.port)
    if ours.port is None:
        return _("It has the port :%(port)d; the registered one has none.", port=theirs.port)
    return _("Its port is :%(asked)d, not :%(ours)d.", asked=theirs.port, ours=ours.port)


def _path(ours: str, theirs: str) -> str:
    if theirs == f"{ours}/":
        return _("It has a slash at the end, and the registered one has none.")
    if ours == f"{theirs}/":
        return _("It lacks the slash at the end.")
    if ours.lower() == theirs.lower():
        return _("Its path has other capital letters: “%(asked)s”, not “%(ours)s”.", asked=theirs, ours=ours)
    if unquote(ours) == unquote(theirs):
        return _("Its path is encoded in another way: “%(asked)s”, not “%(ours)s”.", asked=theirs, ours=ours)
    return _("Its path is “%(asked)s”, not “%(ours)s”.", asked=theirs, ours=ours)


def _query(ours: str, theirs: str) -> str:
    if not ours:
        return _(
            "It has a query, “?%(query)s”, and the registered one has none. Use state instead.", query=theirs
        )
    return _("Its query is “?%(asked)s”, not “?%(ours)s”.", asked=theirs, ours=ours)
