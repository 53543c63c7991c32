"""The mails of a bulk move: to the people on it, many at once, and to officers. They never say a reason."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, select

from profiles.bulk_moves.duties import all_one_with, barred_from_agreeing
from profiles.bulk_moves.models import BulkMove, BulkMoveMember, Reason
from profiles.bulk_moves.notice_words import (
    MOVES,
    PAY_WRONG,
    PUT_OFF,
    PUT_OFF_LATE,
    SET_UP,
    TAKEN_BACK,
    TAKEN_BACK_LATE,
)
from profiles.bulk_rows import insert_ahead, insert_many
from profiles.columns import new_id
from profiles.entitlements.explanation import with_article
from profiles.errors import NotFound
from profiles.imports.records.facts import plain
from profiles.made_ahead import MadeAhead
from profiles.organisations import service as organisations
from profiles.outbox.models import MessageKind, OutboxMessage
from profiles.people.models import WorkAddress
from profiles.people.service import names_of
from profiles.roles.permissions import Permission
from profiles.roles.service import who_may
from profiles.temporal import as_of, civil_date
from profiles.transfers.models import Side

Mail = dict[str, Any]
"""A row of the outbox, as plain values."""
_NOTHING_TO_MEND = (Reason.EXCLUDED, Reason.LEAVING)


def mails_to_movers(
    session: Session, move: BulkMove, person_ids: Collection[UUID], now: datetime
) -> dict[UUID, Mail]:
    """The mail by which each is told that they move, and when; nothing is sent."""
    return _mails(session, person_ids, *MOVES, words_of(session, move, now), now)


def send_ahead(session: Session, mails: Sequence[Mail]) -> MadeAhead:
    """The same as ``send``, made before the transaction that writes it; there is one mail at least."""
    return insert_ahead(OutboxMessage.__table__, mails, session.get_bind().dialect)  # type: ignore[attr-defined]


def send(session: Session, mails: Sequence[Mail]) -> None:
    """Leave mails for the worker, as ``profiles.outbox.service`` does for one."""
    if mails:
        insert_many(session, OutboxMessage.__table__, mails)  # type: ignore[attr-defined]


def taken_back(session: Session, move: BulkMove, person_ids: Collection[UUID], now: datetime) -> None:
    """Tell people who were told that they move that they do not; once the day has begun, what that meant."""
    said = TAKEN_BACK_LATE if move.starts_at <= now else TAKEN_BACK
    mail_many(session, move, person_ids, *said, now)


def put_off(session: Session, move: BulkMove, person_ids: Collection[UUID], now: datetime) -> None:
    """Tell people who were told that they move on a day that it is to be another one; after it, more."""
    said = PUT_OFF_LATE if move.starts_at <= now else PUT_OFF
    mail_many(session, move, person_ids, *said, now)


def chase(session: Session, move: BulkMove, person_ids: Collection[UUID], now: datetime) -> None:
    """Ask people to set up a way to sign in."""
    mail_many(session, move, person_ids, *SET_UP, now)


def waits_for_agreement(session: Session, move: BulkMove, now: datetime) -> None:
    """Tell officers of both sides, deputies among them, that a list waits for them, if they may agree."""
    tell_officers(
        session,
        move,
        Side,
        "A bulk move waits for your department",
        "A list of people who are to move from {exporting} to {importing} on {day} waits for the agreement "
        "of your department.\n\nTo see it, sign in to Lanyard and open Bulk moves.",
        now,
        but=barred_from_agreeing(session, move, now),
    )


def validated(session: Session, move: BulkMove, now: datetime) -> None:
    """Tell officers that everybody's record was looked at."""
    tell_officers(
        session,
        move,
        Side,
        "A bulk move is ready to be confirmed",
        "The records of the people who are to move from {exporting} to {importing} on {day} were looked "
        "at.\n\nTo see who can move, and to confirm it, sign in to Lanyard and open Bulk moves.",
        now,
    )


def scheduled(session: Session, move: BulkMove, now: datetime) -> None:
    """Tell officers that the move is recorded, and happens by itself."""
    tell_officers(
        session,
        move,
        Side,
        "A bulk move is recorded",
        "The move from {exporting} to {importing} on {day} is recorded, and happens by itself then.\n\nTo "
        "see who is set apart, sign in to Lanyard and open Bulk moves.",
        now,
    )


def roles_proposed(session: Session, move: BulkMove, now: datetime) -> None:
    """Tell the new organisation's administrators that people who come hold roles where they leave."""
    mail_all(
        session,
        who_may(session, Permission.MANAGE_SIGN_IN, move.importing_organisation_id, now),
        "People who come to you hold roles where they leave",
        "Some of the people who move from {exporting} to {importing} on {day} hold roles in Lanyard where "
        "they leave. None goes along by itself: ask under Roles for those that you want them to "
        "have.\n\nHR of your organisation sees who holds which, under Bulk moves.",
        words_of(session, move, now),
        now,
    )


