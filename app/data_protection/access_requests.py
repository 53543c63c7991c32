"""Requests for what is held about somebody: reviewed item by item, released, extended or refused."""

from collections.abc import Sequence
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from app.access import permissions, signed_in_person
from app.data_protection import request_words
from app.data_protection.blueprint import blueprint
from app.data_protection.held_items import items_of
from app.listed_names import known_name, listed_name
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from app.widgets import TextArea, stripped
from profiles.access_requests import service
from profiles.access_requests.held import UNREVIEWED, Item
from profiles.access_requests.models import AccessRequest, RequestState
from profiles.disclosure.grounds import Ground
from profiles.errors import Conflict, Invalid, NotFound
from profiles.organisations import service as organisations
from profiles.roles.permissions import Permission, requires
from profiles.temporal import civil_date

SHOWN = 100
ON_A_PAGE = 50
"""Entries of a review that are shown at once."""
PATH = "/data-protection/requests/<uuid:request_id>"
_GROUND = "ground:"


class WhyForm(FlaskForm):  # type: ignore[misc]
    """Why it takes longer, or is refused."""

    reason = TextAreaField(
        _l("Why?"),
        [
            DataRequired(_l("Say why")),
            Length(max=2000, message=_l("Use 2,000 characters or fewer")),
        ],
        description=_l("The person reads it."),
        widget=TextArea(),
        filters=[stripped],
    )


@blueprint.get("/data-protection/requests")
@requires(Permission.REVIEW_ACCESS_REQUESTS)
def access_requests() -> str:
    """What waits, the most urgent first, and what was decided lately."""
    session, mine = request_session(), permissions().organisations(Permission.REVIEW_ACCESS_REQUESTS)
    return render_template(
        "data_protection/access_requests.html",
        waiting=_rows(service.waiting(session, mine, SHOWN)),
        decided=_rows(service.decided(session, mine, SHOWN)),
        today=civil_date(request_time()),
        states=request_words.states(),
    )


@blueprint.get(PATH)
@requires(Permission.REVIEW_ACCESS_REQUESTS, fresh=True)
def access_request(request_id: UUID) -> Response:
    """Everything that would be released, each entry with what to do with it. Opening it is audited."""
    session, now = request_session(writes=True), request_time()
    asked = _asked(request_id)
    is_open = asked.state is RequestState.ASKED and not permissions().are_of(asked.person_id)
    items = items_of(session, asked, now) if is_open else []
    if is_open:
        service.note_review(session, now, asked, signed_in_person())
    return _show(asked, items, {})


@blueprint.post(PATH)
@requires(Permission.REVIEW_ACCESS_REQUESTS, fresh=True)
def release_access_request(request_id: UUID) -> Response:
    """Release it without what is withheld, or show another page of it, which keeps what was chosen.

    What was recorded meanwhile is looked at first.
    """
    session, now, asked = request_session(), request_time(), _asked(request_id)
    items, behind = items_of(session, asked, now), request.form.get("behind")
    chosen = {
        name.removeprefix(_GROUND): value
        for name, value in request.form.items()
        if name.startswith(_GROUND) and value
    }
    if request.form.get("seen") != service.digest_of(items):
        problem = _("Something was recorded meanwhile. Look at the entries again, then release them.")
        return _show(asked, items, chosen, 409, problem)
    if behind is not None:
        return _show(asked, items, chosen, behind=behind)
    try:
        service.release(
            session,
            now,
            request=asked,
            items=items,
            withheld={one: Ground(ground) for one, ground in chosen.items() if ground in list(Ground)},
            officer_id=signed_in_person(),
        )
    except (Invalid, Conflict) as refused:
        return _show(asked, items, chosen, 409, refused.message)
    flash(_("It is released. The person can download it for 30 days."), "success")
    return redirect(url_for("data_protection.access_requests"), 303)


@blueprint.get(f"{PATH}/<step>")
@requires(Permission.REVIEW_ACCESS_REQUESTS, fresh=True)
def ask_why(request_id: UUID, step: str) -> Response:
    """Ask why it takes longer, or is refused."""
    return _show_why(_open(request_id), _known(step), WhyForm())


