"""Roles given by hand, prolonged and ended by an app's owner, or by an officer to whom they delegated it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from app.access import permissions
from app.apps.blueprint import blueprint
from app.apps.grant_form import EndGrantForm, GrantForm, ProlongForm
from app.apps.policy_flow import Case, submit_case
from app.display_formats import civil_date, last_day
from app.listed_names import listed_name
from app.opened_records import shows
from app.paging import PAGE_SIZE, asked_after, page_of
from app.portable_profile.asked import AskedDates, asked_dates
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.access_policy.delegations import may_give
from profiles.access_policy.grants import GrantWanted, given_by_hand, given_by_hand_as_of
from profiles.access_policy.models import Action
from profiles.employments.service import current_postings, find_by_number
from profiles.entitlements.facts import AppRules
from profiles.entitlements.models import Entitlement
from profiles.entitlements.service import rules_of
from profiles.errors import NotFound
from profiles.people.service import addresses_of, display_name, name_of
from profiles.roles.permissions import Permission, requires
from profiles.sign_in.service import find_person_by_address
from profiles.temporal import civil_date as day_of
from profiles.temporal import history

SOON = timedelta(days=30)
PATH = "/apps/<uuid:app_id>/grants"


@blueprint.get("/apps/grants")
@requires(Permission.GRANT_ACCESS)
def grants() -> str:
    """What the officer may end, of one app or one person or of all, what ends soonest first.

    Of another day it is what held then and the officer would have decided on; nothing is changed there.
    """
    session, now = request_session(), request_time()
    given, asked = may_give(session, permissions(), now), asked_dates(now)
    app_id, person_id = (request.args.get(name, type=UUID) for name in ("app", "person"))
    apps = {one: rules_of(session, one, now) for one, _role in given}
    which: dict[str, Any] = {"app_id": app_id, "person_id": person_id}
    which |= {"after": asked_after(), "limit": PAGE_SIZE + 1}
    if asked.query:
        point: dict[str, Any] = {"valid_at": asked.valid_at, "known_at": asked.known_at}
        found = given_by_hand_as_of(session, permissions(), now, **point, **which)
    else:
        found = given_by_hand(session, permissions(), now, **which)
    page = page_of(found, lambda one: one.id)
    kept: dict[str, Any] = {name: one for name, one in (("app", app_id), ("person", person_id)) if one}
    return render_template(
        "apps/grants.html",
        page=page,
        rows=[_row(one, rules_of(session, one.app_id, now)) for one in page.rows],
        asked=asked,
        shown_at=asked.valid_at,
        kept=list(kept.items()),
        reset_href=url_for("apps.grants", **kept),
        back_href=_back_of(apps.get(app_id) if app_id else None, person_id, asked),
        app=apps.get(app_id) if app_id else None,
        may_give=sorted(
            ((one.app_name, url_for("apps.add_grant", app_id=one.app_id, person=person_id)))
            for one in apps.values()
            if app_id in (None, one.app_id)
        ),
    )


def _back_of(app: AppRules | None, person_id: UUID | None, asked: AskedDates) -> str | None:
    """The app, as it is or as of the day that is asked for, or the person whose page led here."""
    if app is not None and permissions().allows(Permission.SEE_APPS, app.organisation_id):
        return url_for("apps.record_as_of" if asked.query else "apps.app", app_id=app.app_id, **asked.query)
    if person_id is not None and permissions().anywhere(Permission.SEE_PEOPLE):
        return url_for("people.person", person_id=person_id)
    return None


@blueprint.get(f"{PATH}/add")
@requires(Permission.GRANT_ACCESS, fresh=True)
def add_grant(app_id: UUID) -> Response:
    """Ask who gets which role, and until when."""
    session, now, person_id = request_session(), request_time(), request.args.get("person", type=UUID)
    places = frozenset().union(*may_give(session, permissions(), now, [app_id]).values())
    known_by = addresses_of(session, person_id, now, places) if person_id else []
    begin = {"who": known_by[-1] if known_by else "", "first_day": day_of(now)}
    if person_id is not None and known_by:
        shows(person_id)
    return _ask(app_id, GrantForm(_roles(app_id), formdata=None, data=begin))


@blueprint.post(f"{PATH}/add")
@requires(Permission.GRANT_ACCESS, fresh=True)
def submit_added_grant(app_id: UUID) -> Response:
    """Check it or, once it was checked, let it wait for a second officer."""
    form = GrantForm(_roles(app_id))
    if not form.validate_on_submit():
        return _ask(app_id, form, 422)
    typed, given = form.data, may_give(request_session(), permissions(), request_time(), [app_id])
    places = given[app_id, typed["role_name"]]
    found = _find(typed["who"], places)
    if found is None:
        form.who.errors = [
            _(
                "Nobody of your organisation has this address or number. Somebody of another organisation "
                "asks for the role themselves, under Your apps."
            )
        ]
        return _ask(app_id, form, 422)
    shows(found[0])
    owner = _owns(app_id)
    wanted = GrantWanted(
        app_id,
        Action.ADD,
        found[0],
        typed["role_name"],
        rules_of(request_session(), app_id, request_time()).organisation_id if owner else found[1],
        owner,
        typed["first_day"],
        typed["last_day"],
    )
    return _submit(wanted, form, lambda status: _ask(app_id, form, status))


@blueprint.get(f"{PATH}/<uuid:grant_id>/prolong")
@requires(Permission.GRANT_ACCESS, fresh=True)
def prolong_grant(app_id: UUID, grant_id: UUID) -> Response:
    """Ask for the new last day."""
    held = _held(app_id, grant_id)
    return _ask_days(held.entitlement, ProlongForm(formdata=None, data={"version": str(held.entitlement.id)}))


@blueprint.post(f"{PATH}/<uuid:grant_id>/prolong")
@requires(Permission.GRANT_ACCESS, fresh=True)
def submit_prolonged_grant(app_id: UUID, grant_id: UUID) -> Response:
    """Check it or, once it was checked, let it wait for a second officer."""
    return _submit_days(app_id, grant_id, ProlongForm(), Action.CHANGE)


@blueprint.get(f"{PATH}/<uuid:grant_id>/end")
@requires(Permission.GRANT_ACCESS, fresh=True)
def end_grant(app_id: UUID, grant_id: UUID) -> Response:
    """Ask for the last day."""
    held = _held(app_id, grant_id)
    return _ask_days(
        held.entitlement, EndGrantForm(formdata=None, data={"version": str(held.entitlement.id)})
    )


@blueprint.post(f"{PATH}/<uuid:grant_id>/end")
@requires(Permission.GRANT_ACCESS, fresh=True)
def submit_ended_grant(app_id: UUID, grant_id: UUID) -> Response:
    """Check it or, once it was checked, take the role away."""
    return _submit_days(app_id, grant_id, EndGrantForm(), Action.END)


@dataclass(frozen=True)
class _Held:
    """A grant, and the organisation for which the officer may change it."""

    entitlement: Entitlement
    through_id: UUID
    as_owner: bool


def _held(app_id: UUID, grant_id: UUID) -> _Held:
    """A grant that has not ended. Raises NotFound, also for one that others may change."""
    session, now = request_session(), request_time()
    given = may_give(session, permissions(), now, [app_id])
    for one in history(session, Entitlement, now, app_id=app_id, fact_id=grant_id):
        if (one.valid_to is None or one.valid_to > now) and _may_change(one, given):
            if _owns(app_id):
                return _Held(one, rules_of(session, app_id, now).organisation_id, as_owner=True)
            places = given[app_id, one.role_name]
            works_at = [place.organisation_id for place in current_postings(session, one.person_id, now)]
            return _Held(one, next(place for place in works_at if place in places), as_owner=False)
    raise NotFound(_("There is no such role given by hand, or it has ended."))


def _may_change(one: Entitlement, given: Mapping[tuple[UUID, str], frozenset[UUID]]) -> bool:
    """The app's owner may, whoever gave it; others for the people of their own organisation."""
    if _owns(one.app_id):
        return True
    places = given.get((one.app_id, one.role_name), frozenset())
    postings = current_postings(request_session(), one.person_id, request_time())
    return any(place.organisation_id in places for place in postings)


