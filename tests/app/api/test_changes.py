"""The feed of changes through the API: for whom, of which kinds, by which names, and never short of one."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from werkzeug.test import TestResponse

from app.config import Settings
from app.database import transaction
from app.demo.loading import load
from identity.subjects.service import sub_for
from profiles.audit.sealing import seal
from profiles.disclosure.models import Disclosure
from profiles.people.sensitive import mark
from profiles.portable_profile.feed import Mark, changes_after
from profiles.portable_profile.kinds import MODELS, Kind
from tests.app.api.test_records import get, prepare, service_token
from tests.factories.clearances import make_clearance
from tests.factories.importing import Importing
from tests.factories.organisations import make_organisation
from tests.factories.people import make_employee
from tests.factories.records import person_records
from tests.identity.endpoints.provider import Clock, Provider

CLAIMS = ("name", "record", "changes")


@pytest.fixture
def provider(database_url: str, now: datetime) -> Provider:
    return Provider(database_url, Clock(now))


def sealed(provider: Provider) -> None:
    with transaction(provider.engine) as session:
        seal(session, provider.now, everything=True)


def read(provider: Provider, token: str, query: str = "") -> dict[str, Any]:
    """Everything from there on, and the last cursor."""
    sealed(provider)
    told: list[dict[str, Any]] = []
    while True:
        answer = get(provider, f"/changes{query}", token)
        assert answer.status_code == 200, answer.text
        page = answer.json or {}
        told += page["changes"]
        query = f"?cursor={page['cursor']}"
        if not page["more"]:
            return {"changes": told, "cursor": page["cursor"]}


def test_an_organisations_changes_are_told_by_number_and_sub_without_values(provider: Provider) -> None:
    number = prepare(provider, CLAIMS)
    with transaction(provider.engine) as session:
        sub = sub_for(session, "casework.example", provider.person_id, provider.now)
    token = service_token(provider, "changes.read")

    told = read(provider, token)

    posting = next(one for one in told["changes"] if one["kind"] == "posting")
    assert (posting["number"], posting["from"], posting["withdrawn"]) == (number, "2020-04-01", False)
    assert set(posting) == {"kind", "id", "number", "sub", "from", "until", "changed_at", "withdrawn"}
    assert posting["sub"] in (sub, None)
    assert str(provider.person_id) not in str(told)
    assert "Priya" not in str(told)
    assert read(provider, token, f"?cursor={told['cursor']}")["changes"] == []


@pytest.mark.parametrize("opened", [(), ("pay_history", "clearances")])
def test_only_kinds_that_the_agreement_opens_are_told(provider: Provider, opened: tuple[str, ...]) -> None:
    prepare(provider, (*CLAIMS, *opened))
    kinds = {one["kind"] for one in read(provider, service_token(provider, "changes.read"))["changes"]}
    assert kinds & {"pay", "clearance"} == ({"pay", "clearance"} if opened else set())
    assert not kinds & {"sponsorship", "birth_date", "role", "grant", "caveat"}


def test_another_organisations_people_are_never_told(provider: Provider) -> None:
    prepare(provider, (*CLAIMS, "clearances"))
    token = service_token(provider, "changes.read")
    cursor = read(provider, token)["cursor"]
    provider.clock.forward(minutes=1)
    with transaction(provider.engine) as session:
        other = make_organisation(session, provider.now, "HO")
        stranger = make_employee(session, provider.now, other, "sam.jones")
        make_clearance(session, provider.now, stranger.person_id, other)
    assert read(provider, token, f"?cursor={cursor}")["changes"] == []


def test_whoever_is_marked_sensitive_is_never_told(provider: Provider) -> None:
    prepare(provider, CLAIMS)
    with transaction(provider.engine) as session:
        who = {"person_id": provider.person_id, "organisation_id": provider.organisation.id}
        officer = make_employee(session, provider.now, provider.organisation, "sam.stone").person_id
        mark(session, provider.now, **who, officer_id=officer, reason="Witness protection")
    numbers = {one["number"] for one in read(provider, service_token(provider, "changes.read"))["changes"]}
    assert numbers == {"HMRC-sam.stone"}


def test_each_person_reads_in_the_release_log_that_their_changes_were_told(provider: Provider) -> None:
    prepare(provider, CLAIMS)
    token = service_token(provider, "changes.read")
    read(provider, token)
    read(provider, token)
    with transaction(provider.engine) as session:
        lines = [one for one in session.exec(select(Disclosure)) if one.claims == ["changes"]]
    assert [one.person_id for one in lines] == [provider.person_id]


def test_one_may_begin_behind_what_is_there(provider: Provider) -> None:
    prepare(provider, CLAIMS)
    sealed(provider)
    token = service_token(provider, "changes.read")
    told = read(provider, token, "?start=now")
    assert told["changes"] == []
    provider.clock.forward(minutes=1)
    provider.new_employee()
    assert {one["kind"] for one in read(provider, token, f"?cursor={told['cursor']}")["changes"]} >= {"name"}


@pytest.mark.parametrize("claims", [("name", "record"), ("name", "changes"), ("name",)])
def test_no_agreement_no_changes(provider: Provider, claims: tuple[str, ...]) -> None:
    prepare(provider, claims)
    assert get(provider, "/changes", service_token(provider, "changes.read")).status_code == 403


def test_the_scope_is_one_of_its_own(provider: Provider) -> None:
    prepare(provider, CLAIMS)
    assert get(provider, "/changes", service_token(provider, "records.read")).status_code == 403


@pytest.mark.parametrize(
    "wrong", ["cursor=x", "cursor=WzFd!", "cursor=WzEsMl0", "cursor=", "start=yesterday"]
)
def test_what_is_wrong_is_named(provider: Provider, wrong: str) -> None:
    prepare(provider, CLAIMS)
    answer: TestResponse = get(provider, f"/changes?{wrong}", service_token(provider, "changes.read"))
    assert (answer.status_code, wrong.partition("=")[0] in answer.text) == (400, True)


def test_a_load_is_told_whole_however_many_pages_it_takes(importing: Importing, engine: Engine) -> None:
    importing.whole(*person_records("1"), *person_records("2"))
    mark, more, told = Mark(0), True, list[Any]()
    with transaction(engine) as session:
        seal(session, importing.now, everything=True)
        while more:
            page = changes_after(session, mark, tuple(Kind), rows=3)
            mark, more, told = page.mark, page.more, [*told, *page.changes]
    ids = [one.fact_id for one in told if one.kind in (Kind.NAME, Kind.POSTING, Kind.PAY)]
    assert len(ids) == len(set(ids)) == 6


def test_nothing_of_the_demonstration_is_left_out(
    engine: Engine, settings: Settings, tmp_path: Path, now: datetime
) -> None:
    """Every version that the services and the imports record is told."""
    list(load(engine, settings.model_copy(update={"var": tmp_path}), now))
    mark, more, told = Mark(0), True, set[Any]()
    with transaction(engine) as session:
        while seal(session, now + timedelta(days=1), limit=5000, everything=True):
            pass
        while more:
            page = changes_after(session, mark, tuple(Kind))
            mark, more = page.mark, page.more
            told |= {(one.kind, one.fact_id) for one in page.changes}
        recorded = {
            (kind, one) for kind, model in MODELS.items() for one in session.exec(select(model.fact_id))
        }
    assert recorded == told
