"""A file's people are written in short transactions and seen all at once."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine, func
from sqlmodel import Session, SQLModel, col, select

from app.database import open_session, transaction
from profiles.audit.catalogue import Event
from profiles.audit.models import AuditEntry
from profiles.audit.service import Initiator
from profiles.employments.models import Employment, Posting
from profiles.errors import Conflict, Invalid, NotFound
from profiles.imports.organograms.mappings import UnmappedLabels
from profiles.imports.organograms.reading import read_organogram
from profiles.imports.organograms.service import Import, begin, finish, write
from profiles.loads import Load
from profiles.organisations import service as organisations
from profiles.organisations.grades import CommonGrade
from profiles.pay.models import PayRecord
from profiles.people.models import PersonName, WorkAddress
from profiles.people.service import create_person
from profiles.temporal import as_of
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE, make_organisation
from tests.factories.organograms import make_file, make_row

SNAPSHOT = date(2025, 9, 30)
FILE = make_file(
    make_row("Officer", "900.5"),
    make_row("Band T", "1", "0", "0"),
    make_row("Grade 7", "2", "46983", "61590"),
)
PEOPLE = 904


@pytest.fixture
def hmrc(engine: Engine, now: datetime) -> str:
    with transaction(engine) as session:
        make_organisation(session, now, "HMRC")
    return "HMRC"


def begin_import(
    engine: Engine,
    now: datetime,
    content: bytes = FILE,
    code: str = "HMRC",
    *,
    snapshot: date = SNAPSHOT,
    allow_unmapped: bool = False,
) -> Import:
    with transaction(engine) as session:
        return begin(
            session,
            now,
            read_organogram(content),
            code=code,
            snapshot=snapshot,
            allow_unmapped=allow_unmapped,
        )


def write_all(engine: Engine, begun: Import) -> None:
    for batch in begun.batches():
        with transaction(engine) as session:
            write(session, batch, begun.target.load_id)


def import_whole(engine: Engine, now: datetime, content: bytes = FILE) -> Import:
    begun = begin_import(engine, now, content)
    write_all(engine, begun)
    with transaction(engine) as session:
        return finish(session, now, begun, Initiator.system("test"))


def seen(engine: Engine, model: type[SQLModel], now: datetime) -> int:
    with open_session(engine, writes=False) as session:
        query = select(func.count()).select_from(model).where(as_of(model, now, now))  # type: ignore[arg-type]
        return session.exec(query).one()


@pytest.mark.usefixtures("hmrc")
def test_nobody_is_seen_before_the_whole_file_is_written(engine: Engine, now: datetime) -> None:
    begun = begin_import(engine, now)
    write_all(engine, begun)
    assert [
        seen(engine, model, now) for model in (PersonName, WorkAddress, Employment, Posting, PayRecord)
    ] == [0] * 5
    with transaction(engine) as session:
        finish(session, now, begun, Initiator.system("test"))
    assert seen(engine, Posting, now) == PEOPLE
    assert seen(engine, PayRecord, now) == PEOPLE - 1


@pytest.mark.usefixtures("hmrc")
def test_a_part_of_a_file_cannot_be_shown(engine: Engine, now: datetime) -> None:
    begun = begin_import(engine, now)
    with pytest.raises(Conflict), transaction(engine) as session:
        finish(session, now, begun, Initiator.system("test"))


@pytest.mark.usefixtures("hmrc")
def test_a_broken_import_goes_on_where_it_ended(engine: Engine, now: datetime) -> None:
    begun = begin_import(engine, now)
    with transaction(engine) as session:
        write(session, next(begun.batches()), begun.target.load_id)
    again = begin_import(engine, now + timedelta(hours=1))
    assert 0 < again.people_done < PEOPLE
    write_all(engine, again)
    with transaction(engine) as session:
        finish(session, now + timedelta(hours=1), again, Initiator.system("test"))
    assert seen(engine, Posting, now + timedelta(hours=1)) == PEOPLE


@pytest.mark.usefixtures("hmrc")
def test_a_batch_that_fails_leaves_nothing_of_itself(engine: Engine, now: datetime) -> None:
    begun = begin_import(engine, now)
    with open_session(engine, writes=True) as session:
        write(session, next(begun.batches()), begun.target.load_id)
    assert begin_import(engine, now).people_done == 0


@pytest.mark.usefixtures("hmrc")
def test_of_two_imports_of_one_file_one_is_refused(engine: Engine, now: datetime) -> None:
    first, second = begin_import(engine, now), begin_import(engine, now)
    write_all(engine, first)
    with pytest.raises(Conflict, match="Another import of the same file"):
        write_all(engine, second)


@pytest.mark.usefixtures("hmrc")
def test_a_published_file_is_recognised(engine: Engine, now: datetime) -> None:
    import_whole(engine, now)
    again = begin_import(engine, now + timedelta(days=1))
    assert again.published
    assert again.people_done == PEOPLE


@pytest.mark.usefixtures("hmrc")
def test_a_second_file_gives_other_addresses_and_numbers(engine: Engine, now: datetime) -> None:
    import_whole(engine, now)
    import_whole(engine, now, FILE + make_row("Officer", "1").encode() + b"\r\n")
    with open_session(engine, writes=False) as session:
        for column in (WorkAddress.address, Employment.number):
            assert session.exec(select(func.count(func.distinct(column)))).one() == 2 * PEOPLE + 1


@pytest.mark.usefixtures("hmrc")
def test_a_posting_says_what_the_file_says(engine: Engine, now: datetime) -> None:
    import_whole(engine, now)
    with open_session(engine, writes=False) as session:
        posting = session.exec(select(Posting).where(col(Posting.local_grade) == "Band T")).one()
        assert (posting.unit, posting.job_title, posting.profession) == (
            "Personal Tax",
            "Tax Officer",
            "Operational Delivery",
        )
        grades = organisations.grades_of(session, posting.organisation_id, now)
        assert grades["Band T"] is None
        assert grades["Grade 7"] is CommonGrade.G7


@pytest.mark.usefixtures("hmrc")
def test_the_last_of_a_group_is_paid_part_time(engine: Engine, now: datetime) -> None:
    import_whole(engine, now)
    with open_session(engine, writes=False) as session:
        part_time = session.exec(select(PayRecord).where(col(PayRecord.fte_thousandths) < 1000)).one()
    assert part_time.fte_thousandths == 500


@pytest.mark.usefixtures("hmrc")
def test_one_file_is_one_audit_entry(engine: Engine, now: datetime) -> None:
    import_whole(engine, now)
    with open_session(engine, writes=False) as session:
        entries = session.exec(select(AuditEntry).where(AuditEntry.event == Event.ORGANOGRAM_IMPORTED)).all()
    assert [entry.details["people"] for entry in entries] == [PEOPLE]


def test_an_unknown_organisation_names_those_that_are_known(engine: Engine, now: datetime, hmrc: str) -> None:
    with pytest.raises(NotFound, match=f"'BEIS'.*Known codes: {hmrc}"):
        begin_import(engine, now, code="BEIS")


@pytest.mark.usefixtures("hmrc")
def test_unknown_grades_refuse_the_file_and_begin_nothing(engine: Engine, now: datetime) -> None:
    with pytest.raises(UnmappedLabels):
        begin_import(engine, now, make_file(make_row("Wizard")))
    with open_session(engine, writes=False) as session:
        assert session.exec(select(Load)).first() is None


@pytest.mark.usefixtures("hmrc")
def test_unknown_grades_are_recorded_without_common_grade_when_allowed(engine: Engine, now: datetime) -> None:
    begun = begin_import(engine, now, make_file(make_row("Wizard")), allow_unmapped=True)
    assert begun.grades == {"Wizard": None}


@pytest.mark.usefixtures("hmrc")
def test_a_snapshot_of_tomorrow_is_refused(engine: Engine, now: datetime) -> None:
    with pytest.raises(Invalid, match="in the future"):
        begin_import(engine, now, snapshot=date(2026, 3, 3))


def test_an_address_given_by_hand_is_never_given_again(session: Session, now: datetime) -> None:
    hmrc = make_organisation(session, now, "HMRC")
    create_person(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        given_names="Amelia",
        family_name="Thompson",
        address="amelia.thompson.7@hmrc.gov.uk",
        organisation_id=hmrc.id,
        valid_from=LONG_AGO,
    )
    with pytest.raises(Conflict, match=r"amelia\.thompson\.7"):
        begin(session, now, read_organogram(FILE), code="HMRC", snapshot=SNAPSHOT)
