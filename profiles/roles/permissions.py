"""What each role may do, as one table, and the markers by which a view declares what it needs."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from profiles.roles.models import Role


class Permission(StrEnum):
    """An action that a role allows at the role's organisation."""

    SEE_PEOPLE = "see_people"
    SEE_ACCESS = "see_access"
    SEE_PAY = "see_pay"
    SEE_CLEARANCES = "see_clearances"
    SEE_BIRTH_DATES = "see_birth_dates"
    SEE_ABSENCE = "see_absence"
    MANAGE_CLEARANCES = "manage_clearances"
    CHANGE_RECORDS = "change_records"
    MAINTAIN_PAY_SCALES = "maintain_pay_scales"
    HELP_SIGN_IN = "help_sign_in"
    UNDO_LINKS = "undo_links"
    REQUEST_RECOVERY = "request_recovery"
    CONFIRM_RECOVERY = "confirm_recovery"
    ALLOW_HELP = "allow_help"
    SEE_TRANSFERS = "see_transfers"
    OFFER_POSTS = "offer_posts"
    PREPARE_TRANSFER = "prepare_transfer"
    APPROVE_TRANSFER = "approve_transfer"
    CONFIRM_PAY = "confirm_pay"
    SEE_APPS = "see_apps"
    MANAGE_CLIENTS = "manage_clients"
    CHANGE_RULES = "change_rules"
    APPROVE_ACCESS = "approve_access"
    GRANT_ACCESS = "grant_access"
    PROPOSE_AGREEMENTS = "propose_agreements"
    CONFIRM_AGREEMENTS = "confirm_agreements"
    SEE_AUDIT = "see_audit"
    SEE_OFFICERS = "see_officers"
    SEE_RECEIPTS = "see_receipts"
    MANAGE_SIGN_IN = "manage_sign_in"
    CHANGE_ORGANISATION = "change_organisation"
    INVITE_ADMINISTRATORS = "invite_administrators"
    HANDLE_SECURITY_REPORTS = "handle_security_reports"
    SUSPEND_ACCOUNTS = "suspend_accounts"
    MARK_SENSITIVE = "mark_sensitive"
    SEE_IMPORTS = "see_imports"
    IMPORT_RECORDS = "import_records"
    APPROVE_IMPORTS = "approve_imports"
    ANSWER_QUESTIONS = "answer_questions"
    ANSWER_CONCERNS = "answer_concerns"
    REVIEW_ACCESS_REQUESTS = "review_access_requests"
    DECIDE_RETENTION = "decide_retention"
    SEE_FIGURES = "see_figures"
    SET_ASSUMPTIONS = "set_assumptions"
    GIVE_ROLES = "give_roles"
    CONFIRM_ROLES = "confirm_roles"
    REINSTATE_ORGANISATIONS = "reinstate_organisations"


ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.HR_OFFICER: frozenset(
        {
            Permission.SEE_PEOPLE,
            Permission.SEE_ACCESS,
            Permission.SEE_PAY,
            Permission.SEE_CLEARANCES,
            Permission.SEE_BIRTH_DATES,
            Permission.SEE_ABSENCE,
            Permission.CHANGE_RECORDS,
            Permission.MAINTAIN_PAY_SCALES,
            Permission.HELP_SIGN_IN,
            Permission.UNDO_LINKS,
            Permission.REQUEST_RECOVERY,
            Permission.CONFIRM_RECOVERY,
            Permission.SEE_TRANSFERS,
            Permission.OFFER_POSTS,
            Permission.SEE_FIGURES,
            Permission.PREPARE_TRANSFER,
            Permission.APPROVE_TRANSFER,
            Permission.SEE_RECEIPTS,
            Permission.SEE_IMPORTS,
            Permission.IMPORT_RECORDS,
            Permission.APPROVE_IMPORTS,
            Permission.GRANT_ACCESS,
            Permission.ANSWER_CONCERNS,
        }
    ),
    Role.VACANCY_HOLDER: frozenset({Permission.OFFER_POSTS}),
    Role.SECURITY_OFFICER: frozenset(
        {
            Permission.SEE_PEOPLE,
            Permission.SEE_ACCESS,
            Permission.SEE_CLEARANCES,
            Permission.SEE_BIRTH_DATES,
            Permission.MANAGE_CLEARANCES,
            Permission.UNDO_LINKS,
            Permission.CONFIRM_RECOVERY,
            Permission.ALLOW_HELP,
            Permission.HANDLE_SECURITY_REPORTS,
            Permission.SUSPEND_ACCOUNTS,
            Permission.MARK_SENSITIVE,
            Permission.SEE_IMPORTS,
            Permission.SEE_APPS,
            Permission.APPROVE_ACCESS,
            Permission.ANSWER_CONCERNS,
            Permission.SEE_OFFICERS,
            Permission.CONFIRM_ROLES,
        }
    ),
    Role.APP_OWNER: frozenset(
        {
            Permission.SEE_APPS,
            Permission.MANAGE_CLIENTS,
            Permission.CHANGE_RULES,
            Permission.APPROVE_ACCESS,
            Permission.GRANT_ACCESS,
            Permission.PROPOSE_AGREEMENTS,
        }
    ),
    Role.DATA_PROTECTION_OFFICER: frozenset(
        {
            Permission.SEE_APPS,
            Permission.PROPOSE_AGREEMENTS,
            Permission.CONFIRM_AGREEMENTS,
            Permission.SEE_AUDIT,
            Permission.SEE_OFFICERS,
            Permission.ANSWER_QUESTIONS,
            Permission.ANSWER_CONCERNS,
            Permission.REVIEW_ACCESS_REQUESTS,
            Permission.DECIDE_RETENTION,
        }
    ),
    Role.PAYROLL_OFFICER: frozenset(
        {Permission.CONFIRM_PAY, Permission.SEE_PEOPLE, Permission.SEE_PAY, Permission.SEE_IMPORTS}
    ),
    Role.AUDITOR: frozenset(
        {Permission.SEE_AUDIT, Permission.SEE_OFFICERS, Permission.SEE_RECEIPTS, Permission.SEE_FIGURES}
    ),
    Role.ORGANISATION_ADMINISTRATOR: frozenset(
        {
            Permission.MANAGE_SIGN_IN,
            Permission.SEE_OFFICERS,
            Permission.CHANGE_ORGANISATION,
            Permission.GIVE_ROLES,
            Permission.CONFIRM_ROLES,
        }
    ),
    Role.PLATFORM_ADMINISTRATOR: frozenset(
        {
            Permission.SEE_APPS,
            Permission.INVITE_ADMINISTRATORS,
            Permission.SEE_FIGURES,
            Permission.SET_ASSUMPTIONS,
            Permission.SEE_OFFICERS,
            Permission.GIVE_ROLES,
            Permission.CONFIRM_ROLES,
            Permission.REINSTATE_ORGANISATIONS,
        }
    ),
    Role.LINE_MANAGER: frozenset(),
}

