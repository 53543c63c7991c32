"""The kinds of record, each derived from the model of a fact, so that a new column travels by itself.

A field is called as its column is. Columns that hold ids are references: to a person, an employment, a
clearance or an office by its key, to an organisation by its code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import NoneType
from typing import Annotated, Any, Literal, cast, get_args
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model
from pydantic_core import PydanticCustomError
from sqlalchemy import Table

from profiles.apps.models import AccessRule, Agreement, AppDelegation
from profiles.clearances.models import (
    Clearance,
    ClearanceCaveat,
    ClearanceEvent,
    ClearanceLimit,
    Dispensation,
    Sponsorship,
)
from profiles.employments.models import CareerBreak, Employment, Posting
from profiles.entitlements.models import Entitlement
from profiles.imports.records.values import (
    PHONE,
    Key,
    Moment,
    Reason,
    Text,
    ValidFrom,
    ValidUntil,
    Words,
    field_type,
)
from profiles.leave.models import AbsenceSummary, LeaveBalance
from profiles.organisations.models import (
    EmailDomain,
    LocalGrade,
    Office,
    OrganisationDetail,
    Succession,
    TeamContact,
)
from profiles.pay.models import PayAllowance, PayRecord, PayScale, PensionMembership
from profiles.people.models import (
    BirthDate,
    IdentityProofing,
    PersonName,
    SensitiveMark,
    WorkAddress,
    WorkPhone,
    WorkPlace,
)
from profiles.roles.models import RoleAssignment
from profiles.sign_in.models import SignInPolicy
from profiles.suspensions.models import AccountSuspension, OrganisationSuspension
from profiles.temporal import Fact

VERSION = 1
GRADE, PAY_SCALE, PERSON, ORGANISATION, EMPLOYMENT, PAY, CLEARANCE, OFFICE, IDENTITY_PROOFING = (
    "grade",
    "pay_scale",
    "person",
    "organisation",
    "employment",
    "pay",
    "clearance",
    "office",
    "identity_proofing",
)

NOT_TRAVELLING: Mapping[type[Fact], str] = {
    OrganisationDetail: "Organisations and their tree travel in the register's file, not in one of theirs.",
    Succession: "Who took over from whom is said of two organisations: the register's file says it.",
    TeamContact: "Whom to ask is published in Lanyard, by an administrator.",
    EmailDomain: "Whose addresses a domain gives, the register's file says; a file of theirs must not.",
    RoleAssignment: "Roles in Lanyard are given in Lanyard.",
    AccessRule: "An app's rules are its owner's.",
    AppDelegation: "Who else may give an app's roles is its owner's to say.",
    Agreement: "Agreements are between an app and an organisation.",
    ClearanceLimit: "How long an organisation counts a clearance is decided in Lanyard by two officers.",
    Entitlement: "Grants by hand need an approver in Lanyard.",
    SensitiveMark: "Whoever reads the records must not learn who is marked: the safeguards' file says it.",
    AccountSuspension: "Nor who is suspended: the safeguards' file says that too.",
    OrganisationSuspension: "So it is of an organisation.",
    SignInPolicy: "How people sign in to Lanyard is decided in Lanyard.",
}
"""Facts that no record carries, and why."""

_COMPUTED = {"search_key"}
_BY_COLUMN = {"employment_id": EMPLOYMENT, "clearance_id": CLEARANCE, "office_id": OFFICE}
_BY_TABLE = {"people": PERSON, "organisations": ORGANISATION}


HISTORY = ("recorded_at", "superseded_at", "source")
"""The fields of what was known when; a record has all of them, or none."""


class Record(BaseModel):
    """What every record has, whatever its kind."""

    model_config = ConfigDict(extra="forbid", strict=True)

    source_key: Key = Field(
        description="What the source calls this record; the same for ever, within its kind."
    )
    valid_from: ValidFrom
    valid_until: ValidUntil = None
    reason: Reason = Field(default="", description="Why it is so, for whoever asks later.")
    continues: Key | None = Field(
        default=None,
        description="The source_key of the first record of the same fact, where a fact has several: another "
        "stretch of time, or what was believed before.",
    )
    recorded_at: Moment | None = Field(
        default=None, description="Since when this was known. Only in what is exported with its history."
    )
    superseded_at: Moment | None = Field(
        default=None, description="When it was corrected. Empty while it is what is known."
    )
    source: Text | None = Field(
        default=None,
        description="Who said so, where it was recorded. Without recorded_at, a system of the organisation: "
        "import:CODE:name.",
    )


@dataclass(frozen=True)
class Reference:
    """A field that names something else, and the column for the id of what it names."""

    field: str
    column: str
    kind: str
    optional: bool


@dataclass(frozen=True)
class Kind:
    """One kind of record: ``model`` is the fact that it becomes.

    ``opens_access``: access may rest on it. ``without_organisation``: naming none means none, not one's own.
    ``of_vetting``: only whoever looks after clearances lets it be recorded, or sees what two systems say.
    ``always_waits``: nobody lets it be recorded alone, whomever it concerns.
    """

    name: str
    model: type[Fact]
    opens_access: bool = False
    without_organisation: bool = False
    of_vetting: bool = False
    always_waits: bool = False

    @cached_property
    def table(self) -> Table:
        """The fact's table."""
        return cast(Table, self.model.__table__)  # type: ignore[attr-defined]

    @cached_property
    def columns(self) -> list[str]:
        """The columns of the fact that are its own."""
        return [name for name in self.model.model_fields if name not in Fact.model_fields]

    @cached_property
    def references(self) -> list[Reference]:
        """The fields that name something; whose record it is follows from an employment or a clearance."""
        found = [_reference(self, name) for name in self.columns if self._is_id(name)]
        if any(one.kind in (EMPLOYMENT, CLEARANCE) for one in found):
            found = [one for one in found if one.column != "person_id"]
        return found

    @cached_property
    def person_follows(self) -> bool:
        """Whether whose record it is follows from the employment or clearance that it names."""
        return "person_id" in self.columns and all(one.column != "person_id" for one in self.references)

    @cached_property
    def values(self) -> dict[str, str]:
        """The field for each column that holds no id; ``kind`` is taken by the record's own."""
        return {
            name: f"{self.name}_kind" if name == "kind" else name
            for name in self.columns
            if not self._is_id(name) and name not in _COMPUTED
        }

    @cached_property
    def record(self) -> type[Record]:
        """The input model."""
        fields: dict[str, Any] = {"kind": (Literal[self.name], self.name)}
        for one in self.references:
            optional = one.optional or one.kind == ORGANISATION
            fields[one.field] = (Key | None, None) if optional else (Key, ...)
        for column, field in self.values.items():
            info = self.model.model_fields[column]
            kind = (
                PHONE if (self.name, column) == ("phone", "number") else field_type(column, info.annotation)
            )
            if info.is_required() and kind is Text:
                kind = Words
            fields[field] = (kind, ... if info.is_required() else info.default)
        return create_model(self.name, __base__=Record, __doc__=self.model.__doc__, **fields)

    def _is_id(self, column: str) -> bool:
        annotation = self.model.model_fields[column].annotation
        return annotation is UUID or UUID in get_args(annotation)


