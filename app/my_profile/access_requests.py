"""A person asks for everything that is held about them, and downloads what was released."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response as FlaskResponse
from flask import flash, jsonify, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.access import signed_in_person
from app.data_protection import request_words
from app.my_profile.blueprint import blueprint
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.access_requests import service
from profiles.access_requests.held import organisations_holding
from profiles.access_requests.models import RequestState
from profiles.access_requests.snapshot import SCHEMA
from profiles.disclosure.grounds import Ground
from profiles.organisations import service as organisations
from profiles.roles.permissions import Demand, signed_in
from profiles.temporal import civil_date, months_after


@blueprint.get("/profile/held")
@signed_in()
def held() -> str:
    """What was asked of whom, until when it is answered, and what can be downloaded."""
    session, now, person_id = request_session(), request_time(), signed_in_person()
    known = organisations.tree(session, now).organisations
    found = service.of_person(session, person_id)
    busy = {one.organisation_id for one in found if one.state in (RequestState.ASKED, RequestState.READY)}
    holding = organisations_holding(session, person_id, now)
    today = civil_date(now)
    return render_template(
        "my_profile/held.html",
        requests=[
            {
                "request": one,
                "organisation": known[one.organisation_id].name if one.organisation_id in known else "",
                "state": request_words.states()[one.state],
                "colour": request_words.colour_of(one),
                "is_late": one.state is RequestState.ASKED and one.due_on < today,
                "withheld": [
                    (request_words.grounds()[Ground(ground)], count) for ground, count in one.withheld.items()
                ],
            }
            for one in found
        ],
        to_ask=[known[one].name for one in holding if one not in busy and one in known],
        due_on=months_after(today, 1),
    )


@blueprint.get("/profile/held/ask")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN)
def back_to_held() -> Response:
    """Where somebody comes back to who had to sign in again before asking."""
    return redirect(url_for("my_profile.held"))


@blueprint.post("/profile/held/ask")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN)
def ask_for_held() -> Response:
    """Ask every organisation that holds something, each for its part."""
    service.ask(request_session(), request_time(), signed_in_person())
    flash(_("Your request is sent. You get a mail when each part is ready."), "success")
    return redirect(url_for("my_profile.held"), 303)


@blueprint.post("/profile/held/<uuid:request_id>/withdraw")
@signed_in()
def withdraw_held(request_id: UUID) -> Response:
    """Nobody goes on with it."""
    session = request_session()
    service.withdraw(session, request_time(), service.get_own(session, request_id, signed_in_person()))
    flash(_("The request is withdrawn."), "success")
    return redirect(url_for("my_profile.held"), 303)


@blueprint.get("/profile/held/<uuid:request_id>/print")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN)
def print_held(request_id: UUID) -> str:
    """What was released, as a page to read or print."""
    content = _download(request_id)
    sections = [(request_words.section_name(name), entries) for name, entries in content["sections"].items()]
    grounds = request_words.grounds()
    withheld = [(grounds[Ground(one)], count) for one, count in content["withheld"].items()]
    return render_template(
        "my_profile/held_print.html",
        content=content,
        made_at=datetime.fromisoformat(content["made_at"]),
        sections=sections,
        withheld=withheld,
        json_href=url_for("my_profile.download_held", request_id=request_id),
    )


@blueprint.get("/profile/held/<uuid:request_id>.json")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN)
def download_held(request_id: UUID) -> FlaskResponse:
    """The same as JSON, by the schema that is served beside it."""
    schema = url_for("my_profile.held_schema", _external=True)
    answer = jsonify({"$schema": schema, **_download(request_id)})
    answer.headers["Content-Disposition"] = "attachment; filename=held-about-me.json"
    return answer


@blueprint.get("/profile/held/schema.json")
@signed_in()
def held_schema() -> FlaskResponse:
    """What the JSON means."""
    return jsonify(dict(SCHEMA))


def _download(request_id: UUID) -> dict[str, Any]:
    session = request_session(writes=True)
    asked = service.get_own(session, request_id, signed_in_person())
    return service.note_download(session, request_time(), asked)
