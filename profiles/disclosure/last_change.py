"""When what an app may be told of a person last became another (``updated_at``, OpenID Connect Core §5.1).

Only the facts behind the app's own claims count, and only where what they say differs: a correction of
something else, or a move that is recorded for a day to come, must not show here.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col

from profiles.apps.claims import Claim
from profiles.employments.models import Posting
from profiles.loads import Load
from profiles.organisations.models import Office
from profiles.people.models import (
    BirthDate,
    IdentityProofing,
    PersonName,
    WorkAddress,
    WorkPhone,
    WorkPlace,
)
from profiles.temporal import Fact

_BEHIND: Mapping[str, tuple[type[Fact], tuple[str, ...]]] = {
    Claim.NAME: (PersonName, ("given_names", "family_name", "known_as")),
    Claim.GIVEN_NAME: (PersonName, ("given_names",)),
    Claim.MIDDLE_NAME: (PersonName, ("middle_names",)),
    Claim.FAMILY_NAME: (PersonName, ("family_name",)),
    Claim.NICKNAME: (PersonName, ("known_as",)),
    Claim.BIRTHDATE: (BirthDate, ("born_on",)),
    Claim.EMAIL: (WorkAddress, ("address",)),
    Claim.PHONE_NUMBER: (WorkPhone, ("number",)),
    Claim.PHONE_NUMBER_VERIFIED: (WorkPhone, ("is_verified",)),
    Claim.ADDRESS: (WorkPlace, ("office_id",)),
    Claim.ORGANISATION_ID: (Posting, ("organisation_id",)),
    Claim.ORGANISATION: (Posting, ("organisation_id",)),
    Claim.GRADE: (Posting, ("organisation_id", "local_grade")),
    Claim.JOB_TITLE: (Posting, ("job_title",)),
    Claim.IDENTITY_CONFIDENCE: (IdentityProofing, ("confidence",)),
}
_OF_OFFICES = ("fact_id", "street_address", "locality", "region", "postal_code", "country")


@dataclass(frozen=True)
class _Said:
    """What one version of a fact says, from when on and until when (exclusive) we say it."""

    content: tuple[Any, ...]
    begins: datetime
    ends: datetime | None

    def holds(self, at: datetime) -> bool:
        return self.begins <= at and (self.ends is None or at < self.ends)

    def held_just_before(self, at: datetime) -> bool:
        return self.begins < at and (self.ends is None or at <= self.ends)


def last_change(session: Session, person_id: UUID, agreed: Collection[str], now: datetime) -> datetime | None:
    """The last instant up to ``now`` at which one of these claims changed; None when none has a fact."""
    columns: dict[type[Fact], set[str]] = {}
    for claim in agreed:
        if claim in _BEHIND:
            model, behind = _BEHIND[claim]
            columns.setdefault(model, set()).update(behind)
    said: list[_Said] = []
    for model, names in columns.items():
        its = _read(session, model, sorted(names), col(model.person_id) == person_id, now)  # type: ignore[attr-defined]
        said += its
        if model is WorkPlace:
            said += _at_offices(session, its, now)
    instants = {one.begins for one in said} | {one.ends for one in said if one.ends and one.ends <= now}
    for at in sorted(instants, reverse=True):
        after = {one.content for one in said if one.holds(at)}
        before = {one.content for one in said if one.held_just_before(at)}
        if after != before:
            return at
    return None


def _read(
    session: Session, model: type[Fact], names: list[str], which: ColumnElement[bool], now: datetime
) -> list[_Said]:
    """Every version that we have ever said up to ``now``; one of a load counts once the load is published."""
    rows = session.execute(
        select(
            *(col(getattr(model, name)) for name in names),
            col(model.valid_from).label("valid_from"),
            col(model.valid_to).label("valid_to"),
            col(model.recorded_at).label("recorded_at"),
            col(model.superseded_at).label("superseded_at"),
            col(model.load_id).label("load_id"),
            col(Load.published_at).label("published_at"),
        )
        .outerjoin(Load, col(Load.id) == col(model.load_id))
        .where(which)
    )
    said: list[_Said] = []
    for row in rows:
        if row.load_id is not None and row.published_at is None:
            continue
        known_from = max(row.recorded_at, row.published_at or row.recorded_at)
        content = (model.__name__, *row[: len(names)])
        one = _between(content, max(known_from, row.valid_from), _earlier(row.valid_to, row.superseded_at))
        if one is not None and one.begins <= now:
            said.append(one)
    return said


def _at_offices(session: Session, places: list[_Said], now: datetime) -> list[_Said]:
    """The addresses of the offices, each while the person worked there."""
    found: list[_Said] = []
    for place in places:
        office_id = place.content[1]
        for office in _read(session, Office, list(_OF_OFFICES), col(Office.fact_id) == office_id, now):
            both = _between(
                office.content, max(place.begins, office.begins), _earlier(place.ends, office.ends)
            )
            if both is not None:
                found.append(both)
    return found


def _between(content: tuple[Any, ...], begins: datetime, ends: datetime | None) -> _Said | None:
    return _Said(content, begins, ends) if ends is None or begins < ends else None


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((moment for moment in (one, other) if moment is not None), default=None)
