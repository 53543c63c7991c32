"""The words for what stands in a profile as a value of a list."""

from collections.abc import Mapping
from datetime import date

from app.display_formats import civil_date
from app.translation import gettext as _
from profiles.clearances.models import CaveatKind, ClearanceEventKind, ClearanceStatus
from profiles.clearances.policy import Obstacle
from profiles.employments.models import ContractType, PostingKind
from profiles.pay.models import AllowanceKind, PayReason, PensionScheme
from profiles.people.models import IdentityConfidence, IdentityEvidence
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action, LeavingCause, PostChange
from profiles.roles.models import Role


def source_in_words(source: str) -> str:
    """What a fact was recorded from, in words."""
    kind, _colon, rest = source.partition(":")
    if kind == "page" and rest:
        return rest
    if kind == "import" and ":" in rest:
        code, _colon, system = rest.partition(":")
        return _("%(system)s of %(organisation)s", system=system, organisation=code)
    words = {
        "transfer": _("a transfer"),
        "leaving": _("the end of the employment"),
        "post-change": _("a change of post"),
        "career-break": _("a career break"),
        "resumes": _("the end of what was temporary"),
        "import": _("a published organogram"),
        "command": _("an administrator’s command"),
        "demo": _("demonstration data"),
        "page": _("a page of Lanyard"),
    }
    return words.get(kind, source)


def share(thousandths: int) -> str:
    """How much of full time somebody works."""
    return _("Full time") if thousandths == 1000 else _("%(share)g%% of full time", share=thousandths / 10)


def day_or_none(day: date | None) -> str:
    """A civil day, or that there is none."""
    return civil_date(day) if day else _("Not set")


def leaving_causes() -> Mapping[LeavingCause, str]:
    """Why people leave."""
    return {
        LeavingCause.RESIGNED: _("They resigned"),
        LeavingCause.RETIRED: _("They retire"),
        LeavingCause.END_OF_CONTRACT: _("Their contract ends"),
        LeavingCause.DISMISSED: _("They are dismissed"),
        LeavingCause.DIED: _("They have died"),
    }


def post_changes() -> Mapping[PostChange, str]:
    """How people change post where they work."""
    return {
        PostChange.PROMOTION: _("Promotion for good"),
        PostChange.TEMPORARY_PROMOTION: _("Temporary promotion"),
        PostChange.LEVEL_MOVE: _("Another post of the same grade"),
        PostChange.LOWER_GRADE: _("A post of a lower grade"),
    }


def contracts() -> Mapping[ContractType, str]:
    """How people are employed."""
    return {
        ContractType.PERMANENT: _("Permanent"),
        ContractType.FIXED_TERM: _("Fixed term"),
        ContractType.CONTRACTOR: _("Contractor"),
    }


def statuses() -> Mapping[ClearanceStatus, str]:
    """Where a clearance stands."""
    return {
        ClearanceStatus.REQUESTED: _("Requested"),
        ClearanceStatus.BPSS_CONFIRMED: _("Requested, BPSS confirmed"),
        ClearanceStatus.IN_VETTING: _("In vetting"),
        ClearanceStatus.REFUSED: _("Refused"),
        ClearanceStatus.CANCELLED: _("Application cancelled"),
        ClearanceStatus.ACTIVE: _("Active"),
        ClearanceStatus.RENEWAL_IN_PROGRESS: _("Active, being renewed"),
        ClearanceStatus.TRANSFER_REQUESTED: _("Active, transfer requested"),
        ClearanceStatus.EXPORTER_RELEASED: _("Active, released to the new department"),
        ClearanceStatus.EXPORTER_REFUSED: _("Active until the last day, not released"),
        ClearanceStatus.SUSPENDED: _("Suspended"),
        ClearanceStatus.EXPIRED: _("Expired"),
        ClearanceStatus.LAPSED: _("Lapsed"),
        ClearanceStatus.REINSTATEMENT_REQUESTED: _("Lapsed, reinstatement requested"),
        ClearanceStatus.WITHDRAWN: _("Withdrawn"),
    }


def in_moves() -> Mapping[ClearanceStatus, str]:
    """How a clearance stands in a move, after how it stands otherwise."""
    return {
        ClearanceStatus.TRANSFER_REQUESTED: _("a move asks for it"),
        ClearanceStatus.EXPORTER_RELEASED: _("released to the new department"),
        ClearanceStatus.EXPORTER_REFUSED: _("not released, so it lapses on the last day"),
    }


def pay_reasons() -> Mapping[PayReason, str]:
    """Why a salary began."""
    return {
        PayReason.APPOINTMENT: _("Appointment"),
        PayReason.AWARD: _("Pay award"),
        PayReason.PROMOTION: _("Promotion"),
        PayReason.TRANSFER: _("Transfer"),
        PayReason.CORRECTION: _("Correction"),
        PayReason.RETURN: _("Return from a career break"),
        PayReason.MARK_TIME: _("Mark time"),
    }


