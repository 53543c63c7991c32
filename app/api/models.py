"""What the API answers, as it stands in its description."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from profiles.apps.models import LawfulBasis
from profiles.imports.records.models import ImportState
from profiles.organisations.grades import CommonGrade
from profiles.organisations.models import OrganisationKind
from profiles.portable_profile.export import columns_of, name_of, told_as
from profiles.portable_profile.kinds import MODELS, Kind


class PayRecord(BaseModel):
    """What one employer paid from a civil day on."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid")

    employer: str = Field(description="The employer's code, such as HMRC.")
    starts: date = Field(alias="from", description="The first civil day, in London.")
    until: date | None = Field(description="The last civil day; null while it lasts.")
    salary_pence: int = Field(ge=0, description="Full-time, a year, before tax, in pence of `currency`.")
    currency: str = Field(min_length=3, max_length=3)
    fte_thousandths: int = Field(gt=0, le=1000, description="Part-time: thousandths of full time.")
    reason: str = Field(description="Why it began: appointment, award, promotion or transfer.")


class PayHistory(BaseModel):
    """A person's pay records that have begun, the oldest first."""

    model_config = ConfigDict(extra="forbid")

    sub: str = Field(description="The person, as this app knows them.")
    pay_history: list[PayRecord]


class RecordedFact(BaseModel):
    """What every fact of a profile tells beside what it is about."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid")

    id: str = Field(description="Stays the same through corrections.")
    starts: date = Field(alias="from", description="The first civil day, in London.")
    until: date | None = Field(description="The last civil day; null while it lasts.")
    recorded_at: datetime = Field(description="When this was recorded.")
    source: str


def _fact_model(kind: Kind) -> type[RecordedFact]:
    """The model of a kind of fact, made of the fields of the profile's own."""
    fields: dict[str, Any] = {}
    for column in columns_of(kind):
        annotation: Any = MODELS[kind].model_fields[column].annotation
        if column in ("organisation_id", "app_id"):
            annotation = str | None
        elif column == "office_id":
            annotation = list[str] | None
        fields[told_as(column)] = (annotation, ...)
    if kind is Kind.CLEARANCE:
        fields["usable"] = (bool, Field(description="Whether it could be used where they worked."))
    made: type[RecordedFact] = create_model(
        f"{MODELS[kind].__name__}Fact", __base__=RecordedFact, __doc__=MODELS[kind].__doc__, **fields
    )
    return made


_KINDS: dict[str, Any] = {
    name_of(kind): (list[_fact_model(kind)], Field(default_factory=list))  # type: ignore[misc]
    for kind in Kind
}
Profile: type[BaseModel] = create_model(
    "Profile",
    __config__=ConfigDict(extra="forbid"),
    __doc__="A profile at a point of both time lines; what the agreement does not open is left out.",
    valid_at=(datetime, Field(description="The moment looked at.")),
    known_at=(datetime, Field(description="The moment with whose knowledge.")),
    **_KINDS,
)


class PayScale(RecordedFact):
    """Between what a grade is paid at a pay location."""

    grade: str = Field(description="As the organisation calls it.")
    location: str = Field(description="Empty: wherever the grade has no scale of its own.")
    name: str
    minimum_pence: int = Field(gt=0, description="Full-time, a year, before tax, in pence of `currency`.")
    maximum_pence: int = Field(gt=0, description="The same as the minimum for a spot rate.")
    currency: str = Field(min_length=3, max_length=3)


class PayScales(BaseModel):
    """The pay scales of an organisation at a point of both time lines, the highest first."""

    model_config = ConfigDict(extra="forbid")

    valid_at: datetime = Field(description="The moment looked at.")
    known_at: datetime = Field(description="The moment with whose knowledge.")
    pay_scales: list[PayScale]


