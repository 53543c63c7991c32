"""Unions and splits that wait for a second officer and a security officer, on pages."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app import access_changes
from app.access import permissions, signed_in_person
from app.display_formats import civil_datetime
from app.listed_names import known_name, listed_name
from app.opened_records import shows
from app.people.blueprint import blueprint
from app.people.separations import captions_of_split, name_of_other
from app.people.union_lines import in_tables
from app.people.unions import captions_of_union
from app.request_transaction import rehearsal, request_session, request_time
from app.translation import gettext as _
from profiles.errors import ProfileError
from profiles.merges import service, unions
from profiles.merges.foreseeing import foresee
from profiles.merges.models import Merge, MergeAction, MergeRequest
from profiles.merges.policy import NEEDS, people_of
from profiles.roles.permissions import Permission, requires

PATH = "/people/unions"


@blueprint.get(PATH)
@requires(Permission.SEE_PEOPLE)
def union_requests() -> str:
    """All that wait at the officer's organisations, the oldest first."""
    session, now = request_session(), request_time()
    rows = []
    for one in unions.waiting(session, permissions()):
        merge = unions.get(session, one.merge_id)
        rows.append(
            {
                "href": url_for("people.union_request", union_request_id=one.id),
                "name": listed_name(session, merge.survivor_id, now),
                "what": _what(one),
                "by": known_name(session, one.proposed_by, now),
                "at": civil_datetime(one.proposed_at),
            }
        )
    return render_template("people/union_requests.html", rows=rows)


@blueprint.get(f"{PATH}/<uuid:union_request_id>")
@requires(Permission.SEE_PEOPLE, fresh=True)
def union_request(union_request_id: UUID) -> str:
    """What goes to whom, what it does to access, who has agreed."""
    session, now = request_session(), request_time()
    found = _get(union_request_id)
    merge = unions.get(session, found.merge_id)
    if merge.merged_id is not None:
        shows(merge.merged_id)
    survivor = known_name(session, merge.survivor_id, now)
    other = _other(merge, found)
    is_merge = found.action is MergeAction.MERGE
    captions = captions_of_union() if is_merge else captions_of_split(survivor, other)
    told, problem = None, ""
    try:
        with rehearsal() as trying:
            asked = unions.get_request(trying, union_request_id, permissions())
            foreseen = foresee(trying, now, lambda: asked)
        told = in_tables(foreseen, merge.survivor_id, captions, (survivor, other))
    except ProfileError as refused:
        problem = refused.message
    return render_template(
        "people/union_request.html",
        request=found,
        title=_what(found),
        survivor=survivor,
        other=other,
        told=told,
        problem=problem,
        people=[
            (_("Asked for by"), known_name(session, found.proposed_by, now)),
            (_("Second officer"), _agreed(found.second_by)),
            (_("Security officer"), _agreed(found.security_by)),
        ],
        parts=[] if problem else _may_agree_as(merge, found),
        may_refuse=permissions().parties.isdisjoint(people_of(merge)),
    )


@blueprint.post(f"{PATH}/<uuid:union_request_id>/agree-as-<any(second, security):part>")
@requires(Permission.SEE_PEOPLE, fresh=True)
def agree_to_union(union_request_id: UUID, part: str) -> Response:
    """Agree; with the last agreement it is done, sessions end and everybody is told."""
    done = access_changes.agree_to_merge(
        request_session(),
        request_time(),
        request=_get(union_request_id),
        part=part,
        officer_id=signed_in_person(),
        permissions=permissions(),
    )
    told = (
        _("It is done. Sessions have ended, and apps and people are told.") if done else _("You have agreed.")
    )
    flash(told, "success")
    return redirect(url_for("people.union_requests"), 303)


@blueprint.post(f"{PATH}/<uuid:union_request_id>/refuse")
@requires(Permission.SEE_PEOPLE, fresh=True)
def refuse_union(union_request_id: UUID) -> Response:
    """Nothing is changed."""
    service.refuse(
        request_session(), request_time(), _get(union_request_id), signed_in_person(), permissions()
    )
    flash(_("It was refused, and nothing is changed."), "success")
    return redirect(url_for("people.union_requests"), 303)


def _get(union_request_id: UUID) -> MergeRequest:
    return unions.get_request(request_session(), union_request_id, permissions())


def _what(found: MergeRequest) -> str:
    return _("Two records become one") if found.action is MergeAction.MERGE else _("One record becomes two")


def _other(merge: Merge, found: MergeRequest) -> str:
    if found.action is MergeAction.MERGE and merge.merged_id is not None:
        return known_name(request_session(), merge.merged_id, request_time())
    return name_of_other(merge)


def _agreed(officer_id: UUID | None) -> str:
    if officer_id is None:
        return _("Has not agreed yet")
    return known_name(request_session(), officer_id, request_time())


def _may_agree_as(merge: Merge, found: MergeRequest) -> list[str]:
    """As whom the officer may still agree."""
    taken = {found.proposed_by, found.second_by, found.security_by, *people_of(merge)}
    if not permissions().parties.isdisjoint(taken):
        return []
    return [
        part
        for part, permission in NEEDS.items()
        if permissions().allows(permission, found.organisation_id) and getattr(found, f"{part}_by") is None
    ]
