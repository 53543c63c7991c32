"""What each claim says, as in OpenID Connect Core §5.1 and SCIM (RFC 7643 §4.1.2); checklist 16."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session

from profiles.disclosure import service
from profiles.disclosure.claims import in_words
from profiles.entitlements.grants import grant
from profiles.people import contact
from profiles.people.models import PersonName, WorkPhone
from profiles.temporal import current, end, replace
from tests.factories.apps import make_app, make_rule
from tests.factories.clearances import make_clearance
from tests.factories.contact import NUMBER, give_phone, make_office, place_at
from tests.factories.organisations import INITIATOR, PROVENANCE, make_organisation
from tests.factories.people import make_employee, make_person


class Told:
    """One person of an agency below HMRC, and what an app with an agreement is told of them."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session, self.now = session, now
        self.hmrc = make_organisation(session, now)
        self.agency = make_organisation(session, now, "VOA", parent=self.hmrc)
        self.person_id = make_employee(session, now, self.agency).person_id

    def __call__(
        self, *claims: str, at: datetime | None = None, agreed: Collection[str] = ()
    ) -> dict[str, Any]:
        at = at or self.now
        app = make_app(self.session, at, self.hmrc, claims=[*claims, *agreed])
        make_rule(self.session, at, app, organisation_id=self.hmrc.id)
        return self.by(app.id, *claims, at=at)

    def by(self, app_id: UUID, *claims: str, at: datetime) -> dict[str, Any]:
        released = service.release(
            self.session, self.person_id, app_id, claims=frozenset(claims), session_reference="s", now=at
        )
        return dict(released.values)

    def rename(self, at: datetime | None = None, **names: str) -> None:
        at = at or self.now
        name = current(self.session, PersonName, at, at, person_id=self.person_id)[0]
        replace(self.session, name, at, PROVENANCE, **names)


@pytest.fixture
def told(session: Session, now: datetime) -> Told:
    return Told(session, now)


def test_a_name_as_it_is_used_and_its_legal_parts(told: Told) -> None:
    """§5.1: ``nickname`` beside ``given_name``, as Mike beside Michael."""
    told.rename(given_names="Priyanka", middle_names="Anjali", known_as="Priya")
    assert told("name", "given_name", "middle_name", "family_name", "nickname") == {
        "name": "Priya Patel",
        "given_name": "Priyanka",
        "middle_name": "Anjali",
        "family_name": "Patel",
        "nickname": "Priya",
    }


def test_who_has_no_middle_name_and_no_other_name_has_no_such_claim(told: Told) -> None:
    assert set(told("given_name", "middle_name", "nickname")) == {"given_name"}


def test_a_date_of_birth_is_iso_8601(told: Told) -> None:
    contact.record_birth_date(
        told.session,
        told.now,
        PROVENANCE,
        INITIATOR,
        person_id=told.person_id,
        born_on=date(1991, 8, 7),
    )
    assert told("birthdate") == {"birthdate": "1991-08-07"}


def test_a_date_of_birth_leaves_only_where_the_agreement_names_it(told: Told) -> None:
    contact.record_birth_date(
        told.session,
        told.now,
        PROVENANCE,
        INITIATOR,
        person_id=told.person_id,
        born_on=date(1991, 8, 7),
    )
    app = make_app(told.session, told.now, told.hmrc, claims=["name"])
    make_rule(told.session, told.now, app, organisation_id=told.hmrc.id)
    assert set(told.by(app.id, "name", "birthdate", at=told.now)) == {"name"}


@pytest.mark.parametrize("is_verified", [True, False])
def test_a_phone_number_is_e164_and_verified_is_a_boolean(told: Told, is_verified: bool) -> None:
    give_phone(told.session, told.now, told.person_id, told.agency, is_verified=is_verified)
    claims = told("phone_number", "phone_number_verified")
    assert claims["phone_number"] == NUMBER
    assert claims["phone_number_verified"] is is_verified


def test_the_posting_s_own_organisation_knows_best(told: Told) -> None:
    give_phone(told.session, told.now, told.person_id, told.hmrc, "+442079460999")
    assert told("phone_number") == {"phone_number": "+442079460999"}
    give_phone(told.session, told.now, told.person_id, told.agency)
    assert told("phone_number") == {"phone_number": NUMBER}


def test_what_another_employer_says_stays_there(told: Told) -> None:
    elsewhere = make_organisation(told.session, told.now, "HO")
    give_phone(told.session, told.now, told.person_id, elsewhere)
    office = make_office(told.session, told.now, elsewhere)
    place_at(told.session, told.now, told.person_id, elsewhere, office)
    assert told("phone_number", "phone_number_verified", "address") == {}


