"""The pages on which people choose their department's account, leave for it, and come back."""

from datetime import datetime
from uuid import UUID

import structlog
from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlmodel import Session
from werkzeug.wrappers import Response

from identity.context import current
from identity.errors import IdentityError
from identity.federation import attempts, finding, health, providers
from identity.federation.attempts import Purpose
from identity.federation.browser import (
    browser_number,
    forget_provider,
    give_browser_number,
    new_browser_number,
    remembered_provider,
)
from identity.federation.errors import (
    AnotherAccount,
    AttemptOver,
    Fault,
    TooManyAttempts,
    UpstreamAnswerInvalid,
    UpstreamBusy,
    UpstreamRefused,
    UpstreamUnavailable,
)
from identity.federation.finding import MOST_SHOWN
from identity.federation.forms import DepartmentForm
from identity.federation.kinds import Arrived, UpstreamKind
from identity.federation.models import AttemptPurpose, UpstreamProvider
from identity.federation.openid.kind import OpenIDConnect
from identity.federation.problems import Problem, show_busy, show_problem
from identity.federation.returning import Returned, spend_attempt
from identity.federation.trying import show_refused_test, show_test
from identity.federation.upstreams import current_upstreams
from identity.federation.welcoming import (
    is_first_way_in,
    let_in,
    link_by_invitation,
    link_to_person,
)
from identity.sessions.cookie import signed_in_now
from identity.sign_in import invitations
from identity.sign_in.asked import asked
from profiles.roles.permissions import public
from profiles.sign_in.service import find_organisation_of_domain, works_for

blueprint = Blueprint("departments", __name__)


@blueprint.get("/sign-in/department")
@public
def choose_department() -> Response:
    """Ask for a work address; the list of departments is one step further."""
    return _show_choice(DepartmentForm(address=request.args.get("login_hint", "")), 200)


@blueprint.post("/sign-in/department")
@public
def find_department() -> Response:
    """Lead on to the provider of the address's domain; the address itself may be anybody's or nobody's."""
    form = DepartmentForm()
    if not form.validate_on_submit():
        return _show_choice(form, 422)
    context = current()
    with context.reading() as session:
        chain = find_organisation_of_domain(session, form.data["address"], context.now())
        found = {one.organisation_id: one.id for one in providers.in_use(session, chain)}
    provider_id = next(
        (found[organisation_id] for organisation_id in chain if organisation_id in found), None
    )
    if provider_id is None:
        form.address.errors = [
            gettext("No department is set up for this address. Choose from the list, or sign in another way")
        ]
        return _show_choice(form, 422)
    return leave_for(provider_id, _sign_in(), login_hint=form.data["address"])


@blueprint.get("/sign-in/departments")
@public
def list_departments() -> str:
    """The departments whose account can be used, or those with a text in their name."""
    text = request.args.get("q", "").strip()[:100]
    with current().reading() as session:
        found = finding.find_offers(session, text, current().now())
    more = max(0, len(found) - MOST_SHOWN)
    return render_template(
        "sign_in/departments.html",
        offers=found[:MOST_SHOWN],
        more=more,
        text=text,
        is_long=bool(text) or more > 0,
        asked=asked(),
    )


@blueprint.post("/sign-in/department/forget")
@public
def forget_department() -> Response:
    """Let this device remember no department any more."""
    response = redirect(url_for("sign_in.sign_in", **asked().as_query()), 303)
    forget_provider(response)
    return response


@blueprint.post("/sign-in/departments/<uuid:provider_id>")
@public
def leave_for_department(provider_id: UUID) -> Response:
    """Leave for the provider that was chosen."""
    return leave_for(provider_id, _sign_in())


@blueprint.get("/invitation/<token>/department")
@public
def choose_department_for_invitation(token: str) -> Response:
    """Who holds a one-time link may link their department's account instead of choosing a password."""
    context = current()
    with context.reading() as session:
        found = invitations.find_invitation(session, token, context.now())
        offered = [] if found is None else _offered_to(session, found.person_id, context.now())
        names = {one.id: one.name for one in offered}
    if found is None:
        return show_problem(Problem.OVER, None)
    return make_response(render_template("sign_in/invitation_department.html", names=names, token=token))


