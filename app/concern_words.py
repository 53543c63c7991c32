"""Concerns in words: what one is about, where it stands, and what the record said."""

from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from app.display_formats import civil_date, last_day
from app.portable_profile.presenting import DASH, Presenter
from app.portable_profile.words import kinds
from app.request_transaction import request_time
from app.translation import gettext as _
from profiles.concerns.models import Concern, ConcernAbout, ConcernState
from profiles.portable_profile.kinds import MODELS, Kind
from profiles.portable_profile.reading import profile_as_of


def about_in_words(concern: Concern) -> str:
    """What it is about."""
    if concern.kind is not None:
        return kinds()[Kind(concern.kind)]
    if concern.about is ConcernAbout.COMPLAINT:
        return _("A complaint")
    return _("Something that is not recorded")


def states(about: ConcernAbout) -> dict[ConcernState, str]:
    """Where it stands."""
    complained = about is ConcernAbout.COMPLAINT
    return {
        ConcernState.RAISED: _("Waiting"),
        ConcernState.PUT_RIGHT: _("Accepted") if complained else _("Put right"),
        ConcernState.DECLINED: _("Not accepted") if complained else _("Not changed"),
        ConcernState.WITHDRAWN: _("Withdrawn"),
    }


def colour_of(state: ConcernState) -> str:
    """The colour of its tag."""
    return {ConcernState.RAISED: "blue", ConcernState.PUT_RIGHT: "green"}.get(state, "grey")


def said_by_record(session: Session, concern: Concern) -> list[tuple[str, str]]:
    """What the fact said when the person read it, with its days; nothing where there is none any more."""
    if concern.kind is None:
        return []
    kind = Kind(concern.kind)
    model = MODELS[kind]
    row = session.exec(select(model).where(col(model.id) == concern.version_id)).first()
    return [] if row is None else said_by(session, kind, row, concern.person_id)


def said_by(session: Session, kind: Kind, row: Any, person_id: UUID) -> list[tuple[str, str]]:
    """What a version of a fact about somebody says, with its days."""
    at = max(row.valid_from, row.recorded_at)
    profile = profile_as_of(session, person_id, at, request_time())
    said = Presenter(session, profile).statements(kind, row)
    until = last_day(row.valid_to) if row.valid_to else _("No end date")
    days = [(_("From"), civil_date(row.valid_from)), (_("Last day"), until)]
    return [*((head, cell) for head, cell in said if cell != DASH), *days]
