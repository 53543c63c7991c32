"""``lanyard organisations``."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine
from sqlmodel import select

from app.commands import context, main
from app.config import development_defaults
from app.database import transaction
from identity.sessions.models import SessionClient
from profiles.audit.models import AuditEntry
from profiles.organisations.models import OrganisationDetail
from profiles.people.models import WorkAddress
from profiles.sign_in.service import may_sign_in
from profiles.suspensions.service import suspend_organisation
from profiles.temporal import current, end
from tests.factories.apps import make_app, make_rule
from tests.factories.organisations import INITIATOR, PROVENANCE, make_organisation
from tests.factories.people import make_employee
from tests.factories.session_clients import use_app


@pytest.fixture
def ready(
    engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    for name, value in {**development_defaults(tmp_path), "LANYARD_DATABASE_URL": database_url}.items():
        monkeypatch.setenv(name, value)
    context.settings.cache_clear()
    context.engine.cache_clear()
    yield engine
    context.settings.cache_clear()
    context.engine.cache_clear()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["organisations", *arguments])


def test_an_organisation_is_suspended_with_the_sessions_of_its_people_and_reinstated(
    ready: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    with transaction(ready) as session:
        hmrc = make_organisation(session, now)
        person_id = make_employee(session, now, hmrc).person_id
        end(session, current(session, WorkAddress, now, now, person_id=person_id)[0], now, now, PROVENANCE)
        used = use_app(session, now, person_id, make_app(session, now, hmrc)).id
    result = run("suspend", "HMRC", "--reason", "Its provider was taken over")
    assert result.output == "Department HMRC is suspended. 1 sessions ended.\n"
    with transaction(ready) as session:
        assert session.get_one(SessionClient, used).ended_at is not None
        assert not may_sign_in(session, person_id, datetime.now(UTC))
    assert run("suspend", "HMRC", "--reason", "Again").exit_code == 1
    refused = run("reinstate", "HMRC", "--reason", "All is well")
    assert (refused.exit_code, "A second person must approve this" in refused.output) == (1, True)
    assert "at the most: 1; apps: 1." in refused.output
    monkeypatch.setenv("LANYARD_SECOND_OFFICER_ABOVE", "1")
    context.settings.cache_clear()
    assert run("reinstate", "HMRC", "--dry-run", "--reason", "All is well").exit_code == 0
    with transaction(ready) as session:
        assert not may_sign_in(session, person_id, datetime.now(UTC))
    assert run("reinstate", "HMRC", "--reason", "All is well").exit_code == 0
    with transaction(ready) as session:
        assert may_sign_in(session, person_id, datetime.now(UTC))


def test_who_took_over_from_whom_is_recorded_once_with_its_day_and_listed(ready: Engine) -> None:
    with transaction(ready) as session:
        now = datetime.now(UTC)
        decc, _beis = (make_organisation(session, now, code) for code in ("DECC", "BEIS"))
        [detail] = current(session, OrganisationDetail, now, now, organisation_id=decc.id)
        end(session, detail, now, now, PROVENANCE)
    assert run("succeed", "DECC", "BEIS", "--since", "2016-07-14").exit_code == 0
    listed = run("list").output
    assert "BEIS  Department BEIS  took over from DECC since 2016-07-14" in listed
    assert listed.count("took over") == 1
    for again in (("DECC", "BEIS"), ("BEIS", "DECC"), ("BEIS", "BEIS"), ("BEIS", "NONE")):
        refused = run("succeed", *again, "--since", "2016-07-14")
        assert (refused.exit_code, len(refused.output.splitlines())) == (1, 1)
    with transaction(ready) as session:
        events = session.exec(select(AuditEntry.event)).all()
    assert events.count("organisation.succeeded") == 1


def test_the_day_of_a_succession_is_corrected_and_it_is_taken_back(ready: Engine) -> None:
    with transaction(ready) as session:
        now = datetime.now(UTC)
        for code in ("DECC", "BEIS"):
            make_organisation(session, now, code)
    assert run("succeed", "DECC", "BEIS", "--since", "2016-07-14", "--correct").exit_code == 1
    assert run("succeed", "DECC", "BEIS", "--since", "2016-07-14").exit_code == 0
    assert run("succeed", "DECC", "BEIS", "--since", "2016-07-20", "--correct").exit_code == 0
    listed = run("list").output
    assert "took over from DECC since 2016-07-20" in listed
    assert "DECC  Department DECC  handed over to BEIS on 2016-07-20" in listed
    assert "took over" not in run("list", "--valid-on", "2016-07-19").output
    assert run("list", "--known-at", "2020-01-01").output == ""
    assert run("not-succeeded", "DECC", "BEIS", "--reason", "It was another").exit_code == 0
    assert "took over" not in run("list").output
    assert run("not-succeeded", "DECC", "BEIS", "--reason", "Again").exit_code == 1


def test_a_name_is_another_from_a_day_on(ready: Engine) -> None:
    with transaction(ready) as session:
        make_organisation(session, datetime.now(UTC))
    renamed = run("rename", "HMRC", "Revenue", "--since", "2020-04-01", "--reason", "The board")
    assert renamed.output == "HMRC is called Revenue from 2020-04-01 on.\n"
    assert "HMRC  Revenue" in run("list").output
    assert "HMRC  Department HMRC" in run("list", "--valid-on", "2020-03-31").output
    assert run("rename", "HMRC", "Revenue", "--since", "2020-04-01", "--reason", "Again").exit_code == 1


def test_a_place_changes_by_command_only_where_few_are_touched(
    ready: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANYARD_SECOND_OFFICER_ABOVE", "0")
    with transaction(ready) as session:
        now = datetime.now(UTC)
        hmrc, voa, _gro = (make_organisation(session, now, code) for code in ("HMRC", "VOA", "GRO"))
        make_rule(session, now, make_app(session, now, hmrc), organisation_id=hmrc.id)
        make_employee(session, now, voa, "vera.value")
    how = ("--under", "HMRC", "--since", "2020-04-01", "--reason", "Machinery of government")
    tried = run("place", "VOA", *how, "--dry-run")
    assert (tried.exit_code, "at apps that turns: 1;" in tried.output) == (0, True)
    refused = run("place", "VOA", *how)
    assert (refused.exit_code, "A second officer must approve" in refused.output) == (1, True)
    assert run("place", "GRO", *how).exit_code == 0
    listed = run("list").output
    assert "GRO  Department GRO  under HMRC" in listed
    assert "VOA  Department VOA  under" not in listed
    assert run("place", "HMRC", "--under", "GRO", "--since", "2021-01-01", "--reason", "Loop").exit_code == 1


def test_a_domain_is_given_and_taken(ready: Engine) -> None:
    with transaction(ready) as session:
        make_organisation(session, datetime.now(UTC))
    why = ("--reason", "A new name for mail")
    assert run("give-domain", "HMRC", "tax.gov.uk", "--since", "2026-04-01", *why).exit_code == 0
    assert "hmrc.gov.uk, tax.gov.uk" in run("list", "--valid-on", "2026-04-01").output
    assert run("take-domain", "HMRC", "hmrc.gov.uk", "--last-day", "2026-03-31", *why).exit_code == 0
    assert "hmrc.gov.uk" not in run("list", "--valid-on", "2026-04-01").output
    again = run("give-domain", "HMRC", "tax.gov.uk", "--since", "2026-05-01", *why)
    assert (again.exit_code, "is the organisation's already" in again.output) == (1, True)


def test_the_register_goes_out_and_comes_into_an_installation_without_any(
    ready: Engine, tmp_path: Path
) -> None:
    with transaction(ready) as session:
        make_organisation(session, datetime.now(UTC))
    file = tmp_path / "register.jsonl"
    out = CliRunner().invoke(main, ["register", "export", str(file), "--history"])
    assert (out.exit_code, out.output) == (0, f"2 lines were written to {file}.\n")
    assert file.stat().st_mode & 0o077 == 0
    assert CliRunner().invoke(main, ["register", "export", str(file)]).exit_code == 1
    again = CliRunner().invoke(main, ["register", "import", str(file), "--history"])
    assert (again.exit_code, "There are organisations here already" in again.output) == (1, True)
    bad = tmp_path / "bad.jsonl"
    bad.write_bytes(file.read_bytes().replace(b'"hmrc.gov.uk"', b'"nothing"'))
    refused = CliRunner().invoke(main, ["register", "import", str(bad), "--history"])
    assert (refused.exit_code, "bad.jsonl, line 3: domain:" in refused.output) == (1, True)
    with transaction(ready) as session:
        assert "register.exported" in session.exec(select(AuditEntry.event)).all()


def test_a_register_is_tried_and_then_read(ready: Engine, tmp_path: Path) -> None:
    file = tmp_path / "register.jsonl"
    file.write_text(
        '{"kind": "organisation_detail", "source_key": "1", "valid_from": "2005-04-18", '
        '"organisation": "HMRC", "name": "HM Revenue & Customs", "organisation_kind": "department"}\n'
    )
    tried = CliRunner().invoke(main, ["register", "import", str(file), "--dry-run"])
    assert (tried.exit_code, tried.output) == (0, "1 lines would be recorded.\n")
    assert run("list").output == ""
    assert CliRunner().invoke(main, ["register", "import", str(file)]).exit_code == 0
    assert "HMRC  HM Revenue & Customs" in run("list").output


def test_all_that_stood_of_an_organisation_is_shown_on_both_time_lines(ready: Engine) -> None:
    now = datetime.now(UTC)
    with transaction(ready) as session:
        hmrc = make_organisation(session, now)
        suspend_organisation(session, now, organisation_id=hmrc.id, reason="Taken over", initiator=INITIATOR)
    told = json.loads(run("show", "HMRC").stdout)
    assert (told["domains"], told["suspended_since"]) == (["hmrc.gov.uk"], now.isoformat())
    assert told["grades"]["Officer"] == "EO"
    then = json.loads(run("show", "HMRC", "--valid-on", "2020-01-01").stdout)
    assert (then["domains"], then["suspended_since"]) == (["hmrc.gov.uk"], None)
    assert run("show", "HMRC", "--known-at", "2020-01-01").exit_code == 1
