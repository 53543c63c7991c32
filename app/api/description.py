"""The API's description (OpenAPI 3.1), made of the models that its answers are made of."""

from typing import Any

from flask import Response

from app.api.blueprint import blueprint
from app.api.models import PayHistory
from identity.context import current
from identity.endpoints.answers import public_json
from profiles.roles.permissions import public

_SCHEMAS = "#/components/schemas/"
_ERRORS = {
    "401": "No token, or one that is not valid, was revoked or needs another sign-in "
    "(`insufficient_user_authentication` with `acr_values` and `max_age`, RFC 9470).",
    "403": "The token lacks the scope, or no agreement lets the app read this.",
}


@blueprint.get("/openapi.json")
@public
def openapi() -> Response:
    """The description, the same for everybody."""
    return public_json(describe(current().settings.issuer), max_age=3600)


def describe(issuer: str) -> dict[str, Any]:
    """Every resource of the API."""
    schema = PayHistory.model_json_schema(by_alias=True, ref_template=_SCHEMAS + "{model}")
    definitions = schema.pop("$defs")
    answers = {code: {"description": text} for code, text in _ERRORS.items()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Lanyard", "version": "1"},
        "servers": [{"url": f"{issuer}/api/v1"}],
        "paths": {
            "/me/pay-history": {
                "get": {
                    "summary": "The pay history of the person who is there",
                    "security": [{"token": ["pay"]}],
                    "responses": {
                        "200": {
                            "description": "The history.",
                            "content": {
                                "application/json": {"schema": {"$ref": "#/components/schemas/PayHistory"}}
                            },
                        },
                        **answers,
                    },
                }
            }
        },
        "components": {
            "schemas": {"PayHistory": schema, **definitions},
            "securitySchemes": {
                "token": {
                    "type": "openIdConnect",
                    "openIdConnectUrl": f"{issuer}/.well-known/openid-configuration",
                }
            },
        },
    }
