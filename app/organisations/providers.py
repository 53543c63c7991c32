"""An organisation's own OpenID provider: proposed by one administrator, confirmed by another."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.listed_names import known_name
from app.organisations.blueprint import blueprint
from app.organisations.forms import ConfirmForm, ProviderForm
from app.organisations.registering import with_client_id
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from app.widgets import SelectChoice
from identity.acr import MULTI_FACTOR
from identity.context import current
from identity.federation import health, providers, realms
from identity.federation.models import UpstreamProvider
from identity.federation.providers import Proposal
from identity.federation.signing_out import logout_address, signed_out_address
from identity.federation.upstreams import current_upstreams
from identity.federation.views import return_address
from profiles.audit.service import Initiator
from profiles.columns import new_id
from profiles.errors import Conflict, Invalid, NotFound
from profiles.organisations import service as organisations
from profiles.people.second_officers import tell
from profiles.roles.permissions import Permission, requires


@blueprint.get("/organisations/sign-in")
@requires(Permission.MANAGE_SIGN_IN)
def sign_in_providers() -> str:
    """The providers of the organisations that the person administers."""
    session, now = request_session(), request_time()
    mine = permissions().organisations(Permission.MANAGE_SIGN_IN)
    names = {one: organisations.get(session, one, now).name for one in mine}
    found = providers.of_organisations(session, mine)
    return render_template(
        "organisations/providers.html",
        providers=found,
        names=names,
        health=health.of_providers(session, {one.id for one in found}),
    )


@blueprint.get("/organisations/sign-in/new")
@requires(Permission.MANAGE_SIGN_IN, fresh=True)
def new_provider() -> str:
    """Ask for everything that Lanyard must know of a provider."""
    return _show_form(_form())


@blueprint.post("/organisations/sign-in/new")
@requires(Permission.MANAGE_SIGN_IN, fresh=True)
def propose_provider() -> Response | tuple[str, int]:
    """Write it down; nobody signs in through it before somebody else has confirmed it."""
    form = _form()
    if not form.validate_on_submit():
        return _show_form(form), 422
    upstreams = current_upstreams()
    proposal = Proposal(
        organisation_id=UUID(form.organisation_id.data),
        name=form.name.data or "",
        issuer=form.issuer.data or "",
        realm=realms.written(form.realm_claim.data or "", form.realm_value.data or ""),
        client_id=form.client_id.data or "",
        scope=form.scope.data or "",
        token_endpoint_auth_method=form.token_endpoint_auth_method.data,
        client_secret=form.client_secret.data or None,
        subject_claim=form.subject_claim.data,
        tenant=form.tenant.data or None,
        acr_levels=form.levels_of("acr"),
        amr_levels=form.levels_of("amr"),
    )
    provider_id = new_id()
    try:
        if not proposal.client_id:
            proposal = with_client_id(proposal, provider_id, form)
        made = providers.propose(
            request_session(),
            request_time(),
            proposal,
            signed_in_person(),
            MULTI_FACTOR,
            upstreams.encryption,
            development=current().settings.development,
            provider_id=provider_id,
        )
    except Invalid as refused:
        field = getattr(form, refused.field or "", form.issuer)
        field.errors = [str(refused)]
        return _show_form(form), 422
    except Conflict as refused:
        form.issuer.errors = [str(refused)]
        return _show_form(form), 409
    tell(
        request_session(),
        request_time(),
        permission=Permission.MANAGE_SIGN_IN,
        organisation_id=made.organisation_id,
        what="a provider through which people are to sign in",
        where="Sign-in set-up",
        except_for=(signed_in_person(),),
    )
    flash(
        _("It is proposed. Try it, then let another administrator confirm it; they are told by mail."),
        "success",
    )
    return redirect(url_for("organisations.sign_in_provider", provider_id=made.id), 303)


@blueprint.get("/organisations/sign-in/<uuid:provider_id>")
@requires(Permission.MANAGE_SIGN_IN)
def sign_in_provider(provider_id: UUID) -> str:
    """One provider: how it is asked, what its words mean, who set it up, and what is to be done next."""
    session, now, provider = request_session(), request_time(), managed_provider(provider_id)
    people = {
        one: known_name(session, one, now)
        for one in (provider.proposed_by, provider.confirmed_by)
        if one is not None
    }
    return render_template(
        "organisations/provider.html",
        provider=provider,
        organisation=organisations.get(session, provider.organisation_id, now).name,
        people=people,
        redirect_uri=return_address(provider.id),
        logout_uri=logout_address(provider.id),
        signed_out_uri=signed_out_address(),
        jwks_uri=current().settings.issuer + "/jwks.json",
        health=health.of_providers(session, {provider.id}).get(provider.id, health.UNKNOWN),
        is_own_proposal=provider.proposed_by == signed_in_person(),
        form=ConfirmForm(),
    )


@blueprint.post("/organisations/sign-in/<uuid:provider_id>/confirm")
@requires(Permission.MANAGE_SIGN_IN, fresh=True)
def confirm_provider(provider_id: UUID) -> Response:
    """A second administrator lets people sign in through it."""
    provider = managed_provider(provider_id)
    providers.confirm(request_session(), provider.id, signed_in_person(), request_time())
    flash(_("People can now sign in with their %(name)s.", name=provider.name), "success")
    return redirect(url_for("organisations.sign_in_provider", provider_id=provider_id), 303)


@blueprint.post("/organisations/sign-in/<uuid:provider_id>/end")
@requires(Permission.MANAGE_SIGN_IN, fresh=True)
def end_provider(provider_id: UUID) -> Response:
    """Nobody signs in through it from now on."""
    provider = managed_provider(provider_id)
    initiator = Initiator.person(signed_in_person())
    providers.end(request_session(), provider.id, initiator, request_time())
    flash(_("Nobody signs in with %(name)s any more.", name=provider.name), "success")
    return redirect(url_for("organisations.sign_in_providers"), 303)


def managed_provider(provider_id: UUID) -> UpstreamProvider:
    """A provider of an organisation that the person administers. Raises NotFound for every other."""
    provider = providers.find_proposed(request_session(), provider_id)
    if provider is None or not permissions().allows(Permission.MANAGE_SIGN_IN, provider.organisation_id):
        raise NotFound(_("There is no such provider."))
    return provider


def _form() -> ProviderForm:
    session, now, form = request_session(), request_time(), ProviderForm()
    mine = permissions().organisations(Permission.MANAGE_SIGN_IN)
    names = sorted((organisations.get(session, one, now).name, str(one)) for one in mine)
    form.organisation_id.choices = [SelectChoice(value, name) for name, value in names]
    return form


def _show_form(form: ProviderForm) -> str:
    return render_template(
        "organisations/new_provider.html", form=form, jwks_uri=current().settings.issuer + "/jwks.json"
    )
