"""Everything recorded of a person that bears on access, in one statement with the version of the rules."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    String,
    Uuid,
    bindparam,
    literal_column,
    null,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy import cast as sql_cast
from sqlmodel import Session, col
from sqlmodel.sql.sqltypes import UTCDateTime

from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import Clearance, ClearanceStatus, Sponsorship, SponsorshipKind
from profiles.clearances.policy import ClearanceFact, SponsorshipFact
from profiles.employments.models import Posting, PostingKind
from profiles.entitlements.facts import GrantFact, PostingFact
from profiles.entitlements.models import Entitlement
from profiles.temporal import Fact, known
from profiles.versions.models import Version
from profiles.versions.service import Kind

_KNOWN_AT = cast(datetime, bindparam("known_at"))
# The columns that all kinds of facts share in the one answer; each kind uses those that it needs.
_COLUMNS: dict[str, Any] = {
    "id": Uuid(),
    "valid_from": UTCDateTime(),
    "valid_to": UTCDateTime(),
    "id_1": Uuid(),
    "id_2": Uuid(),
    "text_1": String(),
    "text_2": String(),
    "text_3": String(),
    "text_4": String(),
    "day": Date(),
}


@dataclass(frozen=True)
class RecordedOfPerson:
    """A person's own facts, past, present and future, and the version of the rules at the same moment."""

    rules_version: str
    postings: tuple[PostingFact, ...]
    clearances: tuple[ClearanceFact, ...]
    sponsorships: tuple[SponsorshipFact, ...]
    grants: tuple[GrantFact, ...]


def _part(what: str, **columns: Any) -> Select[Any]:
    chosen: list[ColumnElement[Any]] = [literal_column(f"'{what}'", String()).label("what")]
    for name, kind in _COLUMNS.items():
        value = type_coerce(columns[name], kind) if name in columns else sql_cast(null(), kind)
        chosen.append(value.label(name))
    return select(*chosen)


def _facts(what: str, model: type[Fact], **columns: str) -> Select[Any]:
    named = {"id": "id", "valid_from": "valid_from", "valid_to": "valid_to"} | columns
    ours = col(getattr(model, "person_id")) == bindparam("person_id")  # noqa: B009 - not every fact has one
    return _part(what, **{name: col(getattr(model, column)) for name, column in named.items()}).where(
        ours, known(model, _KNOWN_AT)
    )


_OF_PERSON = union_all(
    _facts(
        "posting",
        Posting,
        id_1="employment_id",
        id_2="organisation_id",
        text_1="kind",
        text_2="local_grade",
        text_3="job_title",
        text_4="profession",
    ),
    _facts("clearance", Clearance, id_1="fact_id", text_1="level", text_2="status", day="expires_on"),
    _facts("sponsorship", Sponsorship, id_1="clearance_id", id_2="organisation_id", text_1="kind"),
    _facts("grant", Entitlement, id_1="app_id", text_1="role_name"),
    _part("version", text_1=col(Version.version)).where(col(Version.kind) == Kind.RULES.value),
).order_by(literal_column("id"))


def read(session: Session, person_id: UUID, known_at: datetime) -> RecordedOfPerson:
    """A person's facts as known at ``known_at``, over all of valid time. An unknown person has none."""
    session.flush()
    rows = session.connection().execute(_OF_PERSON, {"person_id": person_id, "known_at": known_at})
    made: dict[str, list[Any]] = {
        "posting": [],
        "clearance": [],
        "sponsorship": [],
        "grant": [],
        "version": [],
    }
    for what, _, *values in rows:
        made[what].append(_MAKERS[what](*values))
    return RecordedOfPerson(
        rules_version=made["version"][0],
        postings=tuple(made["posting"]),
        clearances=tuple(made["clearance"]),
        sponsorships=tuple(made["sponsorship"]),
        grants=tuple(made["grant"]),
    )


def _posting(
    valid_from: datetime,
    valid_to: datetime | None,
    employment_id: UUID,
    organisation_id: UUID,
    kind: str,
    local_grade: str,
    job_title: str,
    profession: str,
    _day: None,
) -> PostingFact:
    return PostingFact(
        valid_from=valid_from,
        valid_to=valid_to,
        employment_id=employment_id,
        organisation_id=organisation_id,
        kind=PostingKind(kind),
        local_grade=local_grade,
        job_title=job_title,
        profession=profession,
    )


def _clearance(
    valid_from: datetime, valid_to: datetime | None, clearance_id: UUID, _id: None, *rest: Any
) -> ClearanceFact:
    level, status, _text_3, _text_4, expires_on = rest
    return ClearanceFact(
        valid_from=valid_from,
        valid_to=valid_to,
        clearance_id=clearance_id,
        level=ClearanceLevel(level),
        status=ClearanceStatus(status),
        expires_on=expires_on,
    )


def _sponsorship(
    valid_from: datetime, valid_to: datetime | None, clearance_id: UUID, organisation_id: UUID, *rest: Any
) -> SponsorshipFact:
    return SponsorshipFact(
        valid_from=valid_from,
        valid_to=valid_to,
        clearance_id=clearance_id,
        organisation_id=organisation_id,
        kind=SponsorshipKind(rest[0]),
    )


def _grant(
    valid_from: datetime, valid_to: datetime | None, app_id: UUID, _id: None, role_name: str, *_rest: None
) -> GrantFact:
    return GrantFact(valid_from=valid_from, valid_to=valid_to, app_id=app_id, role_name=role_name)


_MAKERS: dict[str, Any] = {
    "posting": _posting,
    "clearance": _clearance,
    "sponsorship": _sponsorship,
    "grant": _grant,
    # The version stands in the first text.
    "version": lambda *values: values[4],
}