def _owns(app_id: UUID) -> bool:
    rules = rules_of(request_session(), app_id, request_time())
    return permissions().allows(Permission.CHANGE_RULES, rules.organisation_id)


def _roles(app_id: UUID) -> list[Any]:
    """The roles that the officer may give. Raises NotFound when there is none."""
    session, now = request_session(), request_time()
    given = may_give(session, permissions(), now, [app_id])
    found = [role for role in rules_of(session, app_id, now).roles if (app_id, role.name) in given]
    if not found:
        raise NotFound("There is no such app.")
    return found


def _find(typed: str, places: frozenset[UUID]) -> tuple[UUID, UUID] | None:
    """Who of these organisations has this address or number, and at which of them."""
    session, now = request_session(), request_time()
    person_id = find_person_by_address(session, typed, now) or find_by_number(session, places, typed, now)
    if person_id is None:
        return None
    postings = current_postings(session, person_id, now)
    return next(((person_id, one.organisation_id) for one in postings if one.organisation_id in places), None)


def _row(one: Entitlement, rules: AppRules) -> dict[str, Any]:
    session, now = request_session(), request_time()
    return {
        "name": listed_name(session, one.person_id, now),
        "app": rules.app_name,
        "role": rules.label_of(one.role_name),
        "since": civil_date(one.valid_from) if one.valid_from > now else "",
        "until": last_day(one.valid_to) if one.valid_to else "",
        "soon": one.valid_to is not None and one.valid_to - now <= SOON,
        "prolong_href": url_for("apps.prolong_grant", app_id=one.app_id, grant_id=one.fact_id),
        "end_href": url_for("apps.end_grant", app_id=one.app_id, grant_id=one.fact_id),
    }


