"""Reads versions: equal versions mean that none of the tables behind them has changed."""

from enum import StrEnum

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from profiles.prepared import Prepared
from profiles.versions.models import Version


class Kind(StrEnum):
    """What has a version of its own."""

    RULES = "rules"
    """Apps, their roles, rules and agreements; organisations, places, grades and limits; published loads."""
    SIGN_IN = "sign_in"
    """Organisations' sign-in policies, and their suspensions."""


_FIND = Prepared(select(col(Version.version)).where(col(Version.kind) == bindparam("kind")))


def version_of(session: Session, kind: Kind) -> str:
    """The version as this transaction sees it, its own changes included."""
    session.flush()
    version: str = _FIND.scalar(session, {"kind": kind.value})
    return version
