"""An auditor finds the entries of their organisations and apps, and no others."""

from datetime import timedelta
from uuid import UUID

import pytest

from profiles.audit import service
from profiles.audit.catalogue import Event
from profiles.audit.models import AuditEntry, InitiatorKind
from profiles.audit.sealing import seal
from profiles.audit.search import Asked, Scope, count, get, search
from profiles.audit.service import Initiator
from profiles.errors import NotFound

OURS, THEIRS, APP, PERSON = (UUID(int=number) for number in range(1, 5))


@pytest.fixture
def entries(session, now):
    """One entry about our organisation, one about theirs, one about our app, one about nobody's."""
    about = {
        "ours": {"organisation_id": OURS, "person_id": PERSON},
        "theirs": {"organisation_id": THEIRS, "person_id": PERSON},
        "app": {"app_id": APP},
        "nobody": {"person_id": PERSON},
    }
    events = {"ours": Event.TRANSFER_APPROVED}
    made = {
        name: service.append(
            session, events.get(name, Event.APP_OPENED), Initiator.system("test"), now, **columns
        )
        for name, columns in about.items()
    }
    session.flush()
    return {entry_id: name for name, entry_id in made.items()}


def found(session, entries, scope, text="", **more):
    asked = Asked(text, **more)
    return sorted(entries[one.entry.id] for one in search(session, scope, asked, limit=10))


def test_an_organisations_auditor_sees_its_entries_and_those_of_its_apps(session, entries):
    assert found(session, entries, Scope([OURS], [APP])) == ["app", "ours"]


def test_a_platform_auditor_sees_what_is_no_organisations(session, entries):
    assert found(session, entries, Scope([], [], platform=True)) == ["app", "nobody"]


def test_an_auditor_of_nothing_sees_nothing(session, entries):
    assert found(session, entries, Scope([])) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("transfer", ["ours"]),
        ("Transfer.Approved ", ["ours"]),
        ("%", []),
        (str(PERSON), ["ours"]),
        (str(THEIRS), []),
        (str(APP), ["app"]),
    ],
)
def test_a_search_is_by_event_or_identifier(session, entries, text, expected):
    assert found(session, entries, Scope([OURS], [APP]), text) == expected


def test_the_newest_entry_comes_first(session, entries):
    ids = [one.entry.id for one in search(session, Scope([OURS], [APP]), limit=10)]
    assert ids == sorted(ids, reverse=True)


def test_a_count_goes_no_further_than_asked(session, entries):
    scope = Scope([OURS, THEIRS], [APP])
    assert [count(session, scope, most=9), count(session, scope, most=2)] == [3, 2]


def test_an_entry_out_of_scope_is_not_found(session, entries):
    theirs = next(entry_id for entry_id, name in entries.items() if name == "theirs")
    with pytest.raises(NotFound):
        get(session, Scope([OURS], [APP]), theirs)
    assert get(session, Scope([THEIRS]), theirs).position is None


OFFICER = UUID(int=9)


@pytest.mark.parametrize(
    ("initiator", "expected"),
    [
        (str(OFFICER), ["theirs"]),
        (f" {OFFICER.hex.upper()} ", ["theirs"]),
        ("test", ["app", "nobody", "ours"]),
        ("tes", []),
    ],
)
def test_a_search_by_who_began_it(session, now, entries, initiator, expected):
    theirs = next(entry_id for entry_id, name in entries.items() if name == "theirs")
    entry = session.get(AuditEntry, theirs)
    entry.initiator_kind, entry.initiator = InitiatorKind.PERSON, str(OFFICER)
    session.add(entry)
    session.flush()
    everywhere = Scope([OURS, THEIRS], [APP], platform=True)
    assert found(session, entries, everywhere, initiator=initiator) == expected
    assert "theirs" not in found(session, entries, Scope([OURS], [APP]), initiator=initiator)


def test_a_client_is_found_by_its_id_which_has_no_dashes(session, now, entries):
    theirs = next(entry_id for entry_id, name in entries.items() if name == "theirs")
    entry = session.get(AuditEntry, theirs)
    entry.initiator_kind, entry.initiator = InitiatorKind.CLIENT, OFFICER.hex
    session.add(entry)
    session.flush()
    assert found(session, entries, Scope([THEIRS]), initiator=OFFICER.hex) == ["theirs"]


def test_a_search_by_days(session, now, entries):
    scope, day = Scope([OURS, THEIRS], [APP]), timedelta(days=1)
    days = {"ours": 0, "theirs": 1, "app": 2}
    for entry_id, name in entries.items():
        entry = session.get(AuditEntry, entry_id)
        entry.at = now + days.get(name, 0) * day
        session.add(entry)
    session.flush()
    assert found(session, entries, scope, since=now + day) == ["app", "theirs"]
    assert found(session, entries, scope, until=now + day) == ["ours"]
    assert found(session, entries, scope, since=now + day, until=now + 2 * day) == ["theirs"]
    assert count(session, scope, Asked(since=now + day), most=9) == 2


def test_a_search_by_position(session, now, entries):
    seal(session, now)
    everywhere = Scope([OURS, THEIRS], [APP], platform=True)
    positions = {entries[one.entry.id]: one.position for one in search(session, everywhere, limit=10)}
    assert found(session, entries, Scope([OURS], [APP]), str(positions["ours"])) == ["ours"]
    assert found(session, entries, Scope([OURS], [APP]), str(positions["theirs"])) == []
    assert found(session, entries, everywhere, "9" * 18) == []