def leaving_out_waits(session: Session, move: BulkMove, now: datetime, *, but: UUID) -> None:
    """Tell officers that a colleague wants somebody left out whose move is recorded."""
    tell_officers(
        session,
        move,
        Side,
        "Somebody is to be left out of a bulk move",
        "A colleague has asked that somebody be left out of the move from {exporting} to {importing} on "
        "{day}, and a second officer decides.\n\nTo decide, sign in to Lanyard and open Bulk moves.",
        now,
        but=all_one_with(session, [but], now),
    )


def stayed(session: Session, move: BulkMove, reasons: Mapping[Reason, int], now: datetime) -> None:
    """Tell who can mend it that people have not moved on the day: HR, and security where it is theirs."""
    if not any(number for reason, number in reasons.items() if reason not in _NOTHING_TO_MEND):
        return
    tell_officers(
        session,
        move,
        Side,
        "Some people have not moved",
        "People have moved from {exporting} to {importing} on {day}, and some have not: they stay where "
        "they were.\n\nTo see who, and why, sign in to Lanyard and open Bulk moves.",
        now,
    )
    if not set(reasons).isdisjoint((Reason.SUSPENDED, Reason.CLEARANCE)):
        mail_all(
            session,
            who_may(session, Permission.SUSPEND_ACCOUNTS, move.exporting_organisation_id, now),
            "Some people have not moved, and security officers can mend it",
            "People have moved from {exporting} to {importing} on {day}. Some have not, because their "
            "account is suspended, or a clearance that their post asks for is not in use.\n\nOnce you have "
            "decided on that, an ordinary transfer can move them. HR of your organisation sees who they are.",
            words_of(session, move, now),
            now,
        )


def joined(session: Session, move: BulkMove, now: datetime) -> None:
    """Tell payroll of the new organisation that the first pays wait for them."""
    words = words_of(session, move, now)
    people = who_may(session, Permission.CONFIRM_PAY, move.importing_organisation_id, now)
    mail_all(
        session,
        people,
        "First pays after a bulk move",
        "People have moved from {exporting} to {importing} on {day}. When the first pay is made, say whose "
        "pay, leave and pension are right.\n\nTo do so, sign in to Lanyard and open First pays.",
        words,
        now,
    )


def pay_wrong(session: Session, move: BulkMove, person_ids: Collection[UUID], now: datetime) -> None:
    """Tell people that payroll puts something of theirs right; what it is, is said nowhere here."""
    mail_many(session, move, person_ids, *PAY_WRONG, now)


def pay_corrected(session: Session, move: BulkMove, side: Side, now: datetime, *, but: UUID | None) -> None:
    """Tell payroll of that side that a list of corrections waits for them; never whose, and what."""
    place = move.exporting_organisation_id if side is Side.EXPORTING else move.importing_organisation_id
    officers = who_may(session, Permission.CONFIRM_PAY, place, now)
    text = (
        "What you were told of the start of people who moved from {exporting} to {importing} on {day} was "
        "corrected.\n\nTo see of whom, what is right, and to confirm that you have taken it up, sign in to "
        "Lanyard and open Moves that wait for you. What else is corrected until then joins the list."
    )
    words = words_of(session, move, now)
    mail_all(
        session, set(officers) - {but}, "Corrections after a bulk move wait for payroll", text, words, now
    )


def ended(session: Session, move: BulkMove, now: datetime) -> None:
    """Tell officers of both sides that a bulk move does not happen."""
    tell_officers(
        session,
        move,
        Side,
        "A bulk move has ended",
        "The move from {exporting} to {importing} on {day} does not happen.\n\nTo read why, sign in to "
        "Lanyard and open Bulk moves.",
        now,
    )


def taken_back_late(session: Session, move: BulkMove, people: int, now: datetime) -> None:
    """Tell officers of both sides that people had new access for a time who do not move."""
    tell_officers(
        session,
        move,
        Side,
        "A bulk move was taken back late",
        "The move from {exporting} to {importing} on {day} was to be taken back, and of some people that was "
        f"done after the day had begun: {people:,}. Until then they had the access of their new posts, and "
        "not that of their old ones. Now they have what they had before.\n\nTo see who, sign in to Lanyard "
        "and open Bulk moves.",
        now,
    )


