"""Opening the record of somebody marked sensitive is written down, and those who answer for them see it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text
from sqlmodel import select

from app.access import requirement_of
from app.database import transaction
from app.opened_records import ABOUT, PART_OF, PERSON
from app.paging import PAGE_SIZE
from profiles.apps.models import App
from profiles.audit.models import AuditEntry
from profiles.people.openings import note_opening
from profiles.roles.models import Role, RoleAssignment
from profiles.temporal import current
from tests.app.page_checks import check_page
from tests.app.test_every_page import pages
from tests.app.test_sensitive_people import mark
from tests.app.transfers.answers import PATH, answers
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in

NOT_ABOUT_ONE_PERSON = {
    "app_id",
    "app_role_id",
    "bulk_move_id",  # people marked sensitive are not named there
    "client_id",
    "delegation_id",  # to an organisation
    "deletion_id",  # how many records of which kinds
    "entry_id",  # the trail: identifiers and events
    "fingerprint",
    "grade_id",
    "import_id",  # a file; people marked sensitive are not named there
    "level",
    "organisation_id",
    "proposal_id",
    "provider_id",
    "table",  # of figures
    "write_off_id",  # to an app; whom its messages were about is not named there
    "rule_id",
    "scale_id",
    "succession_id",
    "team",
}
BESIDE_A_PERSON = {"action", "cause", "fact_id", "kind", "link_id", "officer_id", "step", "union_id"}
"""What stands in an address only beside whom, or what, the page is about."""


@pytest.fixture
def security(move: Move) -> UUID:
    person_id = make_employee(move.session, move.now, move.hmrc, "rita.roles").person_id
    for role in (Role.SECURITY_OFFICER, Role.DATA_PROTECTION_OFFICER):
        give_role(move.session, move.now, person_id, role, move.hmrc.id)
    move.session.commit()
    return person_id


def openings(app: Flask) -> Sequence[AuditEntry]:
    with transaction(app.extensions["engine"], writes=False) as session:
        query = select(AuditEntry).where(AuditEntry.event == "person.sensitive_record_opened")
        found = session.exec(query.order_by(AuditEntry.id)).all()
        for one in found:
            session.expunge(one)
        return found


def test_an_officer_who_opens_a_marked_record_is_written_down(app: Flask, move: Move) -> None:
    mark(move)
    move.session.commit()
    assert sign_in(app, move.hmrc_officer).open(f"/people/{move.employee}/record").status_code == 200
    (entry,) = openings(app)
    assert entry.initiator == str(move.hmrc_officer)
    assert (entry.person_id, entry.organisation_id) == (move.employee, move.hmrc.id)
    assert entry.details == {"page": "people.record_as_of"}


def test_a_page_about_something_of_theirs_counts_too(app: Flask, move: Move) -> None:
    mark(move)
    transfer_id = move.prepare().id
    move.session.commit()
    assert sign_in(app, move.home_office_officer).open(f"/transfers/{transfer_id}").status_code == 200
    (entry,) = openings(app)
    assert (entry.person_id, entry.organisation_id) == (move.employee, move.hmrc.id)
    assert entry.details == {"page": "transfers.transfer"}


def test_who_is_found_by_what_was_typed_counts_too(app: Flask, move: Move) -> None:
    """Nobody stands in the address of a page that checks a number or an address."""
    mark(move)
    other = make_employee(move.session, move.now, move.hmrc, "tom.twin").person_id
    owner = make_employee(move.session, move.now, move.hmrc, "oona.owner").person_id
    give_role(move.session, move.now, owner, Role.APP_OWNER, move.hmrc.id)
    app_id = move.session.exec(select(App.id).where(App.organisation_id == move.hmrc.id)).first()
    own = current(move.session, RoleAssignment, move.now, move.now, person_id=move.hmrc_officer)[0].fact_id
    move.session.commit()
    officer, address = sign_in(app, move.hmrc_officer), "priya.patel@hmrc.gov.uk"
    officer.submit(
        f"/people/{other}/records/unite", number="HMRC-priya.patel", keep="this", reason="Seen both"
    )
    days = {"first_day": ["2", "3", "2026"], "last_day": ["4", "3", "2026"]}
    checked = officer.submit("/profile/deputies/new", role=str(own), address=address, reason="Leave", **days)
    assert "Priya Patel" in checked.text
    given = sign_in(app, owner).open(f"/apps/{app_id}/grants/add?person={move.employee}")
    assert address in given.text
    assert [(one.person_id, one.details["page"]) for one in openings(app)] == [
        (move.employee, "people.submit_unite"),
        (move.employee, "my_profile.name_deputy"),
        (move.employee, "apps.add_grant"),
    ]


def test_who_is_shown_by_their_transfer_code_counts_too(app: Flask, move: Move) -> None:
    mark(move)
    code = move.code()
    move.session.commit()
    officer = sign_in(app, move.preparer)
    assert "Priya Patel" in officer.submit(PATH, code=code).text
    assert (
        "Priya Patel" in officer.submit(f"{PATH}/terms", page=PATH, **answers(code, move.home_office.id)).text
    )
    assert [(one.person_id, one.details["page"]) for one in openings(app)] == [
        (move.employee, "transfers.submit_code"),
        (move.employee, "transfers.submit_terms"),
    ]


def test_nothing_is_written_where_nothing_was_seen_or_nobody_is_marked(app: Flask, move: Move) -> None:
    move.session.commit()
    sign_in(app, move.hmrc_officer).open(f"/people/{move.employee}")
    mark(move)
    move.session.commit()
    assert sign_in(app, move.stranger).open(f"/people/{move.employee}").status_code == 404
    sign_in(app, move.employee).open("/profile")
    assert openings(app) == []


def test_the_present_employer_is_told_of_what_the_old_one_opens(app: Flask, move: Move) -> None:
    mark(move)
    move.schedule()
    move.session.commit()
    app.config["CLOCK"] = lambda: datetime(2026, 4, 1, 9, tzinfo=UTC)
    assert sign_in(app, move.hmrc_officer).open(f"/people/{move.employee}/record").status_code == 200
    assert {one.organisation_id for one in openings(app)} == {move.hmrc.id, move.home_office.id}


def test_an_opening_that_cannot_be_written_down_shows_nothing(app: Flask, move: Move) -> None:
    mark(move)
    move.session.commit()
    officer, app.testing = sign_in(app, move.hmrc_officer), False
    with transaction(app.extensions["engine"]) as session:
        session.execute(text("ALTER TABLE audit_entries RENAME TO elsewhere"))
    answer = officer.open(f"/people/{move.employee}")
    assert answer.status_code >= 500
    assert "Patel" not in answer.text


def test_security_and_data_protection_officers_see_it(app: Flask, move: Move, security: UUID) -> None:
    mark(move)
    move.session.commit()
    sign_in(app, move.hmrc_officer).open(f"/people/{move.employee}")
    visitor = sign_in(app, security)
    everybodys = visitor.open("/people/openings")
    check_page(everybodys.text)
    assert "Their page" in everybodys.text
    assert "Not named in lists" in everybodys.text
    assert "Patel" not in everybodys.text
    theirs = visitor.open(f"/people/{move.employee}/openings")
    check_page(theirs.text)
    assert "Patel" in theirs.text
    assert "person.sensitive_record_opened" in visitor.open(f"/audit?q={move.employee}").text
    assert sign_in(app, move.hmrc_officer).open("/people/openings").status_code == 403
    away = make_employee(move.session, move.now, move.home_office, "sara.secure").person_id
    give_role(move.session, move.now, away, Role.SECURITY_OFFICER, move.home_office.id)
    move.session.commit()
    assert "Nobody has opened one" in sign_in(app, away).open("/people/openings").text


def test_the_list_goes_on_behind_its_last_row(app: Flask, move: Move, security: UUID) -> None:
    for number in range(PAGE_SIZE + 1):
        note_opening(move.session, move.now, move.employee, {move.hmrc.id}, security, page=f"people.{number}")
    move.session.commit()
    visitor = sign_in(app, security)
    first = visitor.open("/people/openings?lang=en")
    check_page(first.text)
    assert first.text.count("A form about the record") == PAGE_SIZE
    after = openings(app)[1].id
    assert f"lang=en&amp;after={after}" in first.text
    second = visitor.open(f"/people/openings?after={after}")
    check_page(second.text)
    assert second.text.count("A form about the record") == 1
    assert 'href="/people/openings"' in second.text


def test_every_page_about_one_person_says_whom(app: Flask) -> None:
    """A new page whose address names something of a person belongs into ``ABOUT``."""
    known, silent = {PERSON, *ABOUT, *PART_OF}, []
    for rule in pages(app):
        requirement = requirement_of(app.view_functions[rule.endpoint])
        if requirement is None or requirement.permission is None:
            continue
        unknown = rule.arguments - known - NOT_ABOUT_ONE_PERSON - BESIDE_A_PERSON
        beside = rule.arguments & (BESIDE_A_PERSON - {"kind"}) and not rule.arguments & known
        if unknown or beside:
            silent.append(rule.rule)
    assert silent == []