GIVEN = tuple(role for role in Role if role is not Role.LINE_MANAGER)
"""The roles that somebody is given. A line manager's is only held for one who is away."""


class Demand(StrEnum):
    """Which level of sign-in a view demands; how high that is, settings and the person decide."""

    PRIVILEGED = "privileged"
    """The level that the settings say for acting for an organisation in a way that cannot be taken back."""
    AS_STRONG_AS_OWN = "as_strong_as_own"
    """Two factors of whoever has set up a second one, so that a password alone cannot replace it."""


@dataclass(frozen=True)
class AccessRequirement:
    """What a view needs: nobody in particular, anybody signed in, or a permission at some organisation.

    ``fresh`` asks for a sign-in of the last minutes, because the action cannot be taken back. ``demand`` asks
    for one at a level. ``here`` asks for one at Lanyard itself. ``while_limited`` opens it to who has signed
    in too weakly for their organisation: by it they set up what is strong enough.
    """

    public: bool = False
    permission: Permission | None = None
    fresh: bool = False
    demand: Demand | None = None
    here: bool = False
    while_limited: bool = False

    @property
    def own_credential(self) -> bool:
        """Whether the person must have proved who they are to Lanyard itself.

        A department's provider never opens what a role allows, nor what cannot be taken back.
        """
        return self.here or self.fresh or self.permission is not None


View = TypeVar("View", bound=Callable[..., Any])

MARKER = "__access_requirement__"


def public(view: View) -> View:
    """Mark a view that anybody may open."""
    return _mark(view, AccessRequirement(public=True))


def signed_in(
    *, fresh: bool = False, demand: Demand | None = None, here: bool = False, while_limited: bool = False
) -> Callable[[View], View]:
    """Mark a view that is about the person who is signed in, and nobody else."""
    requirement = AccessRequirement(fresh=fresh, demand=demand, here=here, while_limited=while_limited)
    return lambda view: _mark(view, requirement)


def requires(permission: Permission, *, fresh: bool = False) -> Callable[[View], View]:
    """Mark a view that needs a permission at one organisation at least; the view itself checks at which.

    What needs a fresh sign-in needs one at the privileged level: whose deed it was must not be in doubt.
    """
    demand = Demand.PRIVILEGED if fresh else None
    return lambda view: _mark(view, AccessRequirement(permission=permission, fresh=fresh, demand=demand))


def _mark(view: View, requirement: AccessRequirement) -> View:
    setattr(view, MARKER, requirement)
    return view
