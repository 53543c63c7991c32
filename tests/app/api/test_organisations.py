"""The register of organisations through the API, as of a day, for services with its scope."""

from datetime import date, datetime

import pytest

from app.database import transaction
from profiles.audit.service import Initiator
from profiles.organisations import changing, successions
from profiles.temporal import start_of_day
from tests.app.api.test_records import get, own_token, service_token
from tests.factories.organisations import PROVENANCE, make_organisation
from tests.identity.endpoints.provider import Clock, Provider

SCOPE = "organisations.read"


@pytest.fixture
def provider(database_url: str, now: datetime) -> Provider:
    return Provider(database_url, Clock(now))


@pytest.fixture
def handed_over(provider: Provider) -> Provider:
    """BEIS took over from DECC in 2016 and was renamed in 2023; OGA is below it."""
    initiator = Initiator.system("test")
    with transaction(provider.engine) as session:
        decc, beis = (make_organisation(session, provider.now, code) for code in ("DECC", "BEIS"))
        make_organisation(session, provider.now, "OGA", parent=beis)
        successions.succeed(
            session,
            provider.now,
            PROVENANCE,
            initiator,
            predecessor_id=decc.id,
            successor_id=beis.id,
            since=start_of_day(date(2016, 7, 14)),
        )
        changing.rename(
            session,
            provider.now,
            PROVENANCE,
            initiator,
            organisation_id=beis.id,
            name="Energy Security",
            first_day=date(2023, 2, 7),
        )
    return provider


def test_one_organisation_is_told_with_what_came_before_as_of_a_day(handed_over: Provider) -> None:
    token = service_token(handed_over, SCOPE)
    told = get(handed_over, "/organisations/BEIS", token).json or {}
    assert told["name"] == "Energy Security"
    assert told["predecessors"] == [{"code": "DECC", "since": "2016-07-14"}]
    assert told["domains"] == ["beis.gov.uk"]
    assert told["grades"] == [
        {"label": "Senior Officer", "common_grade": "SEO"},
        {"label": "Higher Officer", "common_grade": "HEO"},
        {"label": "Officer", "common_grade": "EO"},
        {"label": "Contractor", "common_grade": None},
    ]
    before = get(handed_over, "/organisations/BEIS?valid_on=2016-07-13", token).json or {}
    assert (before["name"], before["predecessors"], before["exists"]) == ("Department BEIS", [], True)
    young = get(handed_over, "/organisations/BEIS?valid_on=2001-01-01", token).json or {}
    assert (young["exists"], young["parent"], young["domains"], young["grades"]) == (False, None, [], [])


def test_all_that_exist_are_told_by_code_with_the_one_above(handed_over: Provider) -> None:
    token = service_token(handed_over, SCOPE)
    told = (get(handed_over, "/organisations", token).json or {})["organisations"]
    by_code = {one["code"]: one for one in told}
    assert [one["code"] for one in told] == sorted(by_code)
    assert (by_code["OGA"]["parent"], by_code["BEIS"]["parent"]) == ("BEIS", None)
    assert by_code["OGA"]["grades"] == (get(handed_over, "/organisations/OGA", token).json or {})["grades"]
    assert by_code["DECC"]["successors"] == [{"code": "BEIS", "since": "2016-07-14"}]
    then = get(handed_over, "/organisations?known_on=2020-01-01", token).json or {}
    assert then["organisations"] == []


def test_an_unknown_code_a_wrong_day_and_a_wrong_token_are_refused(handed_over: Provider) -> None:
    token = service_token(handed_over, SCOPE)
    assert get(handed_over, "/organisations/NONE", token).status_code == 404
    assert get(handed_over, "/organisations/BEIS?known_on=2020-01-01", token).status_code == 404
    assert get(handed_over, "/organisations?valid_on=yesterday", token).status_code == 400
    assert get(handed_over, "/organisations", service_token(handed_over, "changes.read")).status_code == 403
    assert get(handed_over, "/organisations", own_token(handed_over)).status_code == 401
    assert get(handed_over, "/organisations", "none").status_code == 401
