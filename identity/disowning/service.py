"""Ends and locks when a person says that a session was not theirs, and tells their security officers.

It takes from whoever holds a session or its mail nothing but access: nothing is opened, shown or changed for
them. What is locked, a security officer unlocks, or leaves locked while HR helps the person.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import Session, col

from identity.disowning import locking
from identity.disowning.models import DisownedSession, Outcome
from identity.federation import links
from identity.sessions import service as sessions
from identity.sessions.credentials import CredentialKind, name
from identity.sessions.models import LoginSession
from identity.sign_in import alerts, known_browsers, passkeys
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.disclosure.once import insert_once
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.outbox.service import send_mail
from profiles.roles.parties import are_one
from profiles.roles.permissions import Permission
from profiles.roles.service import who_may
from profiles.sign_in.service import employer_of, known_addresses

REASON = "The person said that a sign-in was not theirs."


def disown(session: Session, session_id: UUID, now: datetime, initiator: Initiator, *, by_mail: bool) -> bool:
    """End every session of the person, lock what opened this one or was added since, tell everybody; once.

    False when it was reported already, or is forgotten.
    """
    found: LoginSession | None = session.execute(
        select(LoginSession).where(col(LoginSession.id) == session_id)
    ).scalar_one_or_none()
    if found is None:
        return False
    person_id, credentials = found.person_id, opened_or_added(session, found)
    report = DisownedSession(
        session_id=session_id,
        person_id=person_id,
        organisation_id=employer_of(session, person_id, now),
        browser=found.user_agent,
        signed_in_at=found.created_at,
        credentials=credentials,
        by_mail=by_mail,
        reported_at=now,
    )
    if not insert_once(session, DisownedSession, report.model_dump()):
        return False
    append(
        session,
        Event.SIGN_IN_DISOWNED,
        initiator,
        now,
        person_id=person_id,
        organisation_id=report.organisation_id,
        details={"session_id": str(session_id), "locked": credentials, "by_mail": by_mail},
    )
    locking.lock(session, person_id, credentials, now)
    sessions.end_all(session, person_id, now, REASON, initiator)
    known_browsers.forget_all(session, person_id, now, initiator)
    _tell(session, report, now)
    return True


def opened_or_added(session: Session, found: LoginSession) -> list[str]:
    """What opened a session, and every way in that was added since: whoever was in may have added it."""
    person_id, since = found.person_id, found.created_at
    added = [
        *(name(CredentialKind.PASSKEY, one) for one in passkeys.added_since(session, person_id, since)),
        *(name(CredentialKind.LINK, one) for one in links.added_since(session, person_id, since)),
    ]
    return list(dict.fromkeys([*found.credentials, *added]))


def open_reports(session: Session, organisation_ids: Collection[UUID]) -> Sequence[DisownedSession]:
    """What these organisations' security officers have still to look at, the oldest first."""
    found = select(DisownedSession).where(
        col(DisownedSession.organisation_id).in_(organisation_ids), col(DisownedSession.closed_at).is_(None)
    )
    return session.execute(found.order_by(col(DisownedSession.id))).scalars().all()


def get_report(session: Session, report_id: UUID, organisation_ids: Collection[UUID]) -> DisownedSession:
    """One of them, closed or not. Raises NotFound, also for another organisation's."""
    found: DisownedSession | None = session.execute(
        select(DisownedSession).where(
            col(DisownedSession.id) == report_id, col(DisownedSession.organisation_id).in_(organisation_ids)
        )
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such report.")
    return found


def close(
    session: Session, report: DisownedSession, officer_id: UUID, outcome: Outcome, now: datetime
) -> None:
    """Decide on a report, once: unlock, or leave locked until the person has recovered through HR.

    Raises NotPermitted for one's own and that of whom one stands in for, Conflict when it is decided already.
    """
    if are_one(session, officer_id, report.person_id, now):
        raise NotPermitted("Somebody else must look at what you reported yourself.")
    closed = session.connection().execute(
        update(DisownedSession)
        .where(col(DisownedSession.id) == report.id, col(DisownedSession.closed_at).is_(None))
        .values(closed_at=now, closed_by=officer_id, outcome=outcome)
    )
    if closed.rowcount != 1:
        raise Conflict("Somebody has decided on this report already.")
    details = {"report_id": str(report.id), "outcome": outcome.value}
    append(
        session,
        Event.DISOWNED_SIGN_IN_CLOSED,
        Initiator.person(officer_id),
        now,
        person_id=report.person_id,
        organisation_id=report.organisation_id,
        details=details,
    )
    if outcome is Outcome.UNLOCKED:
        others = _locked_by_others(session, report)
        unlocked = [one for one in report.credentials if one not in others]
        locking.unlock(session, report.person_id, unlocked)
        what = "A security officer has unlocked what was locked after your report. It signs you in again."
    else:
        what = (
            "A security officer has looked at your report. What was locked stays locked: your HR team helps "
            "you to new ways of signing in."
        )
    alerts.tell(session, report.person_id, "Your report was looked at", what, now)


def _locked_by_others(session: Session, report: DisownedSession) -> set[str]:
    """What other reports of the same person keep locked."""
    found = select(col(DisownedSession.credentials)).where(
        col(DisownedSession.person_id) == report.person_id,
        col(DisownedSession.id) != report.id,
        col(DisownedSession.closed_at).is_(None),
    )
    return {one for credentials in session.execute(found).scalars() for one in credentials}


def _tell(session: Session, report: DisownedSession, now: datetime) -> None:
    """The person at every address, and the security officers of where they work."""
    locked = "What it was opened with, and what was added since, is locked. " if report.credentials else ""
    what = (
        f"A sign-in of your account was reported as not yours. Every session has ended. {locked}"
        "Sign in another way; your security officers have been told. If you have no other way, ask your HR "
        "team to help you recover your account."
    )
    to_do = "If you did not report it, tell your security officer at once."
    alerts.tell(session, report.person_id, "A sign-in was reported as not yours", what, now, what_to_do=to_do)
    if report.organisation_id is None:
        return
    body = (
        "Somebody who works at your organisation reported a sign-in that was not theirs. Their sessions have "
        "ended, and what the sign-in was made with, or added since, is locked.\n\n"
        "Sign in to Lanyard and look at it under “Security reports”.\n"
    )
    for officer in who_may(session, Permission.HANDLE_SECURITY_REPORTS, report.organisation_id, now):
        for address in known_addresses(session, officer, now):
            send_mail(session, address, "A sign-in was reported", body, now=now, person_id=officer)
