"""Which sign-ins an organisation accepts: proposed by one administrator, confirmed by another."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.display_formats import civil_date as civil_date_in_words
from app.listed_names import known_name
from app.organisations.blueprint import blueprint
from app.organisations.policy_form import LEVELS, METHODS, PolicyForm, as_it_is
from app.organisations.policy_preview import preview
from app.portable_profile.asked import AskedDates, asked_dates
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from identity.context import current
from identity.sign_in_policy.service import check_terms
from profiles.errors import Conflict, Invalid, NotFound
from profiles.organisations import service as organisations
from profiles.roles.permissions import Permission, requires
from profiles.sign_in import policies
from profiles.sign_in.models import Attestation, PolicyTerms, SignInPolicyProposal
from profiles.sign_in.standing import policies_above
from profiles.temporal import civil_date

PATH = "/organisations/policies"


@blueprint.get(PATH)
@requires(Permission.MANAGE_SIGN_IN)
def sign_in_policies() -> str:
    """The organisations that the person administers, and whether each has a policy of its own."""
    session, now = request_session(), request_time()
    mine = permissions().organisations(Permission.MANAGE_SIGN_IN)
    rows = [
        {
            "name": organisations.get(session, one, now).name,
            "href": url_for("organisations.sign_in_policy", organisation_id=one),
            "state": _state(one),
        }
        for one in mine
    ]
    return render_template("organisations/policies.html", rows=sorted(rows, key=lambda row: row["name"]))


@blueprint.get(f"{PATH}/<uuid:organisation_id>")
@requires(Permission.MANAGE_SIGN_IN)
def sign_in_policy(organisation_id: UUID) -> str:
    """What holds, what is to come, and what waits for another administrator, with what it would mean.

    Of another day, what the organisation and those above it at the time asked for.
    """
    session, now = request_session(), request_time()
    _check_managed(organisation_id)
    asked = asked_dates(now)
    if asked.query:
        return _as_of(organisation_id, asked)
    names = organisations.tree(session, now).organisations
    own = policies.find_policy(session, organisation_id, now)
    coming = policies.find_coming_policy(session, organisation_id, now)
    proposal = policies.find_open_proposal(session, organisation_id)
    return render_template(
        "organisations/policy.html",
        organisation=names[organisation_id].name,
        organisation_id=organisation_id,
        own=in_words(own) if own else None,
        above=[
            (names[one.organisation_id].name, in_words(one))
            for one in policies_above(session, organisation_id, now)
        ],
        coming=in_words(coming) if coming else None,
        coming_on=coming.valid_from if coming else None,
        proposal=proposal,
        proposed=in_words(proposal) if proposal else None,
        proposer=known_name(session, proposal.proposed_by, now) if proposal else "",
        is_own_proposal=proposal is not None and proposal.proposed_by == signed_in_person(),
        preview=preview(session, organisation_id, proposal, now, current().settings.platform)
        if proposal
        else None,
        asked=asked,
        shown_at=now,
    )


def _as_of(organisation_id: UUID, asked: AskedDates) -> str:
    session, point = request_session(), (asked.valid_at, asked.known_at)
    tree = organisations.tree(session, *point)
    above = [
        (tree.organisations[one].name, in_words(held))
        for one in tree.ancestors_of(organisation_id)
        if one != organisation_id and (held := policies.find_policy(session, one, *point)) is not None
    ]
    own = policies.find_policy(session, organisation_id, *point)
    return render_template(
        "organisations/policy.html",
        organisation=organisations.get(session, organisation_id, request_time()).name,
        organisation_id=organisation_id,
        own=in_words(own) if own else None,
        above=above,
        asked=asked,
        shown_at=asked.valid_at,
        reset_href=url_for("organisations.sign_in_policy", organisation_id=organisation_id),
    )


@blueprint.get(f"{PATH}/<uuid:organisation_id>/new")
@requires(Permission.MANAGE_SIGN_IN, fresh=True)
def new_sign_in_policy(organisation_id: UUID) -> str:
    """Ask for all terms; the form begins with what holds now."""
    _check_managed(organisation_id)
    settings, today = current().settings, civil_date(request_time())
    own = policies.find_policy(request_session(), organisation_id, request_time())
    begin = as_it_is(own, settings.privileged_acr, settings.least_acr, today)
    return _show_form(organisation_id, PolicyForm(today, formdata=None, data=begin))


@blueprint.post(f"{PATH}/<uuid:organisation_id>/new")
@requires(Permission.MANAGE_SIGN_IN, fresh=True)
def propose_sign_in_policy(organisation_id: UUID) -> Response | tuple[str, int]:
    """Write it down; nothing changes before somebody else has confirmed it."""
    _check_managed(organisation_id)
    settings, now, form = current().settings, request_time(), PolicyForm(civil_date(request_time()))
    if not form.validate_on_submit():
        return _show_form(organisation_id, form), 422
    try:
        terms = form.terms()
        check_terms(terms, settings.platform, has_roots=bool(settings.attestation_roots))
        policies.propose(
            request_session(),
            now,
            organisation_id=organisation_id,
            terms=terms,
            begins_on=form.data["begins_on"],
            reason=form.data["reason"],
            person_id=signed_in_person(),
        )
    except Invalid as refused:
        getattr(form, refused.field or "", form.methods).errors = [str(refused)]
        return _show_form(organisation_id, form), 422
    except Conflict as refused:
        form.form_errors.append(str(refused))
        return _show_form(organisation_id, form), 409
    flash(
        _("It is proposed. See what it would mean, then ask another administrator to confirm it."), "success"
    )
    return redirect(url_for("organisations.sign_in_policy", organisation_id=organisation_id), 303)


@blueprint.get(f"{PATH}/proposals/<uuid:proposal_id>/confirm")
@blueprint.get(f"{PATH}/proposals/<uuid:proposal_id>/withdraw")
@requires(Permission.MANAGE_SIGN_IN)
def back_to_proposal(proposal_id: UUID) -> Response:
    """Where somebody comes back to who had to sign in again before pressing a button there."""
    organisation_id = _managed_proposal(proposal_id).organisation_id
    return redirect(url_for("organisations.sign_in_policy", organisation_id=organisation_id))


@blueprint.post(f"{PATH}/proposals/<uuid:proposal_id>/confirm")
@requires(Permission.MANAGE_SIGN_IN, fresh=True)
def confirm_sign_in_policy(proposal_id: UUID) -> Response:
    """A second administrator lets it come into force; the platform's rules may have changed meanwhile."""
    settings, proposal = current().settings, _managed_proposal(proposal_id)
    organisation_id = proposal.organisation_id
    try:
        check_terms(proposal, settings.platform, has_roots=bool(settings.attestation_roots))
    except Invalid as refused:
        raise Conflict(_("The platform does not allow this any more. Withdraw it.")) from refused
    begins = policies.confirm(request_session(), proposal, signed_in_person(), request_time())
    flash(_("It holds from %(date)s.", date=civil_date_in_words(begins)), "success")
    return redirect(url_for("organisations.sign_in_policy", organisation_id=organisation_id), 303)


