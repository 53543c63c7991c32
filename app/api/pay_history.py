"""``GET /api/v1/me/pay-history``: the pay history of who is there, told through the one door and logged."""

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.rfc6750 import InsufficientScopeError, InvalidTokenError

from app.api.blueprint import blueprint
from app.api.models import PayHistory
from identity.claims import release
from identity.context import Context, current
from identity.endpoints.answers import private_json
from identity.endpoints.api_callers import person_calling
from identity.endpoints.presented_tokens import PresentedToken, find_presented_token, resource_error
from identity.exchange import Answer
from profiles.apps.claims import Claim
from profiles.disclosure import service as disclosure
from profiles.roles.permissions import public

SCOPE = "pay"


@blueprint.get("/me/pay-history")
@public
def pay_history() -> Answer:
    """The history, if the app's agreement names it and the person signed in strongly and newly enough."""
    context = current()
    try:
        presented = find_presented_token(context)
        return resource_error(None) if presented is None else _answer(context, presented)
    except OAuth2Error as error:
        return resource_error(error)


def _answer(context: Context, presented: PresentedToken) -> Answer:
    now, settings = context.now(), context.settings
    with context.reading() as session:
        person = person_calling(context, session, presented, SCOPE)
        person.demand(settings.privileged_acr, settings.fresh_for, now)
        asked = frozenset({str(Claim.PAY_HISTORY)})
        try:
            told = release(
                *(session, person.person_id, person.client.app_id, asked, person.sid, now),
                log_in=context.own_transaction,
            )
        except disclosure.AccessRefused:
            raise InvalidTokenError("access has ended") from None
    if Claim.PAY_HISTORY not in told.agreed:
        raise InsufficientScopeError("no agreement lets this app read pay")
    records = told.values.get(Claim.PAY_HISTORY, [])
    history = PayHistory.model_validate({"sub": person.sub, "pay_history": records})
    return private_json(history.model_dump(mode="json", by_alias=True))
