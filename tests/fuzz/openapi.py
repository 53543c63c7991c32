"""What the application serves, described for schemathesis from its own addresses and forms (OpenAPI 3)."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Flask
from flask_wtf import FlaskForm
from werkzeug.routing import Rule

METHODS = ("GET", "POST", "PUT", "DELETE")
Known = Mapping[str, Iterable[str]]
"""Values that lead deeper than anything invented, by their parameter, or ``parameter:endpoint``."""

ASKED = (
    *("client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "code_challenge", "prompt"),
    *("code_challenge_method", "response_mode", "max_age", "id_token_hint", "login_hint", "acr_values"),
    *("claims", "resource", "request", "display", "ui_locales", "registration", "dpop_jkt"),
)
OUT = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "logout_hint", "ui_locales")
GRANT = ("grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope", "resource")
PROOF = ("client_id", "client_secret", "client_assertion", "client_assertion_type")
PARAMETERS = {
    "authorization": (*ASKED, "request_uri", "lanyard_first_seen"),
    "answer_notice": (*ASKED, "digest", "cancel"),
    "pushed_authorization": ASKED,
    "token": (*GRANT, *PROOF),
    **dict.fromkeys(("introspection", "revocation"), ("token", "token_type_hint")),
    "userinfo": ("access_token",),
    **dict.fromkeys(("end_session", "confirm_end_session"), OUT),
}
"""By the endpoint's name."""
IN_ADDRESS = {"authorization", "answer_notice", "end_session", "confirm_end_session"}
"""These read their address also where they are posted to."""
HEADERS = ("Authorization", "DPoP", "Origin")
METADATA = (
    *("client_name", "redirect_uris", "grant_types", "response_types", "scope", "contacts", "jwks"),
    *("jwks_uri", "token_endpoint_auth_method", "token_endpoint_auth_signing_alg", "application_type"),
    *("subject_type", "id_token_signed_response_alg", "sector_identifier_uri", "request_uris"),
    *("default_max_age", "client_id", "client_uri", "logo_uri", "backchannel_logout_uri"),
)
_VARIABLE = re.compile(r"<(?:[^:>]+:)?([^>]+)>")


def describe(app: Flask, known: Known, *, protocol: bool) -> dict[str, Any]:
    """Either the endpoints of the protocol, or the pages."""
    paths: dict[str, dict[str, Any]] = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static" or rule.endpoint.startswith("protocol.") is not protocol:
            continue
        path = paths.setdefault(_VARIABLE.sub(r"{\1}", rule.rule), {})
        for method in METHODS:  # what deletes comes last
            if method in (rule.methods or ()):
                path[method.lower()] = _operation(rule, method, known)
    assert paths
    return {"openapi": "3.0.3", "info": {"title": "Lanyard", "version": "1"}, "paths": paths}


def _operation(rule: Rule, method: str, known: Known) -> dict[str, Any]:
    name = rule.endpoint.rpartition(".")[2]
    fields = PARAMETERS.get(name, ()) if rule.endpoint.startswith("protocol.") else _fields()

    def value(parameter: str) -> dict[str, Any]:
        """What is known to lead on; any text too where it may be left out. schemathesis breaks it besides."""
        values, text = [*known.get(f"{parameter}:{name}", known.get(parameter, ()))], {"type": "string"}
        if not values:
            return text
        return {"anyOf": [{"enum": values}, text]} if "" in values else {"enum": values}

    parameters = [_parameter(argument, "path", value(argument)) for argument in rule.arguments]
    parameters += [_parameter(header, "header", value(header)) for header in HEADERS]
    if method == "GET" or name in IN_ADDRESS:
        parameters += [_parameter(field, "query", value(field)) for field in (*fields, "next", "page")]
    operation: dict[str, Any] = {"parameters": parameters, "responses": {"default": {"description": "any"}}}
    if method in {"POST", "PUT"} and name in {"register", "change_registration"}:
        properties = {field: _json(value(field)) for field in METADATA}
        operation["requestBody"] = {"content": {"application/json": {"schema": _object(properties)}}}
    elif method == "POST":
        form = _object({field: value(field) for field in fields})
        operation["requestBody"] = {"content": {"application/x-www-form-urlencoded": {"schema": form}}}
    return operation


def _parameter(name: str, place: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path" or "enum" in schema, "schema": schema}


def _json(text: dict[str, Any]) -> dict[str, Any]:
    """The right kind of value where one is known, else any kind."""
    if "enum" in text:
        return {"anyOf": [text, {"type": "array", "items": text, "minItems": 1}]}
    kinds = ("string", "integer", "boolean", "object", "array")
    return {"anyOf": [text, *({"type": kind} for kind in kinds)]}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    required = [name for name, schema in properties.items() if "enum" in schema]
    described = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**described, "required": required} if required else described


def _fields() -> tuple[str, ...]:
    """Every field of every form that there is."""
    names: set[str] = set()
    forms = [FlaskForm]
    while forms:
        form = forms.pop()
        forms += form.__subclasses__()
        names |= {name for name in dir(form) if type(getattr(form, name)).__name__ == "UnboundField"}
    return tuple(sorted(names))