@blueprint.post("/invitation/<token>/department/<uuid:provider_id>")
@public
def leave_with_invitation(token: str, provider_id: UUID) -> Response:
    """Leave for the provider; the link is spent when the account is linked, and not before."""
    context = current()
    with context.reading() as session:
        found = invitations.find_invitation(session, token, context.now())
        offered = [] if found is None else _offered_to(session, found.person_id, context.now())
        is_offered = provider_id in {one.id for one in offered}
    if not is_offered:
        return show_problem(Problem.OVER, None)
    invited = Purpose(
        AttemptPurpose.INVITATION, "/profile", invitation_hash=invitations.hash_of(token), fresh=True
    )
    return leave_for(provider_id, invited)


@blueprint.get("/sign-in/departments/<uuid:provider_id>/return")
@public
def come_back(provider_id: UUID) -> Response:
    """The provider sends somebody back (OpenID Connect Core §3.1.2.5). Each attempt comes back once."""
    unverified = request.args.to_dict()
    if any(len(values) > 1 for _, values in request.args.lists()):
        return show_problem(Problem.INVALID, None)
    context = current()
    try:
        # Whoever finds no place has not come back yet, and may once more by the same address.
        with current_upstreams().asking():
            provider, purpose = spend_attempt(context, provider_id, unverified, browser_number())
            arrived = _finish(provider, purpose, unverified)
    except UpstreamBusy:
        return show_busy(request.full_path)
    except AttemptOver:
        return show_problem(Problem.OVER, None)
    if not isinstance(arrived, Arrived):
        return arrived
    health.note_success(context, provider.id)
    attempts.forget_proven(context.session(writes=True), unverified["state"])
    returned = Returned(provider, purpose, arrived.identity, arrived.offers_sign_out)
    return _WHAT_COMES_OF_IT[purpose.kind](returned)


def _finish(provider: UpstreamProvider, purpose: Purpose, unverified: dict[str, str]) -> Arrived | Response:
    """What the provider says of somebody who is back, or the page that says why that cannot be known."""
    try:
        return kind_of(provider).finish(provider, unverified, return_address(provider.id), current().now())
    except UpstreamUnavailable as outage:
        _note_failure(provider, outage.fault, outage)
        return show_problem(Problem.UNAVAILABLE, provider, purpose.next_path, signing_in=purpose.signs_in)
    except UpstreamRefused as refused:
        cancelled = refused.code == "access_denied"
        if not cancelled:
            _note_failure(provider, Fault.SAID_SO, refused)
        problem = Problem.CANCELLED if cancelled else Problem.REFUSED
        return show_problem(problem, provider, purpose.next_path, signing_in=purpose.signs_in)
    except AnotherAccount as another:
        if purpose.kind is AttemptPurpose.TEST:
            return show_refused_test(provider, purpose, another)
        return show_problem(Problem.ANOTHER_ACCOUNT, provider, purpose.next_path)
    except UpstreamAnswerInvalid as invalid:
        _note_failure(provider, Fault.ANSWER, invalid)
        return show_problem(Problem.INVALID, provider, purpose.next_path, signing_in=purpose.signs_in)


