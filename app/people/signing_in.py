"""How HR helps somebody of its own to sign in: with a code for their department's account, or an invitation.

Also somebody who is about to join: their transfer is agreed. What is handed over is shown once, to the
officer, who gives it to a person whom they know; mail only says that it exists.
"""

from datetime import timedelta
from uuid import UUID

from flask import current_app, render_template
from sqlmodel import Session

from app.access import permissions, signed_in_person
from app.people.blueprint import blueprint
from app.people.freezing import check_not_frozen, find_allowed, find_freeze, names_of_who_allow
from app.people.helped import Helped, check_not_self, get_helped
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from identity.context import current
from identity.federation import linking_codes, links, providers
from identity.federation.links import LinkedAccount
from identity.recovery import service as recoveries
from identity.sign_in.invitations import VALID_FOR, invite
from identity.sign_in.models import InvitationPurpose
from profiles.audit.service import Initiator
from profiles.errors import Conflict
from profiles.people.service import addresses_of
from profiles.roles.permissions import Permission, requires
from profiles.sign_in.service import is_within


@blueprint.get("/people/<uuid:person_id>/sign-in")
@requires(Permission.SEE_ACCESS)
def signing_in(person_id: UUID) -> str:
    """Which of the department's accounts open the person's profile, and what the officer can do."""
    session, now, whom = request_session(), request_time(), get_helped(person_id, Permission.SEE_ACCESS)
    helps = permissions().allows(Permission.HELP_SIGN_IN, whom.organisation_id) and not whom.is_self
    may_recover = permissions().allows(Permission.REQUEST_RECOVERY, whom.organisation_id) and not whom.is_self
    freeze, has_begun = find_freeze(whom), _has_begun(session, person_id)
    is_frozen = freeze is not None and freeze.allowed_until is None
    allowed, has_provider = find_allowed(whom), _has_provider(session, whom.organisation_id)
    may_allow = permissions().allows(Permission.ALLOW_HELP, whom.organisation_id) and not whom.is_self
    recovery = recoveries.find_open(session, person_id)
    return render_template(
        "people/signing_in.html",
        whom=whom,
        accounts=accounts_here(session, whom),
        may_undo=permissions().allows(Permission.UNDO_LINKS, whom.organisation_id),
        may_issue=helps and not is_frozen and has_provider and (allowed is not None or not has_begun),
        code_waits=freeze is None and has_provider and has_begun and not whom.is_self,
        allowed_until=allowed.until if allowed else None,
        who_allow=names_of_who_allow(whom),
        may_invite=helps and not is_frozen and not has_begun,
        may_recover=may_recover and not is_frozen and has_begun and recovery is None,
        recovery=recovery
        if permissions().allows(Permission.CONFIRM_RECOVERY, whom.organisation_id)
        else None,
        freeze=freeze,
        may_allow=may_allow,
        has_provider=has_provider,
        code_until=linking_codes.find_expiry(session, person_id, now),
    )


@blueprint.get("/people/<uuid:person_id>/sign-in/code")
@requires(Permission.HELP_SIGN_IN, fresh=True)
def linking_code(person_id: UUID) -> str:
    """What a code does, and the button that makes one."""
    whom = _whom_to_give_a_code(person_id)
    return render_template("people/linking_code.html", whom=whom, days=_life() // timedelta(days=1))


@blueprint.post("/people/<uuid:person_id>/sign-in/code")
@requires(Permission.HELP_SIGN_IN, fresh=True)
def issue_linking_code(person_id: UUID) -> str:
    """The code, shown this once."""
    session, now, whom = request_session(), request_time(), _whom_to_give_a_code(person_id)
    allowed = find_allowed(whom)
    code = linking_codes.issue(
        session,
        now,
        person_id=person_id,
        organisation_id=whom.organisation_id,
        officer_id=signed_in_person(),
        life=_life(),
        allowed_by=allowed.officer_id if allowed else None,
    )
    return render_template("people/linking_code_made.html", whom=whom, code=code, expires_at=now + _life())


@blueprint.get("/people/<uuid:person_id>/sign-in/invitation")
@requires(Permission.HELP_SIGN_IN, fresh=True)
def invitation(person_id: UUID) -> str:
    """What an invitation does, and the button that makes one."""
    return render_template(
        "people/invitation.html",
        whom=_whom_to_invite(person_id),
        hours=VALID_FOR // timedelta(hours=1),
    )


@blueprint.post("/people/<uuid:person_id>/sign-in/invitation")
@requires(Permission.HELP_SIGN_IN, fresh=True)
def make_invitation(person_id: UUID) -> str:
    """The link, shown this once."""
    session, now, whom = request_session(), request_time(), _whom_to_invite(person_id)
    addresses = addresses_of(session, person_id, now)
    if not addresses:
        raise Conflict(_("They have no work e-mail address yet. Record one first."))
    issuer = current().settings.issuer
    token = invite(
        session,
        addresses[0],
        person_id,
        now,
        InvitationPurpose.FIRST_SIGN_IN,
        issuer=issuer,
        initiator=Initiator.person(signed_in_person()),
    )
    return render_template(
        "people/invitation_made.html",
        whom=whom,
        link=f"{issuer}/invitation/{token}",
        expires_at=now + VALID_FOR,
    )


def accounts_here(session: Session, whom: Helped) -> list[tuple[str, LinkedAccount]]:
    """The person's accounts at this organisation's providers and at those above it, each with its name."""
    now, mine = request_time(), permissions().organisations(Permission.SEE_ACCESS)
    names = {
        place: one.name
        for place, one in providers.by_place(session).items()
        if one.organisation_id in mine or is_within(session, whom.organisation_id, one.organisation_id, now)
    }
    linked = links.accounts_of(session, whom.person_id)
    return [(names[one.issuer, one.realm], one) for one in linked if (one.issuer, one.realm) in names]


def _whom_to_give_a_code(person_id: UUID) -> Helped:
    whom = get_helped(person_id, Permission.HELP_SIGN_IN)
    check_not_self(whom)
    check_not_frozen(whom)
    if not _has_provider(request_session(), whom.organisation_id):
        raise Conflict(_("Your department's accounts cannot be used here yet."))
    if _has_begun(request_session(), person_id) and find_allowed(whom) is None:
        raise Conflict(
            _(
                "%(name)s has signed in before, so a security officer must allow this first, on the page "
                "“How they sign in”.",
                name=whom.name,
            )
        )
    return whom


def _whom_to_invite(person_id: UUID) -> Helped:
    whom = get_helped(person_id, Permission.HELP_SIGN_IN)
    check_not_self(whom)
    check_not_frozen(whom)
    if _has_begun(request_session(), person_id):
        raise Conflict(_("They have signed in before, so an invitation would go round what they had."))
    return whom


def _has_provider(session: Session, organisation_id: UUID) -> bool:
    now = request_time()
    found = providers.in_use(session)
    return any(is_within(session, organisation_id, one.organisation_id, now) for one in found)


def _has_begun(session: Session, person_id: UUID) -> bool:
    """Whether the person has, or ever had, a way in: who has lost it needs a recovery, by two officers."""
    return (
        linking_codes.has_begun(session, person_id)
        or recoveries.find_last_completed(session, person_id) is not None
    )


def _life() -> timedelta:
    """How long a code lives."""
    life: timedelta = current_app.config["LINKING_CODE_LIFE"]
    return life
