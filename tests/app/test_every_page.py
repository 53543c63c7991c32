"""Every page that can be opened, as everybody who might: it answers, and what it shows passes the checks."""

from datetime import date
from uuid import UUID

import pytest
from flask import Flask, url_for
from sqlmodel import select
from werkzeug.routing import Rule

from app.access import requirement_of
from identity.clients.client_secrets import fingerprint, hash_secret
from identity.clients.service import register
from profiles.apps.models import AccessRule, App, AppRole
from profiles.audit.models import AuditEntry
from profiles.bulk_moves.drafting import Draft, draft
from profiles.bulk_moves.models import BulkMoveMember
from profiles.concerns.service import say_missing
from profiles.employments.models import Posting
from profiles.organisations.successions import succeed
from profiles.pay.scales import ScaleTerms, record_scale
from profiles.roles.models import Role, RoleAssignment
from profiles.roles.permissions import ALLOWED, GIVEN
from profiles.temporal import start_of_day
from tests.app.page_checks import check_page
from tests.factories.loans import make_loan
from tests.factories.move_invitations import accept, invite
from tests.factories.organisations import INITIATOR, PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.factories.upstreams import make_provider
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

NOBODY, EMPLOYEE = "nobody", "employee"
READERS = [NOBODY, EMPLOYEE, *(role.value for role in GIVEN)]
ANSWERS = {200, 302, 303, 400, 404, 409}
"""409: what the page is for cannot be done for this person now, and the page says why."""


def things(move: Move) -> dict[str, object]:
    """Something that exists, for each part of an address."""
    accepted = accept(move, invite(move))
    transfer_id = move.prepare().id
    app_id = move.session.exec(select(App.id).where(App.organisation_id == move.hmrc.id)).first()
    assert app_id is not None
    client = register(
        move.session,
        move.now,
        INITIATOR,
        client_name="Casework",
        app_id=app_id,
        redirect_uris=["https://casework.example/callback"],
        development=False,
    )
    return {
        "transfer_id": transfer_id,
        "invitation_id": accepted.id,
        "accepted_id": accepted.id,
        "appointment_id": UUID(int=0),
        "loan_id": make_loan(move).id,
        **bulk_move_of(move),
        "person_id": move.employee,
        "app_id": app_id,
        "client_id": client.client_id,
        "fingerprint": fingerprint(hash_secret(client.client_secret)),
        "entry_id": move.session.exec(select(AuditEntry.id)).first(),
        "token": "unknown",
        "passkey_id": UUID(int=0),
        "provider_id": make_provider(move.session, move.now, move.hmrc.id).id,
        "link_id": UUID(int=0),
        "session_id": UUID(int=0),
        "report_id": UUID(int=0),
        "import_id": UUID(int=0),
        "conflict_id": UUID(int=0),
        "duplicate_id": UUID(int=0),
        "kind": "posting",
        "cause": "left",
        "action": "correct",
        "change_id": UUID(int=0),
        "grade_id": UUID(int=0),
        "scale_id": scale_of(move),
        "succession_id": succession_of(move),
        "policy_change_id": UUID(int=0),
        "role_request_id": UUID(int=0),
        "grant_id": UUID(int=0),
        "delegation_id": UUID(int=0),
        "app_role_id": move.session.exec(select(AppRole.id).where(AppRole.app_id == app_id)).first(),
        "role_id": move.session.exec(
            select(RoleAssignment.fact_id).where(RoleAssignment.person_id == move.hmrc_officer)
        ).first(),
        "rule_id": move.session.exec(select(AccessRule.fact_id).where(AccessRule.app_id == app_id)).first(),
        "fact_id": move.session.exec(
            select(Posting.fact_id).where(Posting.person_id == move.employee)
        ).first(),
        "recovery_id": UUID(int=0),
        "claim_id": UUID(int=0),
        "correction_id": UUID(int=0),
        "officer_id": UUID(int=0),
        "organisation_id": move.hmrc.id,
        "team": "hr",
        "proposal_id": UUID(int=0),
        "write_off_id": UUID(int=0),
        "request_id": UUID(int=0),
        "disclosure_id": UUID(int=0),
        "question_id": UUID(int=0),
        "concern_id": concern_of(move),
        "step": "extend",
        "hold_id": UUID(int=0),
        "withholding_id": UUID(int=0),
        "union_id": UUID(int=0),
        "union_request_id": UUID(int=0),
        "deletion_id": UUID(int=0),
        "level": "SC",
        "table": "late",
    }


