"""Deleting what is due: one officer proposes it, another confirms, the worker does it."""

from collections.abc import Mapping
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.access import answering, signed_in_person
from app.data_protection.blueprint import blueprint
from app.data_protection.retention import years
from app.listed_names import known_name
from app.request_transaction import request_session, request_time
from app.retention import words
from app.retention.records import RECORDS
from app.translation import gettext as _
from profiles.errors import NotFound
from profiles.organisations.reading import names_ever
from profiles.retention import deletions as service
from profiles.retention.due import DueCount, count_due
from profiles.retention.models import Deletion
from profiles.retention.rules import RetainedKind
from profiles.roles.parties import one_with
from profiles.roles.permissions import Permission, requires
from profiles.temporal import civil_date

PATH = "/data-protection/deletions"


@blueprint.get(f"{PATH}/new/<uuid:organisation_id>")
@requires(Permission.DECIDE_RETENTION, fresh=True)
def new_deletion(organisation_id: UUID) -> str:
    """What would be deleted, before it is proposed."""
    now = request_time()
    return render_template(
        "data_protection/new_deletion.html",
        organisation_id=organisation_id,
        organisation=_name_of(organisation_id),
        rows=_rows({one.kind.value: one.due for one in _due(organisation_id) if one.due}),
        day=civil_date(now),
    )


@blueprint.post(f"{PATH}/new/<uuid:organisation_id>")
@requires(Permission.DECIDE_RETENTION, fresh=True)
def propose_deletion(organisation_id: UUID) -> Response:
    """Propose it; another officer is told."""
    deletion = service.propose(
        request_session(),
        request_time(),
        organisation_id=organisation_id,
        counts=_due(organisation_id),
        years=years(),
        officer_id=signed_in_person(),
    )
    flash(_("It is proposed. Another data protection officer must confirm it."), "success")
    return redirect(url_for("data_protection.deletion", deletion_id=deletion.id), 303)


@blueprint.get(f"{PATH}/<uuid:deletion_id>")
@requires(Permission.DECIDE_RETENTION)
def deletion(deletion_id: UUID) -> str:
    """What is to be deleted, or was, and who decided so."""
    session, now, found = request_session(), request_time(), _get(deletion_id)
    return render_template(
        "data_protection/deletion.html",
        deletion=found,
        state=words.states()[found.state],
        organisation=_name_of(found.organisation_id),
        rows=_rows(found.expected, found.deleted),
        proposer=known_name(session, found.proposed_by, now),
        confirmer=known_name(session, found.confirmed_by, now) if found.confirmed_by else "",
        is_own=answering().are_of(found.proposed_by),
    )


@blueprint.get(f"{PATH}/<uuid:deletion_id>/confirm")
@blueprint.get(f"{PATH}/<uuid:deletion_id>/withdraw")
@requires(Permission.DECIDE_RETENTION)
def back_to_deletion(deletion_id: UUID) -> Response:
    """Where somebody comes back to who had to sign in again before pressing a button there."""
    return redirect(url_for("data_protection.deletion", deletion_id=deletion_id))


@blueprint.post(f"{PATH}/<uuid:deletion_id>/confirm")
@requires(Permission.DECIDE_RETENTION, fresh=True)
def confirm_deletion(deletion_id: UUID) -> Response:
    """A second officer lets it happen."""
    found = _get(deletion_id)
    service.confirm(
        request_session(),
        request_time(),
        deletion=found,
        records=RECORDS,
        officer_id=signed_in_person(),
    )
    flash(_("It is confirmed, and begins within a minute."), "success")
    return redirect(url_for("data_protection.deletion", deletion_id=deletion_id), 303)


@blueprint.post(f"{PATH}/<uuid:deletion_id>/withdraw")
@requires(Permission.DECIDE_RETENTION, fresh=True)
def withdraw_deletion(deletion_id: UUID) -> Response:
    """Nothing comes of it, or no more than is deleted."""
    found = _get(deletion_id)
    service.withdraw(request_session(), request_time(), deletion=found, officer_id=signed_in_person())
    if found.deleted:
        flash(_("The deletion is stopped. What was deleted before cannot be brought back."), "success")
        return redirect(url_for("data_protection.deletion", deletion_id=deletion_id), 303)
    flash(_("The deletion is withdrawn. Nothing was deleted."), "success")
    return redirect(url_for("data_protection.retention"), 303)


def _get(deletion_id: UUID) -> Deletion:
    mine = answering().organisations(Permission.DECIDE_RETENTION)
    return service.get(request_session(), deletion_id, mine)


def _name_of(organisation_id: UUID) -> str:
    """The name of one of the officer's organisations. Raises NotFound for any other."""
    if not answering().allows(Permission.DECIDE_RETENTION, organisation_id):
        raise NotFound(_("There is no such organisation."))
    return names_ever(request_session(), request_time())[organisation_id]


def _due(organisation_id: UUID) -> list[DueCount]:
    """What the officer may propose: nothing of their own, nor of who counts as one with them."""
    if not answering().allows(Permission.DECIDE_RETENTION, organisation_id):
        raise NotFound(_("There is no such organisation."))
    now = request_time()
    return count_due(
        request_session(),
        RECORDS,
        years(),
        {organisation_id},
        civil_date(now),
        now,
        except_of=one_with(request_session(), signed_in_person(), now),
    )


def _rows(numbers: Mapping[str, int], deleted: Mapping[str, int] | None = None) -> list[tuple[str, str]]:
    """Each kind, how many records of it and, of a deletion that was proposed, how many are deleted."""
    called = words.kinds()
    return [
        (called[kind], _said(numbers[kind], None if deleted is None else deleted.get(kind, 0)))
        for kind in RetainedKind
        if kind in numbers
    ]


def _said(number: int, deleted: int | None) -> str:
    if deleted is None:
        return f"{number:,}"
    return _("%(number)s proposed, %(deleted)s deleted", number=f"{number:,}", deleted=f"{deleted:,}")
