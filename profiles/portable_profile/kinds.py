"""The kinds of facts that make a profile, by the name that each has in addresses, exports and commands."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from profiles.clearances.models import (
    Clearance,
    ClearanceCaveat,
    ClearanceEvent,
    Dispensation,
    Sponsorship,
)
from profiles.employments.models import CareerBreak, Employment, Posting
from profiles.entitlements.models import Entitlement
from profiles.leave.models import AbsenceSummary, LeaveBalance
from profiles.pay.models import PayAllowance, PayRecord, PensionMembership
from profiles.people.models import (
    BirthDate,
    IdentityProofing,
    PersonName,
    WorkAddress,
    WorkPhone,
    WorkPlace,
)
from profiles.roles.models import RoleAssignment
from profiles.temporal import Fact


class Kind(StrEnum):
    """A kind of fact about a person, in the order in which a profile tells them."""

    NAME = "name"
    BIRTH_DATE = "birth-date"
    IDENTITY_PROOFING = "identity-proofing"
    ADDRESS = "address"
    PHONE = "phone"
    OFFICE = "office"
    EMPLOYMENT = "employment"
    POSTING = "posting"
    CAREER_BREAK = "career-break"
    CLEARANCE = "clearance"
    SPONSORSHIP = "sponsorship"
    CAVEAT = "caveat"
    CLEARANCE_EVENT = "clearance-event"
    DISPENSATION = "dispensation"
    PAY = "pay"
    ALLOWANCE = "allowance"
    PENSION = "pension"
    LEAVE = "leave"
    ABSENCE = "absence"
    ROLE = "role"
    GRANT = "grant"


MODELS: Mapping[Kind, type[Fact]] = MappingProxyType(
    {
        Kind.NAME: PersonName,
        Kind.BIRTH_DATE: BirthDate,
        Kind.IDENTITY_PROOFING: IdentityProofing,
        Kind.ADDRESS: WorkAddress,
        Kind.PHONE: WorkPhone,
        Kind.OFFICE: WorkPlace,
        Kind.EMPLOYMENT: Employment,
        Kind.POSTING: Posting,
        Kind.CAREER_BREAK: CareerBreak,
        Kind.CLEARANCE: Clearance,
        Kind.SPONSORSHIP: Sponsorship,
        Kind.CAVEAT: ClearanceCaveat,
        Kind.CLEARANCE_EVENT: ClearanceEvent,
        Kind.DISPENSATION: Dispensation,
        Kind.PAY: PayRecord,
        Kind.ALLOWANCE: PayAllowance,
        Kind.PENSION: PensionMembership,
        Kind.LEAVE: LeaveBalance,
        Kind.ABSENCE: AbsenceSummary,
        Kind.ROLE: RoleAssignment,
        Kind.GRANT: Entitlement,
    }
)

OF_VETTING = frozenset({Kind.CLEARANCE, Kind.SPONSORSHIP, Kind.CAVEAT, Kind.CLEARANCE_EVENT})
OF_PAY = frozenset({Kind.PAY, Kind.ALLOWANCE, Kind.PENSION})
OF_ABSENCE = frozenset({Kind.LEAVE, Kind.ABSENCE})
OF_THE_PERSON = frozenset({Kind.NAME, Kind.BIRTH_DATE, Kind.IDENTITY_PROOFING})
"""What no organisation owns."""
