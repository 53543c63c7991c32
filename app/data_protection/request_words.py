"""Access requests in words: where one stands, why something is withheld, what kinds of entries are called."""

from app.portable_profile.words import kinds
from app.translation import gettext as _
from profiles.access_requests.models import AccessRequest, RequestState
from profiles.disclosure.grounds import Ground
from profiles.portable_profile.kinds import Kind


def states() -> dict[RequestState, str]:
    """Where a request stands."""
    return {
        RequestState.ASKED: _("Being reviewed"),
        RequestState.READY: _("Ready"),
        RequestState.REFUSED: _("Refused"),
        RequestState.WITHDRAWN: _("Withdrawn"),
        RequestState.EXPIRED: _("Expired"),
    }


def colour_of(request: AccessRequest) -> str:
    """The colour of its tag."""
    return {RequestState.ASKED: "blue", RequestState.READY: "green", RequestState.REFUSED: "red"}.get(
        request.state, "grey"
    )


def grounds() -> dict[Ground, str]:
    """Why something is withheld."""
    return {
        Ground.THIRD_PARTY: _("It tells something of another person"),
        Ground.NATIONAL_SECURITY: _("National security, as with some of vetting"),
        Ground.CRIME: _("It would hinder preventing or finding crime"),
        Ground.LEGAL_PRIVILEGE: _("It is advice of lawyers"),
        Ground.MANAGEMENT: _("It would harm planning that is not announced"),
    }


def section_name(section: str) -> str:
    """What a kind of entry is called."""
    if section in list(Kind):
        return kinds()[Kind(section)]
    return {
        "release": _("What apps were told"),
        "notice": _("Notices of what apps are told"),
        "field-conflict": _("Disagreements between systems"),
        "one-time-codes": _("Codes from an app"),
        "name-at-apps": _("Names by which apps know them"),
        "app-session": _("Sessions at apps"),
        "disowned-session": _("Sign-ins reported as somebody else’s"),
        "recovery": _("Recoveries of the account"),
        "question": _("Questions about what apps were told"),
        "concern": _("What they said is wrong"),
        "withholding": _("Decisions to withhold for a time what an app was told"),
        "record-change": _("Changes of the record that officers asked for"),
        "policy-change": _("Roles of apps that officers gave or took away by hand"),
        "role-request": _("Roles of apps that you asked for"),
        "union": _("Unions with other records"),
        "transfer-code": _("Codes for a transfer"),
        "appointment": _("Employments that were prepared for you"),
        "return-claim": _("Statements that an account is yours, made by whoever was invited back"),
        "move-invitation": _("Invitations to move that you accepted"),
        "recovery-code": _("Recovery codes"),
        "invitation": _("Invitations to sign in"),
        "linking-code": _("Codes that link an account"),
        "help-allowance": _("Help to sign in that was allowed"),
        "suspension": _("Suspensions of the account"),
        "sensitive-mark": _("Marks that keep a name out of lists"),
        "transfer": _("Transfers"),
        "transfer-step": _("Steps of transfers"),
        "transfer-interruption": _("Transfers on hold"),
        "pay-check": _("What payroll said of the first pay"),
        "transfer-correction": _("Details said to be wrong"),
        "legal-hold": _("Legal holds"),
        "loan": _("Loans"),
        "loan-agreement": _("Agreements of loans"),
        "loan-step": _("Steps of loans"),
        "bulk-move-member": _("Moves with many others"),
        "audit": _("Events in the audit trail"),
        "session": _("Sessions"),
        "password": _("Password"),
        "passkey": _("Passkeys"),
        "department-account": _("Accounts at departments"),
        "browser": _("Browsers"),
        "account-notice": _("Notices of the account"),
    }.get(section, section)
