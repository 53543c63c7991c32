"""A profile as of a date in words: a section a kind of fact, a row a fact."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from app.display_formats import civil_date, civil_datetime, last_day, money
from app.portable_profile import words
from app.portable_profile.words import day_or_none
from app.translation import gettext as _
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import ClearanceStatus
from profiles.entitlements.service import rules_of, surroundings_of
from profiles.organisations.offices import find_office, lines_of
from profiles.people.models import PersonName
from profiles.people.service import display_name
from profiles.portable_profile.employers import sees_why
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.reading import Profile
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.temporal import Fact, as_of

DASH = "–"


@dataclass(frozen=True)
class Entry:
    """One fact in words; ``fact_id`` leads to its history."""

    fact_id: UUID
    cells: tuple[str, ...]
    starts: str
    ends: str


@dataclass(frozen=True)
class Section:
    """The facts of one kind; the first column heads each row."""

    kind: Kind
    title: str
    heads: tuple[str, ...]
    entries: tuple[Entry, ...]


class Presenter:
    """Puts facts in words; organisations and people are looked up once.

    For an officer, whose permissions are ``reader``, it leaves out what these do not let them see of a fact.
    ``asked`` is how clearances stand in moves that the reader may know of.
    """

    def __init__(
        self,
        session: Session,
        profile: Profile,
        reader: Permissions | None = None,
        asked: Mapping[UUID, ClearanceStatus] | None = None,
    ) -> None:
        self._session, self._profile, self._reader = session, profile, reader
        self._asked = asked or {}
        self._names: dict[UUID, str] = {}
        self._judged = profile.judged()
        self._levels: dict[UUID, ClearanceLevel] = {
            one.fact_id: one.level for one in profile.facts[Kind.CLEARANCE]
        }

    def sections(self) -> list[Section]:
        """Every kind of which there is something, in the order of a profile."""
        self._look_up(_people_named(self._profile))
        return [
            Section(
                kind,
                words.kinds()[kind],
                tuple(_HEADS[kind]()),
                tuple(self._entry(kind, row) for row in rows),
            )
            for kind, rows in self._profile.facts.items()
            if rows
        ]

    def versions(self, kind: Kind, versions: Sequence[Fact]) -> list[list[str]]:
        """Each version of a fact: what it said, from when to when, when it was recorded, by whom and why."""
        self._look_up({one.recorded_by for one in versions} | {one.superseded_by for one in versions})
        return [
            [
                "; ".join(cell for cell in self.cells(kind, one) if cell != DASH),
                civil_date(one.valid_from),
                last_day(one.valid_to) if one.valid_to else _("No end date"),
                self._deed(one.recorded_at, one.recorded_by),
                words.source_in_words(one.source),
                self._reason(kind, one),
                self._deed(one.superseded_at, one.superseded_by) if one.superseded_at else _("It stands"),
            ]
            for one in versions
        ]

    def cells(self, kind: Kind, row: Any) -> tuple[str, ...]:
        """What a fact says."""
        return tuple(cell or DASH for cell in _CELLS[kind](self, row))

    def heads(self, kind: Kind) -> tuple[str, ...]:
        """What stands over the cells of a kind."""
        return tuple(_HEADS[kind]())

    def statements(self, kind: Kind, row: Any) -> list[tuple[str, str]]:
        """What a fact says, each with its head; whether it could be used is a judgement, and left out."""
        said = zip(self.heads(kind), self.cells(kind, row), strict=True)
        return [(head, cell) for head, cell in said if head != _("Usable at work")]

    def organisation(self, organisation_id: UUID | None) -> str:
        """Its name at the time of the profile."""
        if organisation_id is None:
            return DASH
        around = surroundings_of(self._session, {organisation_id}, self._profile.known_at, labels=())
        return around.name_of(organisation_id, self._profile.valid_at)

    def grade(self, posting: Any) -> str:
        """The organisation's own label and, where it differs, the common grade."""
        around = surroundings_of(
            self._session,
            {posting.organisation_id},
            self._profile.known_at,
            labels={posting.local_grade},
        )
        at = self._profile.valid_at
        common = around.common_grade_of(posting.organisation_id, posting.local_grade, at)
        if common is None or common.value == posting.local_grade:
            return str(posting.local_grade)
        return f"{posting.local_grade} ({common.value})"

    def usable(self, clearance: Any) -> str:
        """Whether it could be used, and why not."""
        judged = self._judged.get(clearance.fact_id)
        if judged is None:
            return DASH
        return _("Yes") if judged.obstacle is None else words.obstacles()[judged.obstacle]

    def status(self, clearance: Any) -> str:
        """Where it stands, and what a move asks of it."""
        status, asked = words.statuses()[clearance.status], self._asked.get(clearance.fact_id)
        if asked is None:
            return status
        return _("%(status)s; %(in_a_move)s", status=status, in_a_move=words.in_moves()[asked])

    def required_clearance(self, posting: Any) -> str:
        """The level that a post needs, if it needs one."""
        reader = self._reader
        if reader is not None and not reader.allows(Permission.SEE_CLEARANCES, posting.organisation_id):
            return _("Not shown to you")
        return posting.required_clearance or ""

    def level(self, clearance_id: UUID) -> str:
        """The level of a clearance."""
        level = self._levels.get(clearance_id)
        return level.value if level else _("Clearance")

    def person(self, person_id: UUID | None) -> str:
        """What somebody is called now."""
        if person_id is None:
            return DASH
        self._look_up({person_id})
        return self._names[person_id]

    def office(self, office_id: UUID) -> str:
        """An office's address at the time of the profile."""
        office = find_office(self._session, office_id, self._profile.valid_at)
        return ", ".join(lines_of(office)) if office else _("An office that has closed")

    def grant(self, row: Any) -> tuple[str, str]:
        """The app and the role."""
        rules = rules_of(self._session, row.app_id, self._profile.known_at)
        return rules.app_name, rules.label_of(row.role_name)

    def _entry(self, kind: Kind, row: Any) -> Entry:
        ends = last_day(row.valid_to) if row.valid_to else _("No end date")
        return Entry(row.fact_id, self.cells(kind, row), civil_date(row.valid_from), ends)

    def _reason(self, kind: Kind, version: Fact) -> str:
        if self._reader is not None and not sees_why(kind, version, self._profile, self._reader):
            return _("Not shown to you")
        return version.reason or DASH

    def _deed(self, at: Any, by: UUID | None) -> str:
        when = civil_datetime(at)
        return when if by is None else _("%(when)s, %(name)s", when=when, name=self.person(by))

    def _look_up(self, person_ids: Iterable[UUID | None]) -> None:
        unknown = {one for one in person_ids if one is not None and one not in self._names}
        if not unknown:
            return
        at = max(self._profile.known_at, self._profile.valid_at)
        found = self._session.exec(
            select(PersonName).where(col(PersonName.person_id).in_(unknown), as_of(PersonName, at, at))
        )
        self._names |= dict.fromkeys(unknown, _("Somebody whose name is gone"))
        self._names |= {one.person_id: display_name(one) for one in found}


