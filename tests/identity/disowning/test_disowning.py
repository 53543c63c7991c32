"""“That was not me”: what it ends and locks, whom it tells, and how it is undone."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, select

from identity.clients.models import Client
from identity.disowning import service
from identity.disowning.models import DisownedSession, Outcome
from identity.federation import links
from identity.federation.models import UpstreamLink
from identity.sessions import service as sessions
from identity.sessions.credentials import CredentialKind, name
from identity.sessions.models import LoginSession, SessionClient
from identity.sessions.service import Limits
from identity.sign_in import known_browsers, passkeys, passwords
from identity.sign_in.models import Passkey
from identity.sign_in.passwords import PasswordCost, set_password
from profiles.audit.models import AuditEntry
from profiles.audit.service import Initiator
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.organisations.service import OrganisationView
from profiles.outbox.models import MessageKind, OutboxMessage
from profiles.roles.models import Role
from tests.factories.clients import LISTENING_CLIENT, make_client
from tests.factories.organisations import INITIATOR, make_organisation
from tests.factories.people import give_role, make_employee

LIMITS = Limits(idle=timedelta(hours=1), absolute=timedelta(hours=12))
ISSUER = "https://login.hmrc.example"
EARLIER = timedelta(days=30)
THE_PASSKEY = {
    "public_key": b"",
    "sign_count": 0,
    "transports": [],
    "aaguid": "",
    "backup_eligible": False,
    "backed_up": False,
    "name": "Laptop",
}


class Somebody(NamedTuple):
    """An employee with a password, a passkey and an account of the department, and a security officer."""

    person_id: UUID
    officer_id: UUID
    organisation: OrganisationView
    passkey_id: UUID
    link_id: UUID

    def begin(self, session: Session, now: datetime, *credentials: str) -> UUID:
        """A session that these opened; its id."""
        token = sessions.start(
            session, now, person_id=self.person_id, limits=LIMITS, credential=credentials[0]
        )
        for one in credentials[1:]:
            found = sessions.find_signed_in(session, token, now)
            assert found is not None
            token = sessions.confirm(session, found, now, LIMITS, credential=one) or ""
        found = sessions.find_signed_in(session, token, now)
        assert found is not None
        return found.session_id

    def disown(self, session: Session, session_id: UUID, now: datetime) -> bool:
        by = Initiator.person(self.person_id)
        return service.disown(session, session_id, now, by, by_mail=False)


@pytest.fixture
def somebody(session: Session, now: datetime) -> Somebody:
    hmrc = make_organisation(session, now)
    person_id = make_employee(session, now, hmrc).person_id
    officer_id = make_employee(session, now, hmrc, "sita.officer").person_id
    give_role(session, now, officer_id, Role.SECURITY_OFFICER, hmrc.id)
    set_password(session, person_id, "otters swim at dawn", now, PasswordCost(time=1, memory_kib=8))
    passkey = Passkey(
        **dict(THE_PASSKEY, person_id=person_id, credential_id="a-passkey", created_at=now - EARLIER)
    )
    session.add(passkey)
    session.flush()
    link_id = links.link(
        session,
        now - EARLIER,
        issuer=ISSUER,
        subject="account-1",
        realm="",
        person_id=person_id,
        initiator=INITIATOR,
    )
    return Somebody(person_id, officer_id, hmrc, passkey.id, link_id)


PASSWORD = name(CredentialKind.PASSWORD)


def _locked(session: Session, somebody: Somebody) -> set[str]:
    session.expire_all()
    password = passwords.find_stored(session, somebody.person_id)
    assert password is not None
    found = {"password": password.opens}
    found["passkey"] = passkeys.find(session, "a-passkey") is not None
    found["link"] = links.note_use(session, somebody.link_id, datetime.now().astimezone())
    return {what for what, opens in found.items() if not opens}


def _reports(session: Session) -> list[DisownedSession]:
    return list(session.exec(select(DisownedSession)))


def test_what_opened_the_session_is_locked_and_nothing_else(
    session: Session, now: datetime, somebody: Somebody
) -> None:
    kinds = {
        "password": PASSWORD,
        "passkey": name(CredentialKind.PASSKEY, somebody.passkey_id),
        "link": name(CredentialKind.LINK, somebody.link_id),
    }
    for kind, credential in kinds.items():
        session_id = somebody.begin(session, now, credential)
        somebody.disown(session, session_id, now)
        assert _locked(session, somebody) == {kind}
        service.close(session, _reports(session)[-1], somebody.officer_id, Outcome.UNLOCKED, now)


def test_what_confirmed_it_is_locked_too(session: Session, now: datetime, somebody: Somebody) -> None:
    passkey = name(CredentialKind.PASSKEY, somebody.passkey_id)
    somebody.disown(session, somebody.begin(session, now, PASSWORD, passkey), now)
    assert _locked(session, somebody) == {"password", "passkey"}


def test_what_was_added_since_is_locked_too(session: Session, now: datetime, somebody: Somebody) -> None:
    """Whoever got in with a stolen password may have made themselves a passkey, or linked an account."""
    later = now + timedelta(minutes=5)
    session_id = somebody.begin(session, later, PASSWORD)
    made = Passkey(
        **dict(THE_PASSKEY, person_id=somebody.person_id, credential_id="made-since", created_at=later)
    )
    session.add(made)
    session.flush()
    linked = links.link(
        session,
        later,
        issuer="https://login.thief.example",
        subject="thief",
        realm="",
        person_id=somebody.person_id,
        initiator=INITIATOR,
    )
    assert somebody.disown(session, session_id, later)
    assert _locked(session, somebody) == {"password"}
    assert passkeys.find(session, "made-since") is None
    assert not links.note_use(session, linked, later)
    (report,) = _reports(session)
    service.close(session, report, somebody.officer_id, Outcome.UNLOCKED, later)
    assert passkeys.find(session, "made-since") is not None


def test_every_session_ends_and_the_apps_are_told(
    session: Session, now: datetime, somebody: Somebody
) -> None:
    """Also one that has expired: the app's own may go on."""
    theirs = somebody.begin(session, now - timedelta(hours=20), PASSWORD)
    make_client(session, now, somebody.organisation, **LISTENING_CLIENT)
    session.add(_at_app(session, theirs, somebody, now))
    session.flush()
    here = somebody.begin(session, now, name(CredentialKind.PASSKEY, somebody.passkey_id))
    assert somebody.disown(session, theirs, now)
    session.flush()
    session.expire_all()
    assert [one.ended_at for one in session.exec(select(LoginSession))] == [now, now]
    assert session.exec(select(SessionClient)).one().ended_at == now
    kinds = [one.kind for one in session.exec(select(OutboxMessage))]
    assert kinds.count(MessageKind.LOGOUT) == 1
    assert not somebody.disown(session, theirs, now)
    assert somebody.disown(session, here, now)