def kinds() -> Mapping[Kind, str]:
    """The kinds of facts, as headings."""
    return {
        Kind.NAME: _("Legal name"),
        Kind.BIRTH_DATE: _("Date of birth"),
        Kind.IDENTITY_PROOFING: _("Checks of identity"),
        Kind.ADDRESS: _("Work e-mail addresses"),
        Kind.PHONE: _("Work phone numbers"),
        Kind.OFFICE: _("Offices"),
        Kind.EMPLOYMENT: _("Employments"),
        Kind.POSTING: _("Posts"),
        Kind.CAREER_BREAK: _("Career breaks"),
        Kind.CLEARANCE: _("Clearances"),
        Kind.SPONSORSHIP: _("Sponsors of clearances"),
        Kind.CAVEAT: _("Caveats of clearances"),
        Kind.CLEARANCE_EVENT: _("What happened to clearances"),
        Kind.DISPENSATION: _("Dispensations"),
        Kind.PAY: _("Pay"),
        Kind.ALLOWANCE: _("Allowances"),
        Kind.PENSION: _("Pension"),
        Kind.LEAVE: _("Leave"),
        Kind.ABSENCE: _("Absence"),
        Kind.ROLE: _("Roles in Lanyard"),
        Kind.GRANT: _("Roles in apps given by hand"),
    }


def break_actions() -> Mapping[Action, str]:
    """What is done about a career break."""
    return {
        Action.BEGIN_BREAK: _("A career break begins"),
        Action.EXPECT_RETURN: _("The return from a career break is expected on another day"),
        Action.END_BREAK: _("Return from a career break"),
        Action.TAKE_BACK_BREAK: _("A career break is taken back"),
    }


def posting_kinds() -> Mapping[PostingKind, str]:
    """Where somebody is posted."""
    return {PostingKind.HOME: _("Home"), PostingKind.HOST: _("On loan")}


def caveat_kinds() -> Mapping[CaveatKind, str]:
    """What a caveat does."""
    return {
        CaveatKind.ADDITION: _("An addition"),
        CaveatKind.ORGANISATION: _("For use in one organisation only"),
        CaveatKind.CONDITION: _("A condition that is not met yet"),
    }


def clearance_events() -> Mapping[ClearanceEventKind, str]:
    """What happens to a clearance."""
    return {
        ClearanceEventKind.EXTENDED: _("Extended"),
        ClearanceEventKind.REVIEWED: _("Reviewed"),
        ClearanceEventKind.APPRAISAL: _("Yearly appraisal"),
        ClearanceEventKind.INCIDENT: _("Incident reported"),
        ClearanceEventKind.CHANGE_OF_CIRCUMSTANCES: _("Change of circumstances"),
    }


def obstacles() -> Mapping[Obstacle, str]:
    """Why a clearance could not be used."""
    return {
        Obstacle.NOT_GRANTED: _("No: it was still being decided"),
        Obstacle.NOT_ACTIVE: _("No: it was not active"),
        Obstacle.EXPIRED: _("No: it had expired"),
        Obstacle.NOT_SPONSORED: _("No: not sponsored by or shared with where they worked"),
        Obstacle.TOO_OLD: _("No: where they worked accepts it for fewer years"),
        Obstacle.CAVEAT: _("No: a caveat kept it from being used there"),
    }


def confidences() -> Mapping[IdentityConfidence, str]:
    """How far an identity was checked."""
    return {
        IdentityConfidence.LOW: _("Low"),
        IdentityConfidence.MEDIUM: _("Medium"),
        IdentityConfidence.HIGH: _("High"),
        IdentityConfidence.VERY_HIGH: _("Very high"),
    }


def identity_evidence() -> Mapping[IdentityEvidence, str]:
    """What a check of an identity rested on."""
    return {
        IdentityEvidence.PASSPORT: _("A passport"),
        IdentityEvidence.IDENTITY_CARD: _("A national identity card"),
        IdentityEvidence.RESIDENCE_PERMIT: _("A residence permit or eVisa"),
        IdentityEvidence.DRIVING_LICENCE: _("A driving licence"),
        IdentityEvidence.DIGITAL_IDENTITY: _("A digital identity service"),
        IdentityEvidence.SEVERAL: _("Several other documents or records together"),
    }


def allowance_kinds() -> Mapping[AllowanceKind, str]:
    """What is paid beside a salary."""
    return {
        AllowanceKind.TEMPORARY_RESPONSIBILITY: _("Temporary responsibility"),
        AllowanceKind.SPECIALIST: _("Specialist"),
        AllowanceKind.RECRUITMENT_AND_RETENTION: _("Recruitment and retention"),
        AllowanceKind.LOCATION: _("Location"),
        AllowanceKind.ON_CALL: _("On call"),
    }


def schemes() -> Mapping[PensionScheme, str]:
    """The pension schemes, as they call themselves."""
    return {scheme: scheme.value.replace("_", " ") for scheme in PensionScheme}


def role_words() -> Mapping[Role, str]:
    """The roles in Lanyard."""
    return {
        Role.HR_OFFICER: _("HR officer"),
        Role.VACANCY_HOLDER: _("Vacancy holder"),
        Role.SECURITY_OFFICER: _("Security officer"),
        Role.APP_OWNER: _("App owner"),
        Role.DATA_PROTECTION_OFFICER: _("Data protection officer"),
        Role.AUDITOR: _("Auditor"),
        Role.PAYROLL_OFFICER: _("Payroll officer"),
        Role.ORGANISATION_ADMINISTRATOR: _("Organisation administrator"),
        Role.PLATFORM_ADMINISTRATOR: _("Platform administrator"),
        Role.LINE_MANAGER: _("Line manager"),
    }
