"""A column is compared with many values on each database as with a few."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import pytest
from sqlmodel import Session, col, select

from profiles.columns import is_among, new_id
from profiles.organisations.models import Organisation
from profiles.people.models import Person
from tests.factories.organisations import make_organisation
from tests.factories.people import make_person


def test_people_are_found_among_many_ids(session: Session, now: datetime) -> None:
    wanted = make_person(session, now)
    make_person(session, now, "amina.khan@hmrc.gov.uk")
    many = [new_id() for _ in range(2_000)]
    found = session.exec(select(Person.id).where(is_among(session, col(Person.id), [*many, wanted])))
    assert found.all() == [wanted]


@pytest.mark.parametrize(
    ("codes", "expected"), [(['{"a",b}', "HMRC"], ["HMRC"]), ({"HMRC", "NULL"}, ["HMRC"]), ([], [])]
)
def test_texts_are_what_they_are(
    session: Session, now: datetime, codes: Collection[str], expected: list[str]
) -> None:
    make_organisation(session, now, "HMRC")
    make_organisation(session, now, "DWP")
    found = session.exec(select(Organisation.code).where(is_among(session, col(Organisation.code), codes)))
    assert found.all() == expected