def test_an_address_is_an_object_without_empty_members(told: Told) -> None:
    """§5.1.1."""
    office = make_office(told.session, told.now, told.hmrc)
    place_at(told.session, told.now, told.person_id, told.agency, office)
    assert told("address")["address"] == {
        "formatted": "1 Ruskin Square\nDingwall Road\nCroydon\nCR0 2WF\nUnited Kingdom",
        "street_address": "1 Ruskin Square\nDingwall Road",
        "locality": "Croydon",
        "postal_code": "CR0 2WF",
        "country": "United Kingdom",
    }


def test_the_organisation_is_told_by_its_id_alone_or_whole(told: Told) -> None:
    assert told("organisation_id") == {"organisation_id": str(told.agency.id)}
    assert told("organisation")["organisation"]["id"] == str(told.agency.id)


def test_groups_are_the_codes_of_the_organisation_and_those_above(told: Told) -> None:
    """RFC 7643 §4.1.2: nested groups count."""
    assert told("groups") == {"groups": ["HMRC", "VOA"]}


def test_entitlements_are_the_roles_given_by_hand_and_roles_are_all(told: Told) -> None:
    app = make_app(told.session, told.now, told.hmrc, claims=["roles", "entitlements"])
    make_rule(told.session, told.now, app, organisation_id=told.hmrc.id)
    assert told.by(app.id, "roles", "entitlements", at=told.now) == {"roles": ["caseworker"]}
    grant(
        told.session,
        told.now,
        PROVENANCE,
        INITIATOR,
        person_id=told.person_id,
        app_id=app.id,
        role_name="manager",
        approved_by=make_person(told.session, told.now, "boss.green@hmrc.gov.uk"),
        valid_from=told.now,
        valid_to=told.now + timedelta(days=1),
    )
    assert told.by(app.id, "roles", "entitlements", at=told.now) == {
        "roles": ["manager", "caseworker"],
        "entitlements": ["manager"],
    }


def test_claims_that_tell_the_same_are_said_once() -> None:
    words = [sentence.message for sentence in in_words(["organisation_id", "organisation", "birthdate"])]
    assert words == ["the organisation you work in", "your date of birth"]


class TestUpdatedAt:
    """§5.1: a number, of when what the app may be told last changed, and of nothing else."""

    LATER = timedelta(days=2)

    def test_it_is_when_the_newest_of_it_was_recorded(self, told: Told) -> None:
        assert told("name", "updated_at")["updated_at"] == int(told.now.timestamp())

    def test_a_correction_moves_it(self, told: Told) -> None:
        told.rename(told.now + self.LATER, family_name="Shah")
        changed = told("family_name", "updated_at", at=told.now + self.LATER * 2)["updated_at"]
        assert changed == int((told.now + self.LATER).timestamp())

    def test_it_speaks_of_all_that_is_agreed_whatever_is_asked_for(self, told: Told) -> None:
        told.rename(told.now + self.LATER, family_name="Shah")
        changed = told("updated_at", at=told.now + self.LATER * 2, agreed=["name"])["updated_at"]
        assert changed == int((told.now + self.LATER).timestamp())

    def test_a_change_of_what_the_app_may_not_know_does_not_show(self, told: Told) -> None:
        told.rename(told.now + self.LATER, middle_names="Anjali")
        make_clearance(told.session, told.now + self.LATER, told.person_id, told.agency)
        give_phone(told.session, told.now + self.LATER, told.person_id, told.agency)
        at = told.now + self.LATER * 2
        assert told("name", "email", "updated_at", at=at)["updated_at"] == int(told.now.timestamp())

    def test_what_is_only_planned_does_not_show_before_its_day(self, told: Told) -> None:
        """A move that is scheduled must not be guessed from it."""
        give_phone(told.session, told.now, told.person_id, told.agency)
        planned_on, leaves_on = told.now + self.LATER, told.now + self.LATER * 3
        phone = current(told.session, WorkPhone, planned_on, planned_on, person_id=told.person_id)[0]
        end(told.session, phone, leaves_on, planned_on, PROVENANCE)
        before, after = told.now + self.LATER * 2, told.now + self.LATER * 4
        claims = ("phone_number", "updated_at")
        assert told(*claims, at=before)["updated_at"] == int(told.now.timestamp())
        assert told(*claims, at=after) == {"updated_at": int(leaves_on.timestamp())}

    def test_an_office_that_is_renumbered_moves_it_for_who_works_there(self, told: Told) -> None:
        office = make_office(told.session, told.now, told.hmrc)
        place_at(told.session, told.now, told.person_id, told.agency, office)
        renumbered = told.now + self.LATER
        replace(told.session, office, renumbered, PROVENANCE, street_address="2 Ruskin Square")
        changed = told("address", "updated_at", at=renumbered + self.LATER)["updated_at"]
        assert changed == int(renumbered.timestamp())

    def test_without_any_fact_behind_it_there_is_none(self, told: Told) -> None:
        assert told("updated_at", "roles") == {"roles": ["caseworker"]}