def concern_of(move: Move) -> UUID:
    """What the employee says is missing at HMRC."""
    said = {"person_id": move.employee, "organisation_id": move.hmrc.id, "words": "My second job."}
    return say_missing(move.session, move.now, **said).id


def succession_of(move: Move) -> UUID:
    """That HMRC took over from the Home Office."""
    said = (move.session, move.now, PROVENANCE, INITIATOR)
    both = {"predecessor_id": move.home_office.id, "successor_id": move.hmrc.id}
    return succeed(*said, **both, since=start_of_day(date(2016, 7, 14))).id


def scale_of(move: Move) -> UUID:
    """A pay scale of HMRC's."""
    terms = ScaleTerms("Officer", "London", "2026", 2_800_000, 3_100_000)
    said = (move.session, move.now, PROVENANCE, INITIATOR)
    return record_scale(*said, organisation_id=move.hmrc.id, terms=terms, valid_from=move.now).id


def bulk_move_of(move: Move) -> dict[str, object]:
    """A list of one colleague, on the way from HMRC to the Home Office, and the place on it."""
    listed = make_employee(move.session, move.now, move.hmrc, "pat.listed").person_id
    officer = move.permissions(move.hmrc_officer)
    wish = Draft(move.hmrc.id, move.home_office.id, date(2026, 4, 1), numbers=["HMRC-pat.listed"])
    drafted = draft(move.session, move.now, officer_id=move.hmrc_officer, permissions=officer, wish=wish)
    found = select(BulkMoveMember.id).where(BulkMoveMember.person_id == listed)
    return {"bulk_move_id": drafted.id, "member_id": move.session.exec(found).one()}


def reader(move: Move, who: str) -> UUID:
    """Somebody of HMRC who holds this role, or none."""
    person_id = make_employee(move.session, move.now, move.hmrc, f"rita.{who.replace('_', '')}").person_id
    if who != EMPLOYEE:
        place = None if who == Role.PLATFORM_ADMINISTRATOR else move.hmrc.id
        give_role(move.session, move.now, person_id, Role(who), place)
    return person_id


def pages(app: Flask) -> list[Rule]:
    """What people open; the endpoints of the protocol answer programs."""
    return [
        rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and rule.endpoint != "static"
        and not app.view_functions[rule.endpoint].__module__.startswith(("identity.endpoints", "app.api"))
    ]


def may_open(app: Flask, rule: Rule, who: str) -> bool:
    """What the marker of a view promises."""
    requirement = requirement_of(app.view_functions[rule.endpoint])
    assert requirement is not None, rule
    if requirement.public:
        return True
    if who == NOBODY:
        return False
    return requirement.permission is None or (
        who != EMPLOYEE and requirement.permission in ALLOWED[Role(who)]
    )


@pytest.mark.parametrize("who", READERS)
def test_every_page_answers_its_readers_and_refuses_the_others(app: Flask, move: Move, who: str) -> None:
    person_id = None if who == NOBODY else reader(move, who)
    known = things(move)
    move.session.commit()
    visitor = sign_in(app, person_id) if person_id else Visitor(app)
    for rule in pages(app):
        with app.test_request_context():
            path = url_for(rule.endpoint, **{name: known[name] for name in rule.arguments})
        answer = visitor.open(path)
        expected = ANSWERS if may_open(app, rule, who) else ({302} if who == NOBODY else {403})
        assert answer.status_code in expected, (path, answer.status_code)
        if answer.mimetype == "text/html" and not answer.location:
            check_page(answer.text)