def leave_for(provider_id: UUID, purpose: Purpose, login_hint: str | None = None) -> Response:
    """Begin an attempt, and a page that goes on to the provider by itself.

    A redirect would be stopped: Chromium applies our form-action to it.
    """
    context = current()
    provider = _find(provider_id, purpose)
    if provider is None:
        return show_problem(Problem.OVER, None)
    try:
        with current_upstreams().asking():
            way = kind_of(provider).begin(provider, context.now())
    except UpstreamBusy:
        again = url_for("departments.choose_department", next=purpose.next_path, login_hint=login_hint)
        return show_busy(again, purpose.next_path)
    except UpstreamUnavailable as outage:
        _note_failure(provider, outage.fault, outage)
        return show_problem(Problem.UNAVAILABLE, provider, purpose.next_path, signing_in=purpose.signs_in)
    number = browser_number() or new_browser_number()
    try:
        state = attempts.begin(
            context.session(writes=True),
            provider.id,
            purpose,
            number,
            request.remote_addr or "",
            context.now(),
        )
    except TooManyAttempts as many:
        refusal = show_problem(Problem.TOO_MANY, provider, purpose.next_path, signing_in=purpose.signs_in)
        refusal.headers["Retry-After"] = str(max(1, round((many.until - context.now()).total_seconds())))
        return refusal
    address = way.address(
        provider,
        return_address=return_address(provider.id),
        state=state,
        login_hint=login_hint,
        again=purpose.fresh,
    )
    response = make_response(render_template("sign_in/leaving.html", name=provider.name, address=address))
    response.headers["Cache-Control"] = "no-store"
    give_browser_number(response, number)
    return response


def kind_of(provider: UpstreamProvider) -> UpstreamKind:
    """How this provider is asked; there is one kind (docs/adr/0021)."""
    return OpenIDConnect(current(), current_upstreams())


def return_address(provider_id: UUID) -> str:
    """The redirect URI that the provider has registered for us."""
    return current().settings.issuer + url_for("departments.come_back", provider_id=provider_id)


_WHAT_COMES_OF_IT = {
    AttemptPurpose.SIGN_IN: let_in,
    AttemptPurpose.LINK: link_to_person,
    AttemptPurpose.INVITATION: link_by_invitation,
    AttemptPurpose.TEST: show_test,
}


def _note_failure(provider: UpstreamProvider, fault: Fault | None, error: IdentityError) -> None:
    """Which check failed, in our own words, for operators and for the provider's administrators."""
    why = "it answered with an error" if isinstance(error, UpstreamRefused) else str(error)
    structlog.get_logger().warning("upstream", provider=str(provider.id), fault=fault, why=why)
    if fault is not None:
        health.note_failure(current(), provider.id, fault, why)


def _find(provider_id: UUID, purpose: Purpose) -> UpstreamProvider | None:
    find = providers.find_proposed if purpose.kind is AttemptPurpose.TEST else providers.find_in_use
    with current().reading() as session:
        return find(session, provider_id)


def _show_choice(form: DepartmentForm, status: int) -> Response:
    wanted = asked().as_query()
    page = render_template(
        "sign_in/department.html",
        form=form,
        action=url_for("departments.find_department", **wanted),
        list_path=url_for("departments.list_departments", **wanted),
        forget_path=url_for("departments.forget_department", **wanted),
        remembered=(department_offered() or {}).get("name"),
        other_path=url_for("sign_in.sign_in", **wanted),
    )
    return make_response(page, status)


@blueprint.app_template_global()
def department_offered() -> dict[str, object] | None:
    """What the sign-in page says of departments: whether there are any, and the one used here last."""
    with current().reading() as session:
        names = providers.names_in_use(session)
    remembered = remembered_provider()
    if not names:
        return None
    return {"id": remembered, "name": names[remembered]} if remembered in names else {"id": None, "name": ""}


@blueprint.app_template_global()
def departments_to_confirm_with() -> list[dict[str, object]]:
    """Where whoever is signed in may prove that it is still them."""
    signed_in, context = signed_in_now(), current()
    if signed_in is None:
        return []
    with context.reading() as session:
        found = finding.to_confirm_with(session, signed_in.person_id, asked(), context.now())
        return [{"id": one.id, "name": one.name} for one in found]


def _offered_to(session: Session, person_id: UUID, now: datetime) -> list[UpstreamProvider]:
    """Those that may speak for the holder of a one-time link, who has no other way in yet."""
    if not is_first_way_in(session, person_id):
        return []
    return [
        one for one in providers.in_use(session) if works_for(session, person_id, one.organisation_id, now)
    ]


def _sign_in() -> Purpose:
    wanted = asked()
    return Purpose(AttemptPurpose.SIGN_IN, wanted.next_path, fresh=wanted.fresh)
