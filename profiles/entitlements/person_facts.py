"""Everything recorded of a person that bears on access, in one statement with the version of the rules."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col

from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import (
    CaveatKind,
    Clearance,
    ClearanceCaveat,
    ClearanceStatus,
    Sponsorship,
    SponsorshipKind,
)
from profiles.clearances.policy import CaveatFact, ClearanceFact, SponsorshipFact
from profiles.employments.models import Posting, PostingKind
from profiles.entitlements.facts import GrantFact, PostingFact, SuspensionFact
from profiles.entitlements.models import Entitlement
from profiles.mixed_facts import facts_of_person, part, together
from profiles.prepared import Prepared
from profiles.suspensions.models import AccountSuspension
from profiles.versions.models import Version
from profiles.versions.service import Kind


@dataclass(frozen=True)
class RecordedOfPerson:
    """A person's own facts, past, present and future, and the version of the rules at the same moment."""

    rules_version: str
    postings: tuple[PostingFact, ...]
    clearances: tuple[ClearanceFact, ...]
    sponsorships: tuple[SponsorshipFact, ...]
    caveats: tuple[CaveatFact, ...]
    grants: tuple[GrantFact, ...]
    suspensions: tuple[SuspensionFact, ...]


_OF_PERSON = Prepared(
    together(
        facts_of_person(
            "posting",
            Posting,
            id_1="employment_id",
            id_2="organisation_id",
            text_1="kind",
            text_2="local_grade",
            text_3="job_title",
            text_4="profession",
        ),
        facts_of_person(
            "clearance", Clearance, id_1="fact_id", text_1="level", text_2="status", day="expires_on"
        ),
        facts_of_person(
            "sponsorship", Sponsorship, id_1="clearance_id", id_2="organisation_id", text_1="kind"
        ),
        facts_of_person(
            "caveat", ClearanceCaveat, id_1="clearance_id", id_2="organisation_id", text_1="kind"
        ),
        facts_of_person("grant", Entitlement, id_1="app_id", text_1="role_name"),
        facts_of_person("suspension", AccountSuspension),
        part("version", text_1=col(Version.version)).where(col(Version.kind) == Kind.RULES.value),
    )
)


def read(session: Session, person_id: UUID, known_at: datetime) -> RecordedOfPerson:
    """A person's facts as known at ``known_at``, over all of valid time. An unknown person has none."""
    session.flush()
    rows = _OF_PERSON.all(session, {"person_id": person_id, "known_at": known_at})
    made: dict[str, list[Any]] = {
        "posting": [],
        "clearance": [],
        "sponsorship": [],
        "caveat": [],
        "grant": [],
        "suspension": [],
        "version": [],
    }
    for what, _, *values in rows:
        made[what].append(_MAKERS[what](*values))
    return RecordedOfPerson(
        rules_version=made["version"][0],
        postings=tuple(made["posting"]),
        clearances=tuple(made["clearance"]),
        sponsorships=tuple(made["sponsorship"]),
        caveats=tuple(made["caveat"]),
        grants=tuple(made["grant"]),
        suspensions=tuple(made["suspension"]),
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


def _caveat(
    valid_from: datetime,
    valid_to: datetime | None,
    clearance_id: UUID,
    organisation_id: UUID | None,
    kind: str,
    *_rest: None,
) -> CaveatFact:
    return CaveatFact(
        valid_from=valid_from,
        valid_to=valid_to,
        clearance_id=clearance_id,
        kind=CaveatKind(kind),
        organisation_id=organisation_id,
    )


def _grant(
    valid_from: datetime, valid_to: datetime | None, app_id: UUID, _id: None, role_name: str, *_rest: None
) -> GrantFact:
    return GrantFact(valid_from=valid_from, valid_to=valid_to, app_id=app_id, role_name=role_name)


def _suspension(valid_from: datetime, valid_to: datetime | None, *_rest: None) -> SuspensionFact:
    return SuspensionFact(valid_from=valid_from, valid_to=valid_to)


_MAKERS: dict[str, Any] = {
    "posting": _posting,
    "clearance": _clearance,
    "sponsorship": _sponsorship,
    "caveat": _caveat,
    "grant": _grant,
    "suspension": _suspension,
    # The version stands in the first text.
    "version": lambda *values: values[4],
}
