"""The addresses of the protocol, and which of them other sites may post to."""

from flask import Blueprint, Flask

from identity.endpoints import cross_origin, error_notes
from identity.endpoints.authorization import answer_notice, authorization
from identity.endpoints.discovery import discovery
from identity.endpoints.end_session import confirm_end_session, end_session
from identity.endpoints.introspection import introspection
from identity.endpoints.jwks import jwks
from identity.endpoints.logo import logo
from identity.endpoints.pushed_authorization import pushed_authorization
from identity.endpoints.registration import (
    change_registration,
    delete_registration,
    read_registration,
    register,
)
from identity.endpoints.revocation import revocation
from identity.endpoints.token import token
from identity.endpoints.trustmark import trustmark, trustmark_document
from identity.endpoints.userinfo import userinfo
from identity.form_redirects import AUTHORIZATION_PATH
from identity.vectors_of_trust import TRUSTMARK

# Clients post here from their own servers and sites: no form of ours, so no token of our forms.
FROM_OTHER_SITES = (
    authorization,
    pushed_authorization,
    token,
    userinfo,
    introspection,
    revocation,
    end_session,
)
REGISTRATION = (register, change_registration, delete_registration)


def init_app(app: Flask) -> None:
    """Serve the protocol. Comes after CSRFProtect, which it tells what to leave alone."""
    blueprint = Blueprint("protocol", __name__)
    cross_origin.init_blueprint(blueprint)
    error_notes.init_blueprint(blueprint)
    for path in ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"):
        blueprint.add_url_rule(path, view_func=discovery, methods=["GET"])
    blueprint.add_url_rule("/jwks.json", view_func=jwks, methods=["GET"])
    blueprint.add_url_rule(TRUSTMARK, view_func=trustmark, methods=["GET"])
    blueprint.add_url_rule(f"{TRUSTMARK}.json", view_func=trustmark_document, methods=["GET"])
    blueprint.add_url_rule("/logos/<digest>", view_func=logo, methods=["GET"])
    blueprint.add_url_rule(AUTHORIZATION_PATH, view_func=authorization, methods=["GET", "POST"])
    blueprint.add_url_rule(f"{AUTHORIZATION_PATH}/notice", view_func=answer_notice, methods=["POST"])
    blueprint.add_url_rule("/par", view_func=pushed_authorization, methods=["POST"])
    blueprint.add_url_rule("/token", view_func=token, methods=["POST"])
    blueprint.add_url_rule("/userinfo", view_func=userinfo, methods=["GET", "POST"])
    blueprint.add_url_rule("/introspect", view_func=introspection, methods=["POST"])
    blueprint.add_url_rule("/revoke", view_func=revocation, methods=["POST"])
    blueprint.add_url_rule("/register", view_func=register, methods=["POST"])
    one = "/register/<client_id>"
    blueprint.add_url_rule(one, view_func=read_registration, methods=["GET"])
    blueprint.add_url_rule(one, view_func=change_registration, methods=["PUT"])
    blueprint.add_url_rule(one, view_func=delete_registration, methods=["DELETE"])
    blueprint.add_url_rule("/end-session", view_func=end_session, methods=["GET", "POST"])
    blueprint.add_url_rule("/end-session/confirm", view_func=confirm_end_session, methods=["POST"])
    app.register_blueprint(blueprint)
    for view in (*FROM_OTHER_SITES, *REGISTRATION):
        app.extensions["csrf"].exempt(view)