def remind(
    session: Session,
    move: BulkMove,
    person_ids: Collection[UUID],
    due_on: date,
    now: datetime,
    *,
    payroll: bool,
) -> None:
    """Remind who is to act of the day by which they do."""
    where = "First pays" if payroll else "Bulk moves"
    text = (
        "In the bulk move from {exporting} to {importing} on {day} something waits for you, by {due}.\n\n"
        f"Sign in to Lanyard and open {where} to do it."
    )
    mail_all(session, person_ids, "A bulk move waits for you", text, _due(session, move, due_on, now), now)


def escalate(
    session: Session,
    move: BulkMove,
    person_ids: Collection[UUID],
    side: Side | None,
    due_on: date,
    now: datetime,
    *,
    payroll: bool,
) -> None:
    """Tell who sees to it that officers are late."""
    who = "HR of both" if side is None else f"{'payroll' if payroll else 'HR'} of {{{side.value}}}"
    text = (
        f"The bulk move from {{exporting}} to {{importing}} on {{day}} waits for {who}, who were to act by "
        "{due}. Please see to it that they do.\n\nHR of either see what is to be done in Lanyard, under Bulk "
        "moves."
    )
    mail_all(session, person_ids, "A bulk move is late", text, _due(session, move, due_on, now), now)


def _due(session: Session, move: BulkMove, due_on: date, now: datetime) -> dict[str, str]:
    return words_of(session, move, now) | {"due": f"{due_on:%-d %B %Y}"}


def lacks_a_way_in(move: BulkMove) -> ColumnElement[bool]:
    """Whether a member of this move is set apart for want of a way to sign in."""
    return and_(col(BulkMoveMember.bulk_move_id) == move.id, col(BulkMoveMember.reason) == Reason.SIGN_IN)


def tell_officers(
    session: Session,
    move: BulkMove,
    sides: Iterable[Side],
    subject: str,
    text: str,
    now: datetime,
    *,
    but: Collection[UUID] = (),
) -> None:
    """Write to HR of these sides, deputies among them."""
    places = {
        Side.EXPORTING: move.exporting_organisation_id,
        Side.IMPORTING: move.importing_organisation_id,
    }
    officers = {
        officer_id
        for side in sides
        for officer_id in who_may(session, Permission.APPROVE_TRANSFER, places[side], now)
    }
    mail_all(session, officers - set(but), subject, text, words_of(session, move, now), now)


def mail_many(
    session: Session, move: BulkMove, person_ids: Collection[UUID], subject: str, text: str, now: datetime
) -> None:
    """Write about a move to each of these people."""
    mail_all(session, person_ids, subject, text, words_of(session, move, now), now)


def mail_all(
    session: Session,
    person_ids: Collection[UUID | None],
    subject: str,
    text: str,
    words: dict[str, str],
    now: datetime,
) -> None:
    """Write to each person's newest address; whoever has none finds the same on their pages."""
    send(session, list(_mails(session, person_ids, subject, text, words, now).values()))


def _mails(
    session: Session,
    person_ids: Collection[UUID | None],
    subject: str,
    text: str,
    words: dict[str, str],
    now: datetime,
) -> dict[UUID, Mail]:
    wanted = [one for one in person_ids if one is not None]
    addresses = dict(
        session.exec(
            select(WorkAddress.person_id, WorkAddress.address)
            .where(as_of(WorkAddress, now, now), col(WorkAddress.person_id).in_(wanted))
            .order_by(col(WorkAddress.valid_from), col(WorkAddress.id))
        ).all()
    )
    names = names_of(session, addresses, now)
    end = f"\n\nSent on {civil_date(now):%-d %B %Y} by Lanyard. Do not reply.\n"
    mails: dict[UUID, Mail] = {}
    for person_id, address in addresses.items():
        said = text.format(**words, name=names.get(person_id, ""))
        body = f"{said[:1].upper()}{said[1:]}{end}"
        mails[person_id] = {
            "id": plain(new_id()),
            "kind": MessageKind.MAIL.value,
            "person_id": plain(person_id),
            "payload": {"to": address, "subject": subject, "body": body},
            "reason": subject,
            "created_at": plain(now),
            "due_at": plain(now),
            "attempts": 0,
            "last_error": "",
        }
    return mails


def words_of(session: Session, move: BulkMove, now: datetime) -> dict[str, str]:
    """From where to where, and when."""
    return {
        "exporting": _name(session, move.exporting_organisation_id, move, now),
        "importing": _name(session, move.importing_organisation_id, move, now),
        "day": f"{move.start_date:%-d %B %Y}",
        "new_day": f"{move.new_start_date or move.start_date:%-d %B %Y}",
    }


def _name(session: Session, organisation_id: UUID, move: BulkMove, now: datetime) -> str:
    """The organisation's name; one that has ended is called as when the list was drafted."""
    for at in (now, move.created_at, move.starts_at):
        try:
            return with_article(organisations.get(session, organisation_id, at).name)
        except NotFound:
            continue
    return "another department"