def _reference(kind: Kind, column: str) -> Reference:
    keys = list(kind.table.c[column].foreign_keys)
    target = _BY_TABLE[keys[0].column.table.name] if keys else _BY_COLUMN[column]
    optional = NoneType in get_args(kind.model.model_fields[column].annotation)
    return Reference(column.removesuffix("_id"), column, target, optional)


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(GRADE, LocalGrade, opens_access=True),
        Kind(PAY_SCALE, PayScale),
        Kind(OFFICE, Office),
        Kind("name", PersonName),
        Kind("birth_date", BirthDate),
        Kind(IDENTITY_PROOFING, IdentityProofing, always_waits=True),
        Kind("address", WorkAddress),
        Kind("phone", WorkPhone),
        Kind("work_place", WorkPlace),
        Kind(EMPLOYMENT, Employment, opens_access=True),
        Kind("posting", Posting, opens_access=True),
        Kind("career_break", CareerBreak),
        Kind(PAY, PayRecord),
        Kind("allowance", PayAllowance),
        Kind("pension", PensionMembership),
        Kind("leave", LeaveBalance),
        Kind("absence", AbsenceSummary),
        Kind(CLEARANCE, Clearance, opens_access=True, of_vetting=True),
        Kind("sponsorship", Sponsorship, opens_access=True, of_vetting=True),
        Kind("caveat", ClearanceCaveat, opens_access=True, without_organisation=True, of_vetting=True),
        Kind("clearance_event", ClearanceEvent, of_vetting=True),
        Kind("dispensation", Dispensation, of_vetting=True),
    )
}
"""By name, in an order in which each comes after those that it names."""

OF_VETTING = frozenset(kind.name for kind in KINDS.values() if kind.of_vetting)
WITH_THE_PERSON = OF_VETTING | {"name", "birth_date", IDENTITY_PROOFING}
"""What goes with a person, whoever employs them."""
SOURCE_KEY = "source_key"
IMPORTED = "import:"
"""How the source of a fact begins that a system has sent."""


def _nameable(kind: str) -> str:
    if kind not in (*KINDS, PERSON):
        raise PydanticCustomError("not_one_of", f"must be one of {', '.join((*KINDS, PERSON))}")
    return kind


class SourceKey(BaseModel):
    """What a system of the organisation calls a record of these files: its own files go on with it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Literal["source_key"] = "source_key"
    of: Annotated[str, AfterValidator(_nameable)] = Field(
        description="The kind of record that is called so, or person.",
        json_schema_extra={"enum": [*KINDS, PERSON]},
    )
    organisation: Key = Field(description="The code of the organisation whose system it is.")
    source: str = Field(pattern="^[a-z0-9][a-z0-9._-]{0,59}$", description="The system.")
    source_key: Key = Field(description="What the system calls it.")
    record: Key | None = Field(
        default=None,
        description="The source_key that the first record of the fact has in these files; of a person, what "
        "these files call them. Empty where the record was taken back, or stayed behind.",
    )
    person: Key | None = Field(
        default=None, description="Whose it is in these files, where there is no record of it."
    )
    person_key: Key | None = Field(default=None, description="What the system calls whom it is about.")
    content_hash: str = Field(
        default="",
        pattern="^([0-9a-f]{32})?$",
        description="Of the line that the system sent last: the same line again changes nothing.",
    )


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of one line: a record, of whichever kind, or what a system calls one."""
    models = {name: kind.record for name, kind in KINDS.items()} | {SOURCE_KEY: SourceKey}
    return schema_of(models, "A record of Lanyard's open format")


def schema_of(models: Mapping[str, type[BaseModel]], title: str) -> dict[str, Any]:
    """The JSON Schema of a line that is one of these, by name."""
    kinds = {name: model.model_json_schema(ref_template="#/$defs/{model}") for name, model in models.items()}
    definitions: dict[str, Any] = {}
    for one in kinds.values():
        definitions |= one.pop("$defs", {})
    definitions |= kinds
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{title}, version {VERSION}",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in models],
        "$defs": definitions,
    }
