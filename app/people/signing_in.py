"""How HR helps somebody of its own to sign in: with a code for their department's account, or an invitation.

Also somebody who is about to join: their transfer is agreed. What is handed over is shown once, to the
officer, who gives it to a person whom they know; mail only says that it exists.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flask import current_app, render_template
from sqlmodel import Session

from app.access import permissions, signed_in_person
from app.people.blueprint import blueprint
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from identity.context import current
from identity.federation import linking_codes, links, providers
from identity.federation.links import LinkedAccount
from identity.sign_in import passwords
from identity.sign_in.invitations import VALID_FOR, invite
from identity.sign_in.methods import has_second_factor
from identity.sign_in.models import InvitationPurpose
from profiles.audit.service import Initiator
from profiles.employments.service import current_postings
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.people.service import addresses_of, display_name, name_of
from profiles.roles.permissions import Permission, requires
from profiles.sign_in.service import is_within
from profiles.transfers import service as transfers
from profiles.transfers.models import TransferState


@dataclass(frozen=True)
class Helped:
    """Somebody whom the officer may help, and for which of the officer's organisations."""

    person_id: UUID
    name: str
    organisation_id: UUID

    @property
    def is_self(self) -> bool:
        """Whether it is the officer: a colleague must help them."""
        return self.person_id == signed_in_person()


@blueprint.get("/people/<uuid:person_id>/sign-in")
@requires(Permission.SEE_PEOPLE)
def signing_in(person_id: UUID) -> str:
    """Which of the department's accounts open the person's profile, and what the officer can do."""
    session, now, whom = request_session(), request_time(), get_helped(person_id, Permission.SEE_PEOPLE)
    helps = permissions().allows(Permission.HELP_SIGN_IN, whom.organisation_id) and not whom.is_self
    return render_template(
        "people/signing_in.html",
        whom=whom,
        accounts=accounts_here(session, whom),
        may_undo=permissions().allows(Permission.UNDO_LINKS, whom.organisation_id),
        may_issue=helps and _has_provider(session, whom.organisation_id),
        may_invite=helps and not _can_sign_in(session, person_id),
        has_provider=_has_provider(session, whom.organisation_id),
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
    code = linking_codes.issue(
        session,
        now,
        person_id=person_id,
        organisation_id=whom.organisation_id,
        officer_id=signed_in_person(),
        life=_life(),
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


def get_helped(person_id: UUID, permission: Permission) -> Helped:
    """Somebody who works in, or is about to join, an organisation that the officer acts for.

    Raises NotFound for everybody else.
    """
    session, now, mine = request_session(), request_time(), permissions().organisations(permission)
    where = [one.organisation_id for one in current_postings(session, person_id, now)]
    where += [
        one.importing_organisation_id
        for one in transfers.of_person(session, person_id)
        if one.state in (TransferState.SCHEDULED, TransferState.LEFT)
    ]
    found = next((one for one in where if one in mine), None)
    if found is None:
        raise NotFound(_("There is no such person in your organisation."))
    return Helped(person_id, display_name(name_of(session, person_id, now)), found)


def accounts_here(session: Session, whom: Helped) -> list[tuple[str, LinkedAccount]]:
    """The person's accounts at this organisation's providers and at those above it, each with its name."""
    now, mine = request_time(), permissions().organisations(Permission.SEE_PEOPLE)
    names = {
        place: one.name
        for place, one in providers.by_place(session).items()
        if one.organisation_id in mine or is_within(session, whom.organisation_id, one.organisation_id, now)
    }
    linked = links.accounts_of(session, whom.person_id)
    return [(names[one.issuer, one.realm], one) for one in linked if (one.issuer, one.realm) in names]


def _whom_to_give_a_code(person_id: UUID) -> Helped:
    whom = get_helped(person_id, Permission.HELP_SIGN_IN)
    _check_not_self(whom)
    if not _has_provider(request_session(), whom.organisation_id):
        raise Conflict(_("Your department's accounts cannot be used here yet."))
    return whom


def _whom_to_invite(person_id: UUID) -> Helped:
    whom = get_helped(person_id, Permission.HELP_SIGN_IN)
    _check_not_self(whom)
    if _can_sign_in(request_session(), person_id):
        raise Conflict(_("They can sign in already, so an invitation would go round what they have."))
    return whom


def _check_not_self(whom: Helped) -> None:
    if whom.is_self:
        raise NotPermitted(_("A colleague must help you with this."))


def _has_provider(session: Session, organisation_id: UUID) -> bool:
    now = request_time()
    found = providers.in_use(session)
    return any(is_within(session, organisation_id, one.organisation_id, now) for one in found)


def _can_sign_in(session: Session, person_id: UUID) -> bool:
    """Whether the person has any way in that works now."""
    if passwords.find_stored(session, person_id) is not None or has_second_factor(session, person_id):
        return True
    now = request_time()
    accounts = links.accounts_of(session, person_id)
    return any(links.still_vouched(session, one.link_id, now) for one in accounts)


def _life() -> timedelta:
    """How long a code lives."""
    life: timedelta = current_app.config["LINKING_CODE_LIFE"]
    return life
