"""The page for when signing in through a department did not work: what happened, and what to do next."""

from enum import StrEnum

from flask import make_response, render_template, url_for
from werkzeug.wrappers import Response

from identity.context import current
from identity.federation.models import UpstreamProvider
from identity.federation.openid.metadata import OUTAGE_KEPT_FOR
from identity.sign_in_policy.service import methods_within
from profiles.sign_in.models import Method


class Problem(StrEnum):
    """What went wrong, by whom it can be mended."""

    OVER = "over"
    """The attempt was used, took too long, or began in another browser."""
    CANCELLED = "cancelled"
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"
    BUSY = "busy"
    """Too many ask departments just now: it is we who are slow, or the departments of others."""
    INVALID = "invalid"
    ANOTHER_ACCOUNT = "another_account"
    """Somebody signed in there with an account that is not of this department."""
    WORKS_ELSEWHERE = "works_elsewhere"
    """The account was to be linked to somebody who does not work there now."""
    NOT_ACCEPTED = "not_accepted"
    """The person's organisations do not accept departments' accounts."""
    TAKEN = "taken"
    """It was to be linked, and opens somebody else's profile."""
    TOO_MANY = "too_many"
    """Too many attempts of the same network came to nothing."""
    NO_SIGN_OUT = "no_sign_out"
    """People cannot be sent to the department to sign out there."""
    NOT_FRESH = "not_fresh"
    """The department did not ask again although it should have."""


_STATUS = {
    Problem.UNAVAILABLE: 503,
    Problem.BUSY: 503,
    Problem.ANOTHER_ACCOUNT: 403,
    Problem.WORKS_ELSEWHERE: 403,
    Problem.NOT_ACCEPTED: 403,
    Problem.TAKEN: 409,
    Problem.TOO_MANY: 429,
}


BUSY_RETRY_SECONDS = 5
"""How long somebody is asked to wait for whom there was no place."""
_OF_THE_PROVIDER = {Problem.UNAVAILABLE, Problem.REFUSED, Problem.INVALID, Problem.TOO_MANY}
"""What keeps people out who can do nothing about it: they are told what else their organisation accepts."""


def show_problem(
    problem: Problem, provider: UpstreamProvider | None, next_path: str = "/", *, signing_in: bool = False
) -> Response:
    """The page. It says nothing that the department's provider sent, and nothing of anybody.

    ``signing_in`` is for somebody who has no session yet: they learn what else the organisation accepts.
    """
    others: list[str] = []
    if provider is not None and signing_in and problem in _OF_THE_PROVIDER:
        others = [one.value for one in _other_ways(provider)]
    page = render_template(
        "sign_in/department_problem.html",
        problem=problem,
        name=provider.name if provider else "",
        others=others,
        organisation_id=provider.organisation_id if provider else None,
        sign_in_path=url_for("sign_in.sign_in", next=next_path),
        again_path=url_for("departments.choose_department", next=next_path),
    )
    response = make_response(page, _STATUS.get(problem, 400))
    if problem is Problem.UNAVAILABLE:
        response.headers["Retry-After"] = str(round(OUTAGE_KEPT_FOR.total_seconds()))
    return response


def show_busy(again_path: str, next_path: str = "/") -> Response:
    """The page for somebody for whom there is no place; ``again_path`` goes on from where they are."""
    page = render_template(
        "sign_in/department_problem.html",
        problem=Problem.BUSY,
        name="",
        others=[],
        organisation_id=None,
        sign_in_path=url_for("sign_in.sign_in", next=next_path),
        again_path=again_path,
    )
    response = make_response(page, _STATUS[Problem.BUSY])
    response.headers["Retry-After"] = str(BUSY_RETRY_SECONDS)
    return response


def _other_ways(provider: UpstreamProvider) -> list[Method]:
    context = current()
    with context.reading() as session:
        platform = context.settings.platform
        methods = methods_within(session, provider.organisation_id, context.now(), platform)
    return [one for one in (Method.PASSKEY, Method.PASSWORD_AND_CODE, Method.PASSWORD) if one in methods]
