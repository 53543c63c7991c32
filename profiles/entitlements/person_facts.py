"""Everything recorded of a person that signing in and access ask for, in one statement with the versions.

The sign-in, the decision and the release of names follow one another within a moment: they ask by the same
statement, and what the same rows amount to is worked out once.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import or_
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
from profiles.employments.models import Employment, Posting, PostingKind
from profiles.entitlements.facts import (
    AddressFact,
    EmploymentFact,
    GrantFact,
    NameFact,
    PersonFacts,
    PostingFact,
    RoleFact,
    Surroundings,
    SuspensionFact,
)
from profiles.entitlements.models import Entitlement
from profiles.mixed_facts import KNOWN_AT, facts_of_person, part, together
from profiles.people.models import PersonName, WorkAddress
from profiles.prepared import ONLY_READS, Prepared, WorkedOut
from profiles.roles.models import Role, RoleAssignment
from profiles.suspensions.models import AccountSuspension
from profiles.temporal import Fact, valid
from profiles.versions.models import Version
from profiles.versions.service import Kind

_MOST_PEOPLE = 512
_LAST_READ = "recorded_of_person"


@dataclass(frozen=True)
class RecordedOfPerson:
    """A person's own facts, past, present and future, and the versions of what is remembered.

    Employments, roles, addresses and names are those of the moment at which it is read, the oldest first.
    """

    person_id: UUID
    rules_version: str
    sign_in_version: str
    postings: tuple[PostingFact, ...]
    clearances: tuple[ClearanceFact, ...]
    sponsorships: tuple[SponsorshipFact, ...]
    caveats: tuple[CaveatFact, ...]
    grants: tuple[GrantFact, ...]
    suspensions: tuple[SuspensionFact, ...]
    employments: tuple[EmploymentFact, ...]
    roles: tuple[RoleFact, ...]
    addresses: tuple[AddressFact, ...]
    names: tuple[NameFact, ...]

    @cached_property
    def spoken_of(self) -> frozenset[UUID]:
        """The organisations that bear on access."""
        return frozenset(
            {posting.organisation_id for posting in self.postings}
            | {sponsorship.organisation_id for sponsorship in self.sponsorships}
        )

    @cached_property
    def labels(self) -> frozenset[str]:
        """What the organisations call the grades."""
        return frozenset(posting.local_grade for posting in self.postings)

    def amid(self, surroundings: Surroundings) -> PersonFacts:
        """What bears on access, among these organisations; the same facts for the same ones."""
        made = self._made.get("facts")
        if made is None or made.surroundings is not surroundings:
            made = self._made["facts"] = PersonFacts(
                person_id=self.person_id,
                postings=self.postings,
                clearances=self.clearances,
                sponsorships=self.sponsorships,
                caveats=self.caveats,
                grants=self.grants,
                suspensions=self.suspensions,
                surroundings=surroundings,
            )
        return made

    @cached_property
    def _made(self) -> dict[str, PersonFacts]:
        return {}


def _at_the_moment(what: str, model: type[Fact], **columns: str) -> Any:
    return facts_of_person(what, model, **columns).where(valid(model, KNOWN_AT))


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
            "clearance",
            Clearance,
            id_1="fact_id",
            text_1="level",
            text_2="status",
            day="expires_on",
            day_2="decided_on",
        ),
        facts_of_person(
            "sponsorship", Sponsorship, id_1="clearance_id", id_2="organisation_id", text_1="kind"
        ),
        facts_of_person(
            "caveat", ClearanceCaveat, id_1="clearance_id", id_2="organisation_id", text_1="kind"
        ),
        facts_of_person("grant", Entitlement, id_1="app_id", text_1="role_name"),
        facts_of_person("suspension", AccountSuspension),
        _at_the_moment("employment", Employment, id_1="organisation_id"),
        _at_the_moment("role", RoleAssignment, id_1="organisation_id", text_1="role"),
        _at_the_moment("address", WorkAddress, id_1="organisation_id", text_1="address"),
        _at_the_moment(
            "name",
            PersonName,
            text_1="given_names",
            text_2="middle_names",
            text_3="family_name",
            text_4="known_as",
        ),
        part("version", text_1=col(Version.kind), text_2=col(Version.version)).where(
            or_(*(col(Version.kind) == kind.value for kind in (Kind.RULES, Kind.SIGN_IN)))
        ),
    )
)


def read(session: Session, person_id: UUID, known_at: datetime) -> RecordedOfPerson:
    """A person's facts as known at ``known_at``, over all of valid time. An unknown person has none.

    A transaction that only reads asks once for the same person and moment.
    """
    session.flush()
    asked = (person_id, known_at)
    last = session.info.get(_LAST_READ)
    if last is not None and last[0] == asked:
        recorded: RecordedOfPerson = last[1]
        return recorded
    recorded = _RECORDED.of(session, {"person_id": person_id, "known_at": known_at}, person_id)
    if session.info.get(ONLY_READS):
        session.info[_LAST_READ] = asked, recorded
    return recorded


def _recorded(person_id: UUID, rows: list[Any]) -> RecordedOfPerson:
    made: dict[str, list[Any]] = {what: [] for what in _MAKERS}
    versions = {row.text_1: row.text_2 for row in rows if row.what == "version"}
    facts = (row for row in rows if row.what != "version")
    for what, _, *values in sorted(facts, key=attrgetter("valid_from", "id")):
        made[what].append(_MAKERS[what](*values))
    return RecordedOfPerson(
        person_id=person_id,
        rules_version=versions[Kind.RULES],
        sign_in_version=versions[Kind.SIGN_IN],
        postings=tuple(made["posting"]),
        clearances=tuple(made["clearance"]),
        sponsorships=tuple(made["sponsorship"]),
        caveats=tuple(made["caveat"]),
        grants=tuple(made["grant"]),
        suspensions=tuple(made["suspension"]),
        employments=tuple(made["employment"]),
        roles=tuple(made["role"]),
        addresses=tuple(made["address"]),
        names=tuple(made["name"]),
    )


_RECORDED = WorkedOut(_OF_PERSON, _recorded, most=_MOST_PEOPLE)


def _posting(
    valid_from: datetime,
    valid_to: datetime | None,
    employment_id: UUID,
    organisation_id: UUID,
    kind: str,
    local_grade: str,
    job_title: str,
    profession: str,
    *_rest: None,
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
    level, status, _text_3, _text_4, expires_on, decided_on = rest
    return ClearanceFact(
        valid_from=valid_from,
        valid_to=valid_to,
        clearance_id=clearance_id,
        level=ClearanceLevel(level),
        status=ClearanceStatus(status),
        expires_on=expires_on,
        decided_on=decided_on,
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


def _employment(
    valid_from: datetime, valid_to: datetime | None, organisation_id: UUID, *_rest: None
) -> EmploymentFact:
    return EmploymentFact(valid_from=valid_from, valid_to=valid_to, organisation_id=organisation_id)


def _role(
    valid_from: datetime,
    valid_to: datetime | None,
    organisation_id: UUID | None,
    _id: None,
    role: str,
    *_rest: None,
) -> RoleFact:
    return RoleFact(
        valid_from=valid_from, valid_to=valid_to, organisation_id=organisation_id, role=Role(role)
    )


def _address(
    valid_from: datetime,
    valid_to: datetime | None,
    organisation_id: UUID | None,
    _id: None,
    address: str,
    *_rest: None,
) -> AddressFact:
    return AddressFact(
        valid_from=valid_from, valid_to=valid_to, organisation_id=organisation_id, address=address
    )


def _name(valid_from: datetime, valid_to: datetime | None, _id_1: None, _id_2: None, *rest: Any) -> NameFact:
    given_names, middle_names, family_name, known_as, *_days = rest
    return NameFact(
        valid_from=valid_from,
        valid_to=valid_to,
        given_names=given_names,
        middle_names=middle_names,
        family_name=family_name,
        known_as=known_as,
    )


_MAKERS: dict[str, Any] = {
    "posting": _posting,
    "clearance": _clearance,
    "sponsorship": _sponsorship,
    "caveat": _caveat,
    "grant": _grant,
    "suspension": _suspension,
    "employment": _employment,
    "role": _role,
    "address": _address,
    "name": _name,
}
