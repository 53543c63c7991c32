"""The mails of a transfer: to the employee and to officers. They say a name, never a reason."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from profiles.roles.permissions import Permission
from profiles.roles.service import who_may
from profiles.transfers.mailing import mail, words_of
from profiles.transfers.models import Side, Transfer, TransferState
from profiles.transfers.notice_words import NOT_JOINING, PARTS, TO_EMPLOYEE
from profiles.transfers.parts import Doer
from profiles.transfers.policy import organisation_of


def prepared(session: Session, transfer: Transfer, now: datetime) -> None:
    """Tell the employee that the move has begun and what they do, and officers of the old department."""
    _tell_employee(session, transfer, now)
    _tell_officers(
        session,
        transfer,
        (Side.EXPORTING,),
        "Somebody is to leave your department",
        "{importing} has prepared the move of {name} from {exporting}. It waits for your department when "
        "{name} has done their part.\n\nTo see its dates and what it changes, sign in to Lanyard and open "
        "Transfers.",
        now,
    )


def ready(session: Session, transfer: Transfer, now: datetime) -> None:
    """Tell officers of both sides that all else is done, and the transfer waits for them."""
    if transfer.state is not TransferState.IN_PROGRESS:
        return
    _tell_officers(
        session,
        transfer,
        Side,
        "A transfer waits for approval",
        "The move of {name} from {exporting} to {importing} waits for the approval of your "
        "department.\n\nTo see what it changes and to approve or refuse it, sign in to Lanyard and "
        "open Transfers.",
        now,
        but=transfer.prepared_by,
    )


def asked(session: Session, transfer: Transfer, person_ids: Iterable[UUID], now: datetime) -> None:
    """Tell a line manager, or security officers, that the move waits for them."""
    words = words_of(session, transfer, now)
    for person_id in person_ids:
        if person_id != transfer.person_id:
            mail(
                session,
                person_id,
                "A move to another department waits for you",
                "{name} is to move from {exporting} to {importing}, and there is something that only you can "
                "say.\n\nSign in to Lanyard and open your profile: “Moves that wait for you”.",
                words,
                now,
            )


def correction_asked(session: Session, transfer: Transfer, now: datetime) -> None:
    """Tell HR of the old department that a detail is said to be wrong."""
    _tell_officers(
        session,
        transfer,
        (Side.EXPORTING,),
        "Details to correct before a move",
        "{name}, who is to move from {exporting} to {importing}, says that something in their record is "
        "wrong.\n\nTo read what, correct it and answer, sign in to Lanyard and open Transfers.",
        now,
    )


def correction_answered(session: Session, transfer: Transfer, now: datetime) -> None:
    """Tell the employee that HR have answered."""
    mail(
        session,
        transfer.person_id,
        "HR have answered about your details",
        "HR of {exporting} have looked at what you said is wrong in your details.\n\nTo read the answer and "
        "to confirm your details, sign in to Lanyard and open your profile.",
        words_of(session, transfer, now),
        now,
    )


def way_in_gone(session: Session, transfer: Transfer, now: datetime) -> None:
    """Tell the employee that what they wanted to sign in with on the first morning has gone."""
    mail(
        session,
        transfer.person_id,
        "You need a way to sign in on your first morning",
        "What you said that you will sign in with on your first morning in {importing} opens your account no "
        "more. Without one you are locked out there, and your move cannot go on.\n\nSign in to Lanyard "
        "while you still can, open your profile and choose another one.",
        words_of(session, transfer, now),
        now,
    )


def scheduled(session: Session, transfer: Transfer, now: datetime) -> None:
    """Tell the employee that the move is agreed."""
    _tell_employee(session, transfer, now)


def ended(session: Session, transfer: Transfer, now: datetime) -> None:
    """Tell the employee that the move has ended before the last day, and by whom."""
    _tell_employee(session, transfer, now)


def cancelled(session: Session, transfer: Transfer, now: datetime, *, tell_employee: bool) -> None:
    """Tell the new department, which learns no cause, and the employee where that is right."""
    if tell_employee:
        _tell_employee(session, transfer, now)
    _tell_officers(
        session,
        transfer,
        (Side.IMPORTING,),
        "A transfer is cancelled",
        "The move of {name} from {exporting} to {importing} is cancelled: they leave {exporting} another "
        "way.",
        now,
    )


def not_joining(
    session: Session, transfer: Transfer, managers: Iterable[UUID], now: datetime, *, tell_employee: bool
) -> None:
    """Tell HR of both departments, payroll and the line manager of the new one, and the employee if right."""
    if tell_employee:
        subject, text = NOT_JOINING["employee"]
        mail(session, transfer.person_id, subject, text, words_of(session, transfer, now), now)
    subject, text = NOT_JOINING["hr"]
    _tell_officers(session, transfer, Side, subject, text, now)
    expecting = who_may(session, Permission.CONFIRM_PAY, transfer.importing_organisation_id, now)
    subject, text = NOT_JOINING["expecting"]
    for person_id in dict.fromkeys([*expecting, *managers]):
        if person_id != transfer.person_id:
            mail(session, person_id, subject, text, words_of(session, transfer, now), now)


def held(session: Session, transfer: Transfer, side: Side, now: datetime) -> None:
    """Tell the employee and the other side that the transfer stands still, and by whom."""
    text = (
        f"{{{side.value}}} has put the move of {{name}} from {{exporting}} to {{importing}} on hold. "
        "Nothing changes meanwhile.\n\nTo see where it stands, sign in to Lanyard."
    )
    others = [one for one in Side if one is not side]
    _tell_employee_and(session, transfer, others, "A move is on hold", text, now)


def blocked(session: Session, transfer: Transfer, sides: Collection[Side], now: datetime) -> None:
    """Tell those who can mend it, and the employee that it stands still."""
    text = (
        "The move of {name} from {exporting} to {importing} cannot happen as agreed, and stands still."
        "\n\nTo see what is to be done, sign in to Lanyard."
    )
    _tell_employee_and(session, transfer, sides, "A move is blocked", text, now)


def began_unwatched(session: Session, transfer: Transfer, now: datetime) -> None:
    """Tell officers of both departments that a move went ahead although something stands in its way."""
    _tell_officers(
        session,
        transfer,
        Side,
        "A move went ahead that would have been stopped",
        "The move of {name} from {exporting} to {importing} went ahead on its dates, as agreed, while "
        "Lanyard did not run to stop it. Something stands in its way. What that keeps closed stays closed; "
        "the rest begins as agreed.\n\nPlease look at it today: sign in to Lanyard and open Transfers.",
        now,
    )


def resumed(session: Session, transfer: Transfer, now: datetime) -> None:
    """Tell everybody who was told that it stood still."""
    text = (
        "The move of {name} from {exporting} to {importing} goes on.\n\nTo see its dates and "
        "whether it waits for you, sign in to Lanyard."
    )
    _tell_employee_and(session, transfer, Side, "A move goes on", text, now)


def redated(session: Session, transfer: Transfer, now: datetime) -> None:
    """Tell everybody that there are other dates, which both departments approve."""
    text = (
        "The move of {name} from {exporting} to {importing} has another start date. Both departments "
        "approve it again.\n\nTo see the dates, sign in to Lanyard."
    )
    _tell_employee_and(
        session, transfer, Side, "A move has another start date", text, now, but=transfer.redated_by
    )


def restart_asked(session: Session, transfer: Transfer, person_ids: Iterable[UUID], now: datetime) -> None:
    """Ask those of the old department who may answer whether the start was another day."""
    words = words_of(session, transfer, now)
    text = (
        "{importing} says that the move of {name} from {exporting} began on another day than is recorded. "
        "Your department agrees or not.\n\nTo see the dates, sign in to Lanyard and open Transfers."
    )
    for person_id in person_ids:
        mail(session, person_id, "Was a start date another day?", text, words, now)


def restart_refused(session: Session, transfer: Transfer, now: datetime) -> None:
    """Tell the new department that the dates stay as they are recorded."""
    text = (
        "{exporting} does not agree that the move of {name} began on another day, so its dates stay as they "
        "are recorded.\n\nTo see them, sign in to Lanyard and open Transfers."
    )
    _tell_officers(session, transfer, (Side.IMPORTING,), "A start date stays as it is", text, now)


def restart_taken_back(
    session: Session, transfer: Transfer, person_ids: Iterable[UUID], now: datetime
) -> None:
    """Tell those who were asked that the old department has nothing to answer any more."""
    words = words_of(session, transfer, now)
    text = (
        "{importing} has taken back what it said of the start of the move of {name} from {exporting}. Its "
        "dates stay as they are recorded, and your department has nothing to answer."
    )
    for person_id in person_ids:
        mail(session, person_id, "A start date stays as it is", text, words, now)


def restarted(session: Session, transfer: Transfer, now: datetime) -> None:
    """Tell the employee and both departments that the record says another day."""
    text = (
        "Both departments agree that the move of {name} from {exporting} to {importing} began on another "
        "day, and the record says so now. Payroll of both puts right what was paid.\n\nTo see the dates, "
        "sign in to Lanyard."
    )
    _tell_employee_and(session, transfer, Side, "The start date of a move was corrected", text, now)


def to_payroll(session: Session, transfer: Transfer, now: datetime) -> None:
    """Tell payroll of the new department that somebody comes, and what they are to take up."""
    payroll = who_may(session, Permission.CONFIRM_PAY, transfer.importing_organisation_id, now)
    asked(session, transfer, payroll, now)


def pay_corrected(session: Session, transfer: Transfer, side: Side, now: datetime) -> None:
    """Tell payroll of that side that what it was told of the first day was corrected since; never what."""
    text = (
        "What you were told of the start of {name}, who moved from {exporting} to {importing}, was "
        "corrected.\n\nTo see what is right, and to confirm that you have taken it up, sign in to Lanyard."
    )
    subject = "A correction after a move waits for payroll"
    words = words_of(session, transfer, now)
    for person_id in who_may(session, Permission.CONFIRM_PAY, organisation_of(transfer, side), now):
        if person_id != transfer.person_id:
            mail(session, person_id, subject, text, words, now)


def pay_wrong(session: Session, transfer: Transfer, now: datetime) -> None:
    """Tell the employee and HR of the new department that payroll puts something right."""
    text = (
        "Payroll of {importing} puts something right after the move of {name} from {exporting}.\n\nTo see "
        "what, and where it stands, sign in to Lanyard."
    )
    _tell_employee_and(session, transfer, (Side.IMPORTING,), "Payroll puts something right", text, now)


def remind(
    session: Session, transfer: Transfer, person_ids: Iterable[UUID], due_on: date, now: datetime
) -> None:
    """Remind who is to act of the day by which they do."""
    words = words_of(session, transfer, now) | {"due": f"{due_on:%-d %B %Y}"}
    for person_id in person_ids:
        mail(
            session,
            person_id,
            "A move waits for you",
            "In the move of {name} from {exporting} to {importing} something waits for you, by {due}.\n\n"
            "Sign in to Lanyard to do it.",
            words,
            now,
        )


def escalate(
    session: Session,
    transfer: Transfer,
    person_ids: Iterable[UUID],
    doer: Doer,
    side: Side | None,
    due_on: date,
    now: datetime,
) -> None:
    """Tell who sees to it that somebody is late, and who that is by their part in the move."""
    words = words_of(session, transfer, now) | {"due": f"{due_on:%-d %B %Y}"}
    words |= {"who": PARTS[doer].format(where=words[side.value] if side else "", name=words["name"])}
    for person_id in person_ids:
        mail(
            session,
            person_id,
            "A move is late",
            "The move of {name} from {exporting} to {importing} waits for {who}, who were to act by {due}. "
            "Please see to it that they do.\n\nTo see what is to be done, sign in to Lanyard and open "
            "Transfers.",
            words,
            now,
        )


def date_settled(session: Session, transfer: Transfer, managers: Iterable[UUID], now: datetime) -> None:
    """Tell everybody that the dates stand, and the old department what it still has to say."""
    text = (
        "{exporting} has not answered about the dates of the move of {name} to {importing}, so they stand as "
        "they were offered.\n\nWhether anything else stands against the move, {exporting} still says: "
        "nothing but the date is settled. Sign in to Lanyard to see who is to act."
    )
    _tell_employee_and(session, transfer, Side, "The dates of a move stand", text, now)
    asked(session, transfer, managers, now)


def review_due(
    session: Session, transfer: Transfer, side: Side, owner_id: UUID | None, now: datetime
) -> None:
    """Ask who put it on hold whether it goes on; where they are no officer any more, or None, all who are."""
    officers = _officers(session, transfer, (side,), now)
    for officer_id in [owner_id] if owner_id in officers else officers:
        mail(
            session,
            officer_id,
            "A hold is to be reviewed",
            "The move of {name} from {exporting} to {importing} is on hold, and it is time to look at it "
            "again.\n\nTo let it go on or to end it, sign in to Lanyard and open Transfers.",
            words_of(session, transfer, now),
            now,
        )


def _officers(session: Session, transfer: Transfer, sides: Iterable[Side], now: datetime) -> list[UUID]:
    found = [
        officer_id
        for side in sides
        for officer_id in who_may(session, Permission.APPROVE_TRANSFER, organisation_of(transfer, side), now)
    ]
    return [one for one in dict.fromkeys(found) if one != transfer.person_id]


def _tell_officers(
    session: Session,
    transfer: Transfer,
    sides: Iterable[Side],
    subject: str,
    text: str,
    now: datetime,
    *,
    but: UUID | None = None,
) -> None:
    words = words_of(session, transfer, now)
    for officer_id in _officers(session, transfer, sides, now):
        if officer_id != but:
            mail(session, officer_id, subject, text, words, now)


def _tell_employee_and(
    session: Session,
    transfer: Transfer,
    sides: Iterable[Side],
    subject: str,
    text: str,
    now: datetime,
    *,
    but: UUID | None = None,
) -> None:
    mail(session, transfer.person_id, subject, text, words_of(session, transfer, now), now)
    _tell_officers(session, transfer, sides, subject, text, now, but=but)


def _tell_employee(session: Session, transfer: Transfer, now: datetime) -> None:
    subject, text = TO_EMPLOYEE[transfer.state]
    mail(session, transfer.person_id, subject, text, words_of(session, transfer, now), now)