def _at_app(session: Session, session_id: UUID, somebody: Somebody, now: datetime) -> SessionClient:
    client = session.get_one(Client, "cases")
    return SessionClient(
        session_id=session_id,
        client_id="cases",
        app_id=client.app_id,
        person_id=somebody.person_id,
        sid="sid",
        sub="sub",
        roles=[],
        first_used_at=now,
        last_used_at=now,
    )


def test_no_browser_knows_the_person_any_more(session: Session, now: datetime, somebody: Somebody) -> None:
    known_browsers.remember(session, somebody.person_id, "", "Firefox", now)
    somebody.disown(session, somebody.begin(session, now, PASSWORD), now)
    assert not known_browsers.of_person(session, somebody.person_id, now)


def test_security_is_told_by_a_mail_that_names_nobody(
    session: Session, now: datetime, somebody: Somebody
) -> None:
    somebody.disown(session, somebody.begin(session, now, PASSWORD), now)
    session.flush()
    mails = [one.payload for one in session.exec(select(OutboxMessage))]
    told = [one for one in mails if one["subject"] == "A sign-in was reported"]
    assert [one["to"] for one in told] == ["sita.officer@hmrc.gov.uk"]
    assert "Priya" not in str(told)
    assert "sign_in.disowned" in [one.event for one in session.exec(select(AuditEntry))]


def test_an_officer_sees_those_of_their_own_organisation(
    session: Session, now: datetime, somebody: Somebody
) -> None:
    somebody.disown(session, somebody.begin(session, now, PASSWORD), now)
    (report,) = service.open_reports(session, [somebody.organisation.id])
    assert report.credentials == [PASSWORD]
    assert not service.open_reports(session, [uuid4()])
    with pytest.raises(NotFound):
        service.get_report(session, report.id, [uuid4()])


def test_unlocking_lets_it_open_the_account_again(
    session: Session, now: datetime, somebody: Somebody
) -> None:
    somebody.disown(session, somebody.begin(session, now, PASSWORD), now)
    service.close(session, _reports(session)[0], somebody.officer_id, Outcome.UNLOCKED, now)
    assert not _locked(session, somebody)
    assert not service.open_reports(session, [somebody.organisation.id])


def test_what_another_report_locked_stays_locked(session: Session, now: datetime, somebody: Somebody) -> None:
    first, second = (somebody.begin(session, now, PASSWORD) for _ in range(2))
    somebody.disown(session, first, now)
    somebody.disown(session, second, now)
    service.close(session, _reports(session)[0], somebody.officer_id, Outcome.UNLOCKED, now)
    assert _locked(session, somebody) == {"password"}


def test_left_to_recovery_it_stays_locked_until_a_new_password_is_set(
    session: Session, now: datetime, somebody: Somebody
) -> None:
    somebody.disown(session, somebody.begin(session, now, PASSWORD), now)
    service.close(session, _reports(session)[0], somebody.officer_id, Outcome.RECOVERY, now)
    assert _locked(session, somebody) == {"password"}
    set_password(session, somebody.person_id, "herons fish at dusk", now, PasswordCost(time=1, memory_kib=8))
    assert not _locked(session, somebody)


def test_each_report_is_decided_once_and_by_somebody_else(
    session: Session, now: datetime, somebody: Somebody
) -> None:
    somebody.disown(session, somebody.begin(session, now, PASSWORD), now)
    (report,) = _reports(session)
    with pytest.raises(NotPermitted):
        service.close(session, report, somebody.person_id, Outcome.UNLOCKED, now)
    service.close(session, report, somebody.officer_id, Outcome.RECOVERY, now)
    with pytest.raises(Conflict):
        service.close(session, report, somebody.officer_id, Outcome.UNLOCKED, now)


def test_a_locked_account_still_belongs_to_its_person(
    session: Session, now: datetime, somebody: Somebody
) -> None:
    """Nobody else can link it meanwhile."""
    somebody.disown(session, somebody.begin(session, now, name(CredentialKind.LINK, somebody.link_id)), now)
    assert links.find_link(session, ISSUER, "account-1") is not None
    assert session.get_one(UpstreamLink, somebody.link_id).ended_at is None
