"""How many people may use an app on a day, organisation by organisation: its owner learns no name.

In tens, so that the numbers of two days do not tell who came or went between them. Where a rule asks for a
clearance an organisation with few such people is not told from one with none.
"""

from uuid import UUID

from flask import render_template

from app.apps.blueprint import blueprint
from app.apps.policy_flow import about
from app.apps.views import visible_app
from app.people.app_users import asked_day
from app.request_transaction import request_session, request_time
from profiles.access_policy.foreseen import FEWEST
from profiles.entitlements.users_seen import asks_for_clearance, numbers_at
from profiles.organisations import service as organisations
from profiles.roles.permissions import Permission, requires


@blueprint.get("/apps/<uuid:app_id>/users")
@requires(Permission.SEE_APPS)
def users(app_id: UUID) -> str:
    """The numbers, the largest first; of as many the organisations by name."""
    session, now = request_session(), request_time()
    rules, asked = visible_app(app_id), asked_day(now)
    known = organisations.tree(session, now).organisations
    hides = asks_for_clearance(rules, asked.at)
    found = [
        (round(number, -1) if number >= FEWEST else 0, known[organisation_id].name, about(number))
        for organisation_id, number in numbers_at(session, app_id, asked.at, now).items()
        if organisation_id in known and (number >= FEWEST or not hides)
    ]
    rows = [(name, number) for _tens, name, number in sorted(found, key=lambda one: (-one[0], one[1]))]
    return render_template("apps/users.html", app=rules, asked=asked, rows=rows, hides=hides)
