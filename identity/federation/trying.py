"""A test sign-in at an organisation's provider: everything that it says, and what that means here."""

import json
from collections.abc import Mapping
from typing import Any

from flask import make_response, render_template
from flask_babel import gettext
from werkzeug.wrappers import Response

from identity.context import current
from identity.federation import providers
from identity.federation.attempts import Purpose
from identity.federation.errors import AnotherAccount
from identity.federation.levels import believed_amr, level_of
from identity.federation.models import UpstreamProvider
from identity.federation.plain_text import is_plain
from identity.federation.problems import Problem, show_problem
from identity.federation.returning import Returned
from identity.sessions.cookie import signed_in_now


def show_test(returned: Returned) -> Response:
    """To the administrator who tried it; nothing comes of it but that it was tried."""
    provider, identity = returned.provider, returned.identity
    if not _is_theirs(returned.purpose):
        return show_problem(Problem.OVER, provider)
    context = current()
    providers.note_tested(
        context.session(writes=True),
        provider.id,
        context.now(),
        offers_sign_out=returned.offers_sign_out,
    )
    meaning = [
        (gettext("The account"), identity.subject),
        (gettext("An account is named by"), provider.subject_claim),
        (gettext("The level here"), level_of(identity, provider)),
        (gettext("Highest level believed"), provider.ceiling),
        (
            gettext("Methods that apps are told"),
            ", ".join(believed_amr(identity, provider)) or gettext("None"),
        ),
    ]
    return _show(provider, returned.purpose, identity.claims, meaning=meaning)


def show_refused_test(provider: UpstreamProvider, purpose: Purpose, refused: AnotherAccount) -> Response:
    """The answer is in order, but by what was set up this account is not one of the organisation's."""
    if not _is_theirs(purpose):
        return show_problem(Problem.OVER, provider)
    return _show(provider, purpose, refused.claims, refused=True)


def _is_theirs(purpose: Purpose) -> bool:
    signed_in = signed_in_now()
    return signed_in is not None and not signed_in.is_limited and signed_in.person_id == purpose.person_id


def _show(
    provider: UpstreamProvider,
    purpose: Purpose,
    claims: Mapping[str, Any],
    *,
    meaning: list[tuple[str, str]] | None = None,
    refused: bool = False,
) -> Response:
    page = render_template(
        "sign_in/department_test.html",
        provider=provider,
        claims=[[_in_words(name), _in_words(value)] for name, value in claims.items()],
        meaning=meaning or [],
        refused=refused,
        back_path=purpose.next_path,
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def _in_words(value: object) -> str:
    """As JSON has it, and a name as it is; half a character, which no page can hold, stays escaped."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if is_plain(text) else json.dumps(value)
