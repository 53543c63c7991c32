"""Who of an officer's own people may use an app on a day, and what a day changes; also as CSV.

Nobody outside the officer's organisations is found, counted or hinted at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import Response, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from wtforms import Form
from wtforms.validators import Optional

from app.access import permissions
from app.csv_files import csv_file
from app.people.blueprint import blueprint
from app.request_transaction import request_session, request_time
from app.widgets import CivilDateField
from profiles.entitlements.facts import AppRules
from profiles.entitlements.service import all_rules, rules_of
from profiles.entitlements.users_seen import UserSeen, asks_for_high_clearance, users_at, users_changed_on
from profiles.errors import NotPermitted
from profiles.organisations import service as organisations
from profiles.roles.permissions import Permission, requires
from profiles.temporal import INSTANT, civil_date, end_of_day, moment_of, start_of_day

PAGE_SIZE = 25


class DayForm(Form):
    """The civil day that is asked about; empty is today."""

    on = CivilDateField(_l("The day"), [Optional()], description=_l("For example, 27 3 2026"))


@dataclass(frozen=True)
class AskedDay:
    """A day, the moment of it that is meant, and the form that shows what was asked and what is wrong."""

    day: date
    at: datetime
    form: DayForm

    @property
    def query(self) -> dict[str, Any]:
        """The same day for a link to another page; nothing for today."""
        typed = self.form.on.data
        return {"on": [typed.day, typed.month, typed.year]} if typed else {}


def asked_day(now: datetime) -> AskedDay:
    """The day that the address asks for."""
    form = DayForm(request.args)
    form.validate()
    return AskedDay(form.on.data or civil_date(now), moment_of(form.on.data, now), form)


@blueprint.get("/people/apps")
@requires(Permission.SEE_ACCESS)
def apps() -> str:
    """Every app, to ask who uses it."""
    now = request_time()
    rows = [(one.app_id, one.app_name, one.organisation_name(now)) for one in _apps()]
    return render_template("people/apps.html", rows=rows)


@blueprint.get("/people/apps/<uuid:app_id>")
@requires(Permission.SEE_ACCESS)
def app_users(app_id: UUID) -> str:
    """Who may use the app on a day, 25 on a page."""
    asked, rules = asked_day(request_time()), _app(app_id)
    closed = asks_for_high_clearance(rules, asked.at)
    return _page("people/app_users.html", rules, asked, [] if closed else _users(app_id, asked), closed)


@blueprint.get("/people/apps/<uuid:app_id>/changes")
@requires(Permission.SEE_ACCESS)
def app_changes(app_id: UUID) -> str:
    """Whose roles at the app a day changes, 25 on a page."""
    asked, rules = asked_day(request_time()), _app(app_id)
    closed = asks_for_high_clearance(rules, *_around(asked))
    return _page("people/app_changes.html", rules, asked, [] if closed else _changes(app_id, asked), closed)


@blueprint.get("/people/apps/<uuid:app_id>/users.csv")
@requires(Permission.SEE_ACCESS)
def app_users_csv(app_id: UUID) -> Response:
    """Everybody of the page as CSV."""
    asked = asked_day(request_time())
    _check_open(_app(app_id), asked.at)
    head = ("person_id", "family_name", "given_name", "organisation", "roles")
    codes = _codes()
    rows = ((*_named(one, codes), " ".join(one.after)) for one in _users(app_id, asked))
    return csv_file(head, rows, f"users-{asked.day}.csv")


@blueprint.get("/people/apps/<uuid:app_id>/changes.csv")
@requires(Permission.SEE_ACCESS)
def app_changes_csv(app_id: UUID) -> Response:
    """The same of what a day changes."""
    asked = asked_day(request_time())
    _check_open(_app(app_id), *_around(asked))
    head = ("person_id", "family_name", "given_name", "organisation", "roles_before", "roles_after")
    codes = _codes()
    rows = (
        (*_named(one, codes), " ".join(one.before), " ".join(one.after)) for one in _changes(app_id, asked)
    )
    return csv_file(head, rows, f"changes-{asked.day}.csv")


def _apps() -> list[AppRules]:
    return all_rules(request_session(), request_time())


def _app(app_id: UUID) -> AppRules:
    return rules_of(request_session(), app_id, request_time())


def _users(app_id: UUID, asked: AskedDay) -> list[UserSeen]:
    mine = permissions().organisations(Permission.SEE_ACCESS)
    return users_at(request_session(), app_id, mine, asked.at, request_time())


def _changes(app_id: UUID, asked: AskedDay) -> list[UserSeen]:
    mine = permissions().organisations(Permission.SEE_ACCESS)
    return users_changed_on(request_session(), app_id, mine, asked.day, request_time())


def _around(asked: AskedDay) -> tuple[datetime, datetime]:
    """The moments that a change on the day is told by."""
    return start_of_day(asked.day) - INSTANT, end_of_day(asked.day) - INSTANT


def _check_open(rules: AppRules, *moments: datetime) -> None:
    if asks_for_high_clearance(rules, *moments):
        raise NotPermitted("Nobody is listed by a high clearance.")


def _page(template: str, rules: AppRules, asked: AskedDay, found: Sequence[UserSeen], closed: bool) -> str:
    now, view = request_time(), str(request.endpoint)
    pages = max(1, -(-len(found) // PAGE_SIZE))
    page = min(max(1, request.args.get("page", 1, int)), pages)
    known = organisations.tree(request_session(), now).organisations
    rows = [
        {
            "name": f"{one.family_name}, {one.given_name}",
            "organisation": known[one.organisation_id].name if one.organisation_id in known else "–",
            "before": ", ".join(rules.label_of(role) for role in one.before),
            "after": ", ".join(rules.label_of(role) for role in one.after),
        }
        for one in found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    ]
    return render_template(
        template,
        app=rules,
        asked=asked,
        closed=closed,
        rows=rows,
        total=len(found),
        page=page,
        pages=pages,
        href_of=lambda number: url_for(view, app_id=rules.app_id, page=number, **asked.query),
    )


def _codes() -> dict[UUID, str]:
    known = organisations.tree(request_session(), request_time()).organisations
    return {organisation_id: one.code for organisation_id, one in known.items()}


def _named(one: UserSeen, codes: dict[UUID, str]) -> tuple[str, ...]:
    return str(one.person_id), one.family_name, one.given_name, codes.get(one.organisation_id, "")