def _submit_days(app_id: UUID, grant_id: UUID, form: Any, action: Action) -> Response:
    held = _held(app_id, grant_id)
    if not form.validate_on_submit():
        return _ask_days(held.entitlement, form, 422)
    try:
        version_id = UUID(form.data["version"])
    except ValueError:
        version_id = UUID(int=0)
    wanted = GrantWanted(
        app_id,
        action,
        held.entitlement.person_id,
        held.entitlement.role_name,
        held.through_id,
        held.as_owner,
        last_day=form.data["last_day"],
        version_id=version_id,
    )
    return _submit(wanted, form, lambda status: _ask_days(_held(app_id, grant_id).entitlement, form, status))


def _submit(wanted: GrantWanted, form: Any, ask: Any) -> Response:
    app_name = rules_of(request_session(), wanted.app_id, request_time()).app_name
    back_href = url_for("apps.grants", app=wanted.app_id)
    return submit_case(Case(wanted, app_name, back_href, form, ask))


def _ask(app_id: UUID, form: GrantForm, status: int = 200) -> Response:
    app = rules_of(request_session(), app_id, request_time())
    page = render_template("apps/grant.html", app=app, form=form)
    return Response(page, status, mimetype="text/html")


def _ask_days(one: Entitlement, form: Any, status: int = 200) -> Response:
    session, now = request_session(), request_time()
    app = rules_of(session, one.app_id, now)
    rows = [
        (_("Who"), display_name(name_of(session, one.person_id, now))),
        (_("Role"), app.label_of(one.role_name)),
        (_("Last day now"), last_day(one.valid_to) if one.valid_to else _("No end date")),
        (_("Why it was given"), one.reason),
    ]
    ends = isinstance(form, EndGrantForm)
    page = render_template("apps/grant_days.html", app=app, form=form, rows=rows, ends=ends)
    return Response(page, status, mimetype="text/html")