def _people_named(profile: Profile) -> Collection[UUID | None]:
    return {one.line_manager_id for one in profile.facts[Kind.POSTING]}


def days(hundredths: int) -> str:
    """Hundredths of a working day as days: 2550 is 25.5 days."""
    return _("%(days)s days", days=f"{hundredths / 100:g}")


def _pay(p: Presenter, row: Any) -> list[str]:
    mark = _("Mark time through %(day)s", day=civil_date(row.mark_time_until)) if row.mark_time_until else ""
    reason = words.pay_reasons()[row.pay_reason]
    scale = row.scale
    if row.scale_minimum_pence is not None and row.scale_maximum_pence is not None:
        between = f"{money(row.scale_minimum_pence)} – {money(row.scale_maximum_pence)}"
        scale = f"{scale} ({between})" if scale else between
    return [
        money(row.salary_pence),
        scale,
        row.location,
        words.share(row.fte_thousandths),
        f"{reason}. {mark}" if mark else reason,
        p.organisation(row.organisation_id),
    ]


_CELLS: Mapping[Kind, Callable[[Presenter, Any], Sequence[str]]] = {
    Kind.NAME: lambda p, row: [
        " ".join(f"{row.given_names} {row.middle_names} {row.family_name}".split()),
        row.known_as,
    ],
    Kind.BIRTH_DATE: lambda p, row: [civil_date(row.born_on)],
    Kind.IDENTITY_PROOFING: lambda p, row: [
        words.confidences()[row.confidence],
        row.gpg45_profile,
        words.identity_evidence()[row.evidence],
        row.checked_by,
    ],
    Kind.ADDRESS: lambda p, row: [row.address, p.organisation(row.organisation_id)],
    Kind.PHONE: lambda p, row: [row.number, p.organisation(row.organisation_id)],
    Kind.OFFICE: lambda p, row: [p.office(row.office_id), p.organisation(row.organisation_id)],
    Kind.EMPLOYMENT: lambda p, row: [
        p.organisation(row.organisation_id),
        row.number,
        words.contracts()[row.contract_type],
        civil_date(row.continuous_service_from),
    ],
    Kind.POSTING: lambda p, row: [
        row.job_title,
        p.grade(row),
        p.organisation(row.organisation_id),
        words.posting_kinds()[row.kind],
        row.profession,
        row.unit,
        row.location,
        p.person(row.line_manager_id),
        p.required_clearance(row),
    ],
    Kind.CAREER_BREAK: lambda p, row: [civil_date(row.return_on), p.organisation(row.organisation_id)],
    Kind.CLEARANCE: lambda p, row: [
        row.level.value,
        p.status(row),
        p.usable(row),
        day_or_none(row.decided_on),
        day_or_none(row.expires_on),
        civil_date(row.extended_from) if row.extended_from else "",
        day_or_none(row.review_due_on),
    ],
    Kind.SPONSORSHIP: lambda p, row: [
        p.level(row.clearance_id),
        p.organisation(row.organisation_id),
        _("Sponsor") if row.kind == "primary" else _("Shared"),
    ],
    Kind.CAVEAT: lambda p, row: [
        p.level(row.clearance_id),
        row.name,
        words.caveat_kinds()[row.kind],
        p.organisation(row.organisation_id),
    ],
    Kind.CLEARANCE_EVENT: lambda p, row: [
        p.level(row.clearance_id),
        words.clearance_events()[row.kind],
        row.reference,
    ],
    Kind.DISPENSATION: lambda p, row: [
        row.level.value,
        p.organisation(row.organisation_id),
        row.mitigations,
        p.person(row.approved_by),
    ],
    Kind.PAY: _pay,
    Kind.ALLOWANCE: lambda p, row: [
        words.allowance_kinds()[row.kind],
        money(row.amount_pence),
        p.organisation(row.organisation_id),
    ],
    Kind.PENSION: lambda p, row: [
        words.schemes()[row.scheme],
        row.member_number,
        p.organisation(row.organisation_id),
    ],
    Kind.LEAVE: lambda p, row: [
        days(row.entitlement_hundredths + row.carried_over_hundredths - row.taken_hundredths),
        days(row.entitlement_hundredths),
        days(row.carried_over_hundredths),
        days(row.taken_hundredths),
        civil_date(row.leave_year_from),
        p.organisation(row.organisation_id),
    ],
    Kind.ABSENCE: lambda p, row: [
        days(row.absent_hundredths),
        str(row.occasions),
        civil_date(row.period_from),
        civil_date(row.period_to),
        p.organisation(row.organisation_id),
    ],
    Kind.ROLE: lambda p, row: [
        words.role_words()[row.role],
        p.organisation(row.organisation_id) if row.organisation_id else _("The platform"),
    ],
    Kind.GRANT: lambda p, row: p.grant(row),
}

