"""Your department's accounts: which sign you in here, and linking another."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.access import signed_in_person
from app.my_profile.blueprint import blueprint
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from identity.federation import links, providers
from identity.federation.attempts import Purpose
from identity.federation.models import AttemptPurpose
from identity.federation.views import leave_for
from profiles.errors import NotFound
from profiles.roles.permissions import Demand, signed_in
from profiles.sign_in.service import works_for


@blueprint.get("/profile/accounts")
@signed_in()
def accounts() -> str:
    """The accounts that are linked, and those that can be."""
    session, now, person_id = request_session(), request_time(), signed_in_person()
    in_use, accounts = providers.by_place(session), links.accounts_of(session, person_id)
    linked = []
    for one in accounts:
        provider = in_use.get((one.issuer, one.realm))
        linked.append(
            {
                "id": one.link_id,
                "name": provider.name if provider else one.issuer,
                "linked_at": one.linked_at,
                "last_used_at": one.last_used_at,
                "locked_at": one.locked_at,
                "opens": provider is not None
                and works_for(session, person_id, provider.organisation_id, now),
            }
        )
    known = {(one.issuer, one.realm) for one in accounts}
    others = [
        one
        for place, one in in_use.items()
        if place not in known and works_for(session, person_id, one.organisation_id, now)
    ]
    return render_template("my_profile/accounts.html", linked=linked, others=others)


@blueprint.get("/profile/accounts/link/<uuid:provider_id>")
@blueprint.get("/profile/accounts/<uuid:link_id>/unlink")
@signed_in()
def back_to_accounts(provider_id: UUID | None = None, link_id: UUID | None = None) -> Response:
    """Where somebody comes back to who had to sign in again before pressing a button there."""
    return redirect(url_for("my_profile.accounts"))


@blueprint.post("/profile/accounts/link/<uuid:provider_id>")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN)
def link_account(provider_id: UUID) -> Response:
    """Leave for the department's provider; coming back links the account."""
    session, person_id = request_session(), signed_in_person()
    provider = providers.find_in_use(session, provider_id)
    if provider is None or not works_for(session, person_id, provider.organisation_id, request_time()):
        raise NotFound(_("This account cannot be linked."))
    back = url_for("my_profile.accounts")
    return leave_for(provider.id, Purpose(AttemptPurpose.LINK, back, person_id=person_id, fresh=True))


@blueprint.post("/profile/accounts/<uuid:link_id>/unlink")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN)
def unlink_account(link_id: UUID) -> Response:
    """The account signs nobody in any more; sessions that it opened end."""
    links.end_own(request_session(), signed_in_person(), link_id, request_time())
    flash(_("That account does not sign you in any more."), "success")
    return redirect(url_for("my_profile.accounts"), 303)
