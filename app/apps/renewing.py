"""An app's next agreement: its owner or a data protection officer proposes it, another officer confirms."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.apps.agreement_form import AgreementForm, begin_with
from app.apps.agreements import agreement_state, answering_in_words, data_protection_officers
from app.apps.blueprint import blueprint
from app.display_formats import civil_date as day_in_words
from app.display_formats import last_day
from app.listed_names import known_name
from app.request_transaction import request_session, request_time
from app.transfers.forms import show_refusal
from app.transfers.presenting import in_words
from app.translation import gettext as _
from profiles.agreements import service
from profiles.apps import service as apps
from profiles.apps.models import AgreementProposal, AgreementTerms, App
from profiles.disclosure.claims import in_words as claims_in_words
from profiles.disclosure.notices import LAWFUL_BASES
from profiles.entitlements.service import rules_of
from profiles.errors import Conflict, Invalid, NotFound
from profiles.roles.permissions import Permission, requires
from profiles.temporal import civil_date, end_of_day

PATH = "/apps/<uuid:app_id>/agreement"


@blueprint.get(f"{PATH}/new")
@requires(Permission.PROPOSE_AGREEMENTS, fresh=True)
def new_agreement(app_id: UUID) -> Response:
    """Ask for all terms; the form begins with what is agreed now, and with the day after its last."""
    app, session, now = _proposed_app(app_id), request_session(), request_time()
    present = apps.find_agreement(session, app_id, now)
    begins_on = max(service.first_day(session, app_id, now), civil_date(now))
    return _show_form(app, AgreementForm(formdata=None, data=begin_with(present, app.contact, begins_on)))


@blueprint.post(f"{PATH}/new")
@requires(Permission.PROPOSE_AGREEMENTS, fresh=True)
def propose_agreement(app_id: UUID) -> Response:
    """Write it down; nothing changes before somebody else has confirmed it."""
    app, session, now, form = _proposed_app(app_id), request_session(), request_time(), AgreementForm()
    if not form.validate_on_submit():
        return _show_form(app, form, 422)
    try:
        proposal = service.propose(
            session,
            now,
            app=app,
            terms=form.terms(),
            begins_on=form.data["begins_on"],
            ends_on=form.data["ends_on"],
            reason=form.data["reason"],
            officer_id=signed_in_person(),
        )
    except Invalid as refused:
        show_refusal(form, refused)
        return _show_form(app, form, 422)
    except Conflict as refused:
        form.form_errors.append(refused.message)
        return _show_form(app, form, 409)
    flash(_("It is proposed. A data protection officer who did not propose it must confirm it."), "success")
    return redirect(url_for("apps.agreement_proposal", app_id=app_id, proposal_id=proposal.id), 303)


@blueprint.get(f"{PATH}/proposals/<uuid:proposal_id>")
@requires(Permission.PROPOSE_AGREEMENTS)
def agreement_proposal(app_id: UUID, proposal_id: UUID) -> str:
    """What is proposed beside what is agreed now, and what it would shorten."""
    session, now, app = request_session(), request_time(), _proposed_app(app_id)
    proposal = service.get_open_proposal(session, proposal_id, app_id)
    present = apps.find_agreement(session, app_id, now)
    officers = data_protection_officers(session, app.organisation_id, now)
    return render_template(
        "apps/agreement_proposal.html",
        app=app,
        proposal=proposal,
        state=agreement_state(rules_of(session, app_id, now), now),
        rows=_compared(proposal, present),
        begins=day_in_words(max(proposal.begins_on, civil_date(now))),
        shortens=last_day(present.valid_to)
        if present and present.valid_to and present.valid_to > end_of_day(proposal.ends_on)
        else None,
        proposer=known_name(session, proposal.proposed_by, now),
        is_own=proposal.proposed_by == signed_in_person(),
        may_confirm=permissions().allows(Permission.CONFIRM_AGREEMENTS, app.organisation_id),
        officers=officers,
    )


@blueprint.get(f"{PATH}/proposals/<uuid:proposal_id>/confirm")
@blueprint.get(f"{PATH}/proposals/<uuid:proposal_id>/withdraw")
@requires(Permission.PROPOSE_AGREEMENTS)
def back_to_agreement_proposal(app_id: UUID, proposal_id: UUID) -> Response:
    """Where somebody comes back to who had to sign in again before pressing a button there."""
    return redirect(url_for("apps.agreement_proposal", app_id=app_id, proposal_id=proposal_id))


@blueprint.post(f"{PATH}/proposals/<uuid:proposal_id>/confirm")
@requires(Permission.CONFIRM_AGREEMENTS, fresh=True)
def confirm_agreement(app_id: UUID, proposal_id: UUID) -> Response:
    """A second officer lets it come into force."""
    app = apps.get(request_session(), app_id)
    if not permissions().allows(Permission.CONFIRM_AGREEMENTS, app.organisation_id):
        raise NotFound("There is no such app.")
    proposal = service.get_open_proposal(request_session(), proposal_id, app_id)
    agreed = service.confirm(
        request_session(), request_time(), app=app, proposal=proposal, officer_id=signed_in_person()
    )
    flash(_("It is agreed, from %(day)s.", day=day_in_words(agreed.valid_from)), "success")
    return redirect(url_for("apps.app", app_id=app_id), 303)


@blueprint.post(f"{PATH}/proposals/<uuid:proposal_id>/withdraw")
@requires(Permission.PROPOSE_AGREEMENTS, fresh=True)
def withdraw_agreement(app_id: UUID, proposal_id: UUID) -> Response:
    """Nothing comes of it."""
    app, session = _proposed_app(app_id), request_session()
    proposal = service.get_open_proposal(session, proposal_id, app_id)
    service.withdraw(session, request_time(), app=app, proposal=proposal, officer_id=signed_in_person())
    flash(_("The proposal is withdrawn. What is agreed stays as it is."), "success")
    return redirect(url_for("apps.app", app_id=app_id), 303)


def _proposed_app(app_id: UUID) -> App:
    app = apps.get(request_session(), app_id)
    if not permissions().allows(Permission.PROPOSE_AGREEMENTS, app.organisation_id):
        raise NotFound("There is no such app.")
    return app


def _compared(proposal: AgreementProposal, present: AgreementTerms | None) -> list[tuple[str, str, str]]:
    """Each term: its name, how it would be and how it is."""
    would_be, is_now = _said(proposal), _said(present) if present else {}
    return [(name, text, is_now.get(name, "")) for name, text in would_be.items()]


def _said(terms: AgreementTerms) -> dict[str, str]:
    return {
        _("Purpose"): terms.purpose,
        _("Legal basis"): LAWFUL_BASES[terms.lawful_basis],
        _("May be told"): ", ".join(in_words(one) for one in claims_in_words(terms.claims)),
        _("Kept for"): terms.retention,
        _("Data protection impact assessment"): terms.dpia_reference,
        _("Suppliers"): terms.suppliers,
        _("Data protection contact"): terms.contact,
        **answering_in_words(terms.acknowledge_within_seconds, terms.stop_tokens_when_overdue),
    }


def _show_form(app: App, form: AgreementForm, status: int = 200) -> Response:
    state = agreement_state(rules_of(request_session(), app.id, request_time()), request_time())
    page = render_template("apps/new_agreement.html", app=app, form=form, state=state)
    return Response(page, status, mimetype="text/html")