_HEADS: Mapping[Kind, Callable[[], Sequence[str]]] = {
    Kind.NAME: lambda: [_("Name"), _("Known as")],
    Kind.BIRTH_DATE: lambda: [_("Born on")],
    Kind.IDENTITY_PROOFING: lambda: [
        _("Confidence"),
        _("Profile of GPG 45"),
        _("Rested on"),
        _("Checked by"),
    ],
    Kind.ADDRESS: lambda: [_("Address"), _("Organisation")],
    Kind.PHONE: lambda: [_("Number"), _("Organisation")],
    Kind.OFFICE: lambda: [_("Office"), _("Organisation")],
    Kind.EMPLOYMENT: lambda: [_("Employer"), _("Number"), _("Contract"), _("Continuous service since")],
    Kind.POSTING: lambda: [
        _("Job"),
        _("Grade"),
        _("Organisation"),
        _("Kind"),
        _("Profession"),
        _("Unit"),
        _("Place"),
        _("Line manager"),
        _("Needs clearance"),
    ],
    Kind.CAREER_BREAK: lambda: [_("Expected back on"), _("Employer")],
    Kind.CLEARANCE: lambda: [
        _("Level"),
        _("Status"),
        _("Usable at work"),
        _("Granted"),
        _("Usable through"),
        _("Extended from"),
        _("Review due"),
    ],
    Kind.SPONSORSHIP: lambda: [_("Level"), _("Organisation"), _("Kind")],
    Kind.CAVEAT: lambda: [_("Level"), _("Caveat"), _("What it does"), _("Organisation")],
    Kind.CLEARANCE_EVENT: lambda: [_("Level"), _("What happened"), _("Reference")],
    Kind.DISPENSATION: lambda: [_("Level"), _("Organisation"), _("Mitigations"), _("Approved by")],
    Kind.PAY: lambda: [_("Salary"), _("Scale"), _("Place"), _("Hours"), _("Reason"), _("Employer")],
    Kind.ALLOWANCE: lambda: [_("Allowance"), _("A year"), _("Employer")],
    Kind.PENSION: lambda: [_("Scheme"), _("Member number"), _("Employer")],
    Kind.LEAVE: lambda: [
        _("Left"),
        _("Entitlement"),
        _("Carried over"),
        _("Taken"),
        _("Leave year from"),
        _("Employer"),
    ],
    Kind.ABSENCE: lambda: [_("Absent"), _("Occasions"), _("From day"), _("To day"), _("Employer")],
    Kind.ROLE: lambda: [_("Role"), _("Organisation")],
    Kind.GRANT: lambda: [_("App"), _("Role")],
}