@blueprint.post(f"{PATH}/<step>")
@requires(Permission.REVIEW_ACCESS_REQUESTS, fresh=True)
def submit_why(request_id: UUID, step: str) -> Response:
    """Extend it once, or refuse it."""
    asked, form, step = _open(request_id), WhyForm(), _known(step)
    if not form.validate_on_submit():
        return _show_why(asked, step, form, 422)
    do = service.extend if step == "extend" else service.refuse
    try:
        do(
            request_session(),
            request_time(),
            request=asked,
            reason=form.reason.data or "",
            officer_id=signed_in_person(),
        )
    except Conflict as refused:
        form.form_errors.append(refused.message)
        return _show_why(asked, step, form, 409)
    flash(_("It is extended.") if step == "extend" else _("It is refused."), "success")
    return redirect(url_for("data_protection.access_requests"), 303)


def _asked(request_id: UUID) -> AccessRequest:
    mine = permissions().organisations(Permission.REVIEW_ACCESS_REQUESTS)
    return service.get_asked(request_session(), request_id, mine)


def _known(step: str) -> str:
    if step not in ("extend", "refuse"):
        raise NotFound(_("This cannot be done to a request."))
    return step


def _open(request_id: UUID) -> AccessRequest:
    asked = _asked(request_id)
    if asked.state is not RequestState.ASKED:
        raise NotFound(_("This request was decided."))
    return asked


def _rows(found: Sequence[AccessRequest]) -> list[dict[str, object]]:
    session, now = request_session(), request_time()
    return [
        {
            "request": one,
            "name": listed_name(session, one.person_id, now),
            "organisation": organisations.get(session, one.organisation_id, now).name,
            "href": url_for("data_protection.access_request", request_id=one.id),
        }
        for one in found
    ]


def _show(
    asked: AccessRequest,
    items: Sequence[Item],
    chosen: dict[str, str],
    status: int = 200,
    problem: str = "",
    behind: str = "",
) -> Response:
    """The entries behind one of them, and what needs no review with the last of them."""
    session, now = request_session(), request_time()
    reviewed = [one for one in items if one.section not in UNREVIEWED]
    begin = next((place + 1 for place, one in enumerate(reviewed) if one.id == behind), 0)
    shown, more = reviewed[begin : begin + ON_A_PAGE], begin + ON_A_PAGE < len(reviewed)
    rest = [] if more else [one for one in items if one.section in UNREVIEWED]
    sections: dict[str, list[Item]] = {}
    for one in (*shown, *rest):
        sections.setdefault(one.section, []).append(one)
    on_it = {one.id for one in shown}
    page = render_template(
        "data_protection/access_request.html",
        request=asked,
        name=known_name(session, asked.person_id, now),
        organisation=organisations.get(session, asked.organisation_id, now).name,
        officer=known_name(session, asked.decided_by, now) if asked.decided_by else "",
        state=request_words.states()[asked.state],
        is_own=permissions().are_of(asked.person_id),
        is_late=asked.state is RequestState.ASKED and asked.due_on < civil_date(now),
        sections=[
            (request_words.section_name(name), name in UNREVIEWED, entries)
            for name, entries in sections.items()
        ],
        seen=service.digest_of(items),
        first=begin + 1,
        last=begin + len(shown),
        total=len(reviewed),
        next_behind=shown[-1].id if more else None,
        previous_behind=_before(reviewed, begin),
        kept={name: ground for name, ground in chosen.items() if name not in on_it},
        grounds={ground.value: text for ground, text in request_words.grounds().items()},
        chosen=chosen,
        problem=problem,
    )
    return Response(page, status, mimetype="text/html")


def _before(reviewed: Sequence[Item], begin: int) -> str | None:
    """Behind which entry the page before begins, empty for the first page; None where there is none."""
    if begin == 0:
        return None
    return reviewed[begin - ON_A_PAGE - 1].id if begin > ON_A_PAGE else ""


def _show_why(asked: AccessRequest, step: str, form: WhyForm, status: int = 200) -> Response:
    name = known_name(request_session(), asked.person_id, request_time())
    page = render_template("data_protection/why.html", request=asked, step=step, name=name, form=form)
    return Response(page, status, mimetype="text/html")