@blueprint.post(f"{PATH}/proposals/<uuid:proposal_id>/withdraw")
@requires(Permission.MANAGE_SIGN_IN, fresh=True)
def withdraw_sign_in_policy(proposal_id: UUID) -> Response:
    """Nothing comes of it."""
    proposal = _managed_proposal(proposal_id)
    organisation_id = proposal.organisation_id
    policies.withdraw(request_session(), proposal, signed_in_person(), request_time())
    flash(_("The proposal is withdrawn."), "success")
    return redirect(url_for("organisations.sign_in_policy", organisation_id=organisation_id), 303)


def in_words(terms: PolicyTerms) -> list[tuple[str, str]]:
    """The terms of a policy, for people."""
    accepted = [
        _("a passkey"),
        *(str(text).lower() for method, text in METHODS.items() if method in terms.methods),
    ]
    minutes = _("%(number)s minutes")
    platform = _("As the platform has it")
    rows = [
        (_("Accepted"), ", ".join(accepted)),
        (_("Every sign-in"), str(LEVELS[terms.least_level])),
        (_("HR, security officers, administrators"), str(LEVELS[terms.officer_level])),
        (
            _("Passkeys"),
            _("On attested security keys only") if terms.attestation is Attestation.HARDWARE else _("Any"),
        ),
    ]
    if terms.accepted_aaguids:
        rows.append((_("Models"), ", ".join(terms.accepted_aaguids)))
    return [
        *rows,
        (
            _("A session ends without use after"),
            minutes % {"number": terms.idle_minutes} if terms.idle_minutes else platform,
        ),
        (
            _("In any case after"),
            minutes % {"number": terms.absolute_minutes} if terms.absolute_minutes else platform,
        ),
        (_("Days to set up something else"), str(terms.set_up_days)),
    ]


def _state(organisation_id: UUID) -> str:
    session, now = request_session(), request_time()
    if policies.find_open_proposal(session, organisation_id):
        return _("A change waits for another administrator")
    if policies.find_policy(session, organisation_id, now):
        return _("A policy of its own")
    return _("The platform’s rules")


def _check_managed(organisation_id: UUID) -> None:
    if not permissions().allows(Permission.MANAGE_SIGN_IN, organisation_id):
        raise NotFound(_("There is no such organisation."))


def _managed_proposal(proposal_id: UUID) -> SignInPolicyProposal:
    mine = permissions().organisations(Permission.MANAGE_SIGN_IN)
    return policies.get_open_proposal(request_session(), proposal_id, mine)


def _show_form(organisation_id: UUID, form: PolicyForm) -> str:
    organisation = organisations.get(request_session(), organisation_id, request_time())
    return render_template("organisations/new_policy.html", form=form, organisation=organisation)
