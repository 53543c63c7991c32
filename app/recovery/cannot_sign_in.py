"""“I cannot sign in”: which ways there are, and whom to ask; the same whether or not somebody exists."""

from uuid import UUID

from flask import make_response, render_template
from werkzeug.wrappers import Response

from app.recovery.blueprint import blueprint
from app.recovery.forms import AddressForm
from app.request_transaction import reading, request_time
from identity.federation import providers
from profiles.roles.permissions import public
from profiles.sign_in.service import find_organisation_of_domain, organisation_name


@blueprint.get("/sign-in/help")
@public
def cannot_sign_in() -> Response:
    """The ways in one after the other, and a form that names the organisation to ring."""
    return _show(AddressForm(), 200)


@blueprint.post("/sign-in/help")
@public
def find_whom_to_ring() -> Response:
    """The organisation of the address's domain, whoever the address may be."""
    form = AddressForm()
    if not form.validate_on_submit():
        return _show(form, 422)
    now = request_time()
    with reading() as session:
        chain = find_organisation_of_domain(session, form.address.data or "", now)
        name = organisation_name(session, chain[0], now) if chain else ""
        has_provider = bool(providers.in_use(session, chain)) if chain else False
    return _show(
        form,
        200,
        asked=True,
        organisation=name,
        organisation_id=chain[0] if chain else None,
        has_provider=has_provider,
    )


def _show(
    form: AddressForm,
    status: int,
    *,
    asked: bool = False,
    organisation: str = "",
    organisation_id: UUID | None = None,
    has_provider: bool = False,
) -> Response:
    page = render_template(
        "recovery/cannot_sign_in.html",
        form=form,
        asked=asked,
        organisation=organisation,
        organisation_id=organisation_id,
        has_provider=has_provider,
    )
    return make_response(page, status)
