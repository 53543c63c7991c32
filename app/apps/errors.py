"""What Lanyard refused a client in the last day, and what each means."""

from dataclasses import dataclass
from uuid import UUID

from flask import render_template

from app.apps.blueprint import blueprint
from app.apps.clients import LAST_DAY
from app.apps.managing import managed_client
from app.display_formats import civil_datetime
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from identity.clients.error_log import Refusal, errors_of
from profiles.roles.permissions import Permission, requires


@dataclass(frozen=True)
class ErrorRow:
    """One kind of error: what the client was told, how often, and what to do."""

    endpoint: str
    error: str
    description: str
    count: int
    last: str
    meaning: str


@blueprint.get("/apps/<uuid:app_id>/clients/<client_id>/errors")
@requires(Permission.MANAGE_CLIENTS)
def errors(app_id: UUID, client_id: str) -> str:
    """The errors of the last day, the newest first."""
    app, client = managed_client(app_id, client_id)
    found = errors_of(request_session(), client.client_id, request_time() - LAST_DAY)
    return render_template("apps/errors.html", app=app, client=client, errors=[_row(one) for one in found])


def _row(refusal: Refusal) -> ErrorRow:
    return ErrorRow(
        endpoint=_endpoint_in_words(refusal.endpoint),
        error=refusal.error,
        description=refusal.description,
        count=refusal.count,
        last=civil_datetime(refusal.last_at),
        meaning=meaning_of(refusal.error),
    )


def _endpoint_in_words(endpoint: str) -> str:
    words = {
        "authorization": _("Signing in (/authorize)"),
        "answer_notice": _("Signing in (/authorize)"),
        "pushed_authorization": _("Pushing a request (/par)"),
        "token": _("Tokens (/token)"),
        "userinfo": _("Userinfo (/userinfo)"),
        "introspection": _("Introspection (/introspect)"),
        "revocation": _("Revocation (/revoke)"),
        "end_session": _("Signing out (/end-session)"),
    }
    return words.get(endpoint, endpoint)


def meaning_of(error: str) -> str:
    """What an error code means here, and what to do about it; docs/guides/errors.md says more."""
    meanings = {
        "unregistered_address": _(
            "The redirect URI is not one of the client’s, letter by letter. The person saw a page of ours."
        ),
        "spent_reference": _("A pushed request was used twice, or the person came with it too late."),
        "malformed": _("The request could not be read: a parameter was sent twice, or it is too long."),
        "invalid_client": _(
            "The client did not prove itself: a wrong or ended secret, another method than the registered "
            "one, or a key that we do not find."
        ),
        "invalid_grant": _(
            "The code or refresh token is used, expired, another client’s, or the person’s access has ended. "
            "Send the person to sign in again; do not try again by yourself."
        ),
        "invalid_request": _("Something is missing or not as the standard wants it. The words say what."),
        "invalid_scope": _("The scope is not one of the client’s, or openid is missing."),
        "invalid_target": _("The resource is not one that this client may ask tokens for."),
        "invalid_token": _(
            "The access token has expired (it lives five minutes) or is revoked: ask for another."
        ),
        "insufficient_scope": _("The token was not given for this."),
        "insufficient_user_authentication": _("The person must sign in again, more strongly or more newly."),
        "access_denied": _("The person may not use the app, or did not go on. Only the person is told why."),
        "unauthorized_client": _("The client is not registered for this kind of request."),
        "unsupported_grant_type": _("Lanyard has no such grant type."),
        "unsupported_response_type": _("Lanyard has codes only: response_type must be code."),
        "unmet_authentication_requirements": _(
            "The person did not sign in at the level that the app insists on, or nobody can. Say so to them."
        ),
        "invalid_request_object": _(
            "The signed request cannot be verified, has expired or was used before. Compare its key, iss, "
            "aud, exp and jti."
        ),
        "invalid_request_uri": _("The document at request_uri is not registered, or could not be had."),
        "registration_not_supported": _("The parameter registration was sent. Clients are made before."),
        "invalid_dpop_proof": _("The DPoP proof does not fit the request or the key of the token."),
    }
    return meanings.get(error, _("The words of the answer say what was wrong."))