class Change(BaseModel):
    """That a fact was recorded, corrected, ended or withdrawn; what it says now is in the profile."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid")

    kind: str = Field(description="The member of a profile in which the fact stands.")
    id: str = Field(description="The fact's, as in the profile; stays the same through corrections.")
    number: str = Field(description="The employment number, as the organisation gave it.")
    sub: str | None = Field(description="The person, as this app knows them; null where it does not.")
    starts: date = Field(alias="from", description="The first civil day on which it holds, in London.")
    until: date | None = Field(description="The last civil day; null while it lasts.")
    changed_at: datetime
    withdrawn: bool = Field(description="Whether it was taken back, as if it had never been so.")


class Changes(BaseModel):
    """A page of changes, in the order in which they became known. One may be told twice, none is left out."""

    model_config = ConfigDict(extra="forbid")

    changes: list[Change]
    cursor: str = Field(description="For the next page, now or later.")
    more: bool = Field(description="Whether the next page is there already.")


class AppRole(BaseModel):
    """A role that an app knows."""

    model_config = ConfigDict(extra="forbid")

    name: str
    label: str
    rank: int = Field(description="The most powerful role has the highest.")


class AppAgreement(RecordedFact):
    """What the app may be told, why, and on which basis."""

    purpose: str
    lawful_basis: LawfulBasis
    claims: list[str]
    retention: str
    contact: str
    dpia_reference: str
    suppliers: str = Field(description="Empty: not stated.")
    acknowledge_within_seconds: int = Field(description="How soon it confirms that it ended old access.")
    stop_tokens_when_overdue: bool


class AppRule(RecordedFact):
    """Who gets a role: every condition that is not null must hold."""

    role: str
    organisation: str | None = Field(description="Its code.")
    include_subtree: bool
    grade_from: CommonGrade | None
    grade_to: CommonGrade | None
    profession: str | None
    posting_kind: str | None = Field(description="home or host.")
    least_clearance: str | None


class AppDelegation(RecordedFact):
    """To whose officers the owner leaves it to give a role by hand."""

    organisation: str = Field(description="Its code.")
    include_subtree: bool
    role: str | None = Field(description="Null: any role of the app.")


class AppEntry(BaseModel):
    """An app of the service's own organisation."""

    model_config = ConfigDict(extra="forbid")

    id: str
    name: str


class Apps(BaseModel):
    """The apps of the service's own organisation, by name."""

    model_config = ConfigDict(extra="forbid")

    apps: list[AppEntry]


class App(AppEntry):
    """An app with its agreement, rules and delegations at a point of both time lines; nobody's data."""

    organisation: str = Field(description="Whose app it is: its code.")
    home_url: str
    contact: str
    in_lanyard_since: datetime
    valid_at: datetime = Field(description="The moment looked at.")
    known_at: datetime = Field(description="The moment with whose knowledge.")
    roles: list[AppRole]
    agreement: AppAgreement | None = Field(description="Null: nobody could use the app.")
    rules: list[AppRule]
    delegations: list[AppDelegation]


class Handover(BaseModel):
    """That an organisation took over from another, or handed over to it."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(description="The other organisation's code.")
    since: date = Field(description="The first civil day, in London.")


class Grade(BaseModel):
    """An organisation's own label for a grade, and what it stands for."""

    model_config = ConfigDict(extra="forbid")

    label: str
    common_grade: CommonGrade | None = Field(description="Null where the grade has no equal.")


class OrganisationEntry(BaseModel):
    """An organisation on a day."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(description="Stays the same for ever; the id in `organisation` claims.")
    code: str = Field(description="Short and public, such as HMRC; it never changes.")
    name: str
    kind: OrganisationKind
    exists: bool = Field(description="Whether it exists on that day; if not, its name is the nearest one.")
    parent: str | None = Field(description="The code of the organisation above it.")
    domains: list[str] = Field(description="E-mail domains of its people's work addresses.")
    grades: list[Grade] = Field(description="The highest first, those without a common grade last.")
    predecessors: list[Handover]
    successors: list[Handover]


class Organisation(OrganisationEntry):
    """An organisation at a point of both time lines."""

    valid_at: datetime = Field(description="The moment looked at.")
    known_at: datetime = Field(description="The moment with whose knowledge.")


class Organisations(BaseModel):
    """Every organisation that exists on a day, by code."""

    model_config = ConfigDict(extra="forbid")

    valid_at: datetime = Field(description="The moment looked at.")
    known_at: datetime = Field(description="The moment with whose knowledge.")
    organisations: list[OrganisationEntry]


class ImportProblem(BaseModel):
    """What is wrong with a record; never a value of it."""

    model_config = ConfigDict(extra="forbid")

    line: int = Field(description="The line, from 1; 0 for all of them together.")
    field: str = Field(description="Empty for a whole line.")
    code: str = Field(description="Stable, for programs.")
    message: str


class ImportStatus(BaseModel):
    """How far records are that a program has sent."""

    model_config = ConfigDict(extra="forbid")

    id: str
    state: ImportState = Field(
        description="From received to published, or refused; waiting: for a second officer."
    )
    problems: int = Field(description="Of all lines. Where there is one, nothing is recorded.")
    affected: int = Field(description="People whose access it changes.")
    counts: dict[str, int] = Field(description="Records added, changed, unchanged, in conflict, and so on.")
    first_problems: list[ImportProblem]
