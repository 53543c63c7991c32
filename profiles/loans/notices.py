"""The mails of a loan: to the employee and to officers. They say a name, never a reason."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session

from profiles.entitlements.explanation import with_article
from profiles.errors import NotFound
from profiles.loans.models import Loan, LoanSide
from profiles.loans.policy import organisation_of
from profiles.organisations import service as organisations
from profiles.outbox.service import send_mail
from profiles.people.service import addresses_of, display_name, name_of
from profiles.roles.permissions import Permission
from profiles.roles.service import who_may
from profiles.temporal import civil_date
from profiles.transfers import nobody
from profiles.transfers.parts import Doer


class Notice(StrEnum):
    """What people are told of."""

    DRAFTED = "drafted"
    SUBMITTED = "submitted"
    HOME_APPROVED = "home_approved"
    DESCRIBED = "described"
    TO_SIGN = "to_sign"
    SCHEDULED = "scheduled"
    ENDED = "ended"
    HELD = "held"
    RESUMED = "resumed"
    CHANGED = "changed"
    EXTENSION_PROPOSED = "extension_proposed"
    EXTENDED = "extended"
    EXTENSION_REFUSED = "extension_refused"
    RETURN_DUE = "return_due"
    ENDED_EARLY = "ended_early"
    OVERDUE = "overdue"
    RETURNED = "returned"
    CONVERTED = "converted"
    RESTART_ASKED = "restart_asked"
    RESTART_REFUSED = "restart_refused"
    RESTARTED = "restarted"


_BOTH = tuple(LoanSide)
_LOOK = "\n\nTo see where it stands and who is to act, sign in to Lanyard."

_TO_EMPLOYEE: dict[Notice, tuple[str, str]] = {
    Notice.DRAFTED: (
        "A loan to another organisation waits for you",
        "HR of {home} have prepared a loan to {host} for you. Nothing happens before you agree.\n\nTo read "
        "it "
        "and to send it on, sign in to Lanyard and open your profile.",
    ),
    Notice.HOME_APPROVED: (
        "Your loan is approved at home",
        "{home} has approved your loan to {host}, which now looks at it." + _LOOK,
    ),
    Notice.TO_SIGN: (
        "Your loan agreement waits for your signature",
        "{home} and {host} have approved your loan.\n\nTo read the agreement and to sign it, sign in to "
        "Lanyard "
        "and open your profile.",
    ),
    Notice.SCHEDULED: (
        "Your loan is agreed",
        "Your loan from {home} to {host} is agreed, and begins by itself on its start date. On the same "
        "day your "
        "access at {home} goes to sleep, and it is back on the day after the loan.\n\nTo see the dates and "
        "what "
        "changes at your apps, sign in to Lanyard and open your profile.",
    ),
    Notice.ENDED: (
        "Your loan does not happen",
        "The loan from {home} to {host} has ended before it began. Nothing changes for you." + _LOOK,
    ),
    Notice.CHANGED: (
        "Your loan was changed",
        "HR of {home} have changed your loan to {host}. It is agreed again from the beginning.\n\nTo read "
        "it and "
        "to send it on, sign in to Lanyard and open your profile.",
    ),
    Notice.EXTENSION_PROPOSED: (
        "An extension of your loan waits for you",
        "It is proposed that your loan to {host} lasts longer. It does when {home}, {host} and you have "
        "agreed."
        "\n\nTo read it and to sign or refuse it, sign in to Lanyard and open your profile.",
    ),
    Notice.OVERDUE: (
        "Your loan has ended",
        "Your loan to {host} has ended, and with it your access there. HR of {home} have not said yet that "
        "you "
        "are back." + _LOOK,
    ),
    Notice.CONVERTED: (
        "You have moved from your loan",
        "You work for {host} now, so your loan from {home} has ended.",
    ),
}

_TO_OFFICERS: dict[Notice, tuple[tuple[LoanSide, ...], str, str]] = {
    Notice.SUBMITTED: (
        (LoanSide.HOME,),
        "A loan waits for approval",
        "The loan of {name} from {home} to {host} waits for the approval of {home}.\n\nTo see what it "
        "changes "
        "and to approve or decline it, sign in to Lanyard and open Loans.",
    ),
    Notice.HOME_APPROVED: (
        (LoanSide.HOST,),
        "Somebody is to come on loan",
        "{home} offers {name} on loan to {host}.\n\nTo describe the post that they are to have, or to "
        "decline, "
        "sign in to Lanyard and open Loans. A colleague of yours approves it then.",
    ),
    Notice.DESCRIBED: (
        (LoanSide.HOST,),
        "A loan waits for approval",
        "The loan of {name} from {home} to {host} waits for the approval of {host}.\n\nTo see what it "
        "changes "
        "and to approve or decline it, sign in to Lanyard and open Loans.",
    ),
    Notice.SCHEDULED: (
        _BOTH,
        "A loan is agreed",
        "The loan of {name} from {home} to {host} is agreed." + _LOOK,
    ),
    Notice.ENDED: (
        _BOTH,
        "A loan does not happen",
        "The loan of {name} from {home} to {host} has ended before it began." + _LOOK,
    ),
    Notice.EXTENSION_PROPOSED: (
        _BOTH,
        "The extension of a loan waits for approval",
        "It is proposed that the loan of {name} from {home} to {host} lasts longer.\n\nTo approve or "
        "refuse it, "
        "sign in to Lanyard and open Loans.",
    ),
    Notice.OVERDUE: (
        (LoanSide.HOME,),
        "Somebody is to be back from a loan",
        "The loan of {name} from {home} to {host} has ended, and nobody has said that they are back.\n\nTo "
        "confirm it, sign in to Lanyard and open Loans.",
    ),
}

_TO_ALL: dict[Notice, tuple[str, str]] = {
    Notice.HELD: (
        "A loan is on hold",
        "The loan of {name} from {home} to {host} is on hold. Nothing changes meanwhile." + _LOOK,
    ),
    Notice.RESUMED: ("A loan goes on", "The loan of {name} from {home} to {host} goes on." + _LOOK),
    Notice.EXTENDED: (
        "A loan lasts longer",
        "{home}, {host} and {name} have agreed that the loan lasts longer." + _LOOK,
    ),
    Notice.EXTENSION_REFUSED: (
        "A loan is not extended",
        "The loan of {name} from {home} to {host} is not extended, and ends on its last day." + _LOOK,
    ),
    Notice.RETURN_DUE: (
        "A loan ends soon",
        "The loan of {name} from {home} to {host} ends soon. Access at {host} ends with the last day, and "
        "access "
        "at {home} is back on the next.\n\nTo see the last day, and what is to be done before it, sign in to "
        "Lanyard.",
    ),
    Notice.ENDED_EARLY: (
        "A loan ends earlier",
        "The loan of {name} from {home} to {host} ends earlier than agreed." + _LOOK,
    ),
    Notice.RESTARTED: (
        "The first day of a loan is another one",
        "The loan of {name} from {home} to {host} began on another day than was recorded. The record says so "
        "now, and access today is as it was." + _LOOK,
    ),
    Notice.RETURNED: ("Back from a loan", "{name} is back at {home} from the loan to {host}."),
}


_TO_SOME: dict[Notice, tuple[str, str]] = {
    Notice.RESTART_ASKED: (
        "A loan began on another day",
        "It is said that the loan of {name} from {home} to {host} began on another day than is recorded. "
        "Nothing changes before HR of {home} agree.\n\nTo see which day, and to agree or not, sign in to "
        "Lanyard and open Loans.",
    ),
    Notice.RESTART_REFUSED: (
        "The first day of a loan stays as it is",
        "Of the loan of {name} from {home} to {host} it was said that it began on another day. That is not "
        "so any more: it was not agreed, or taken back." + _LOOK,
    ),
}
"""To those officers whom it is about."""


def tell_these(
    session: Session, notice: Notice, loan: Loan, person_ids: Iterable[UUID | None], now: datetime
) -> None:
    """Tell these officers."""
    subject, text = _TO_SOME[notice]
    _mail(session, loan, [one for one in person_ids if one], subject, text, now, {loan.person_id})


def tell(
    session: Session, notice: Notice, loan: Loan, now: datetime, *, but: Iterable[UUID | None] = ()
) -> None:
    """Tell whoever this notice is for, except these: they have just done it themselves."""
    left_out = set(but)
    if notice in _TO_ALL:
        subject, text = _TO_ALL[notice]
        officers = _officers(session, loan, _BOTH, now)
        _mail(session, loan, [loan.person_id, *officers], subject, text, now, left_out)
        return
    if notice in _TO_EMPLOYEE:
        _mail(session, loan, [loan.person_id], *_TO_EMPLOYEE[notice], now, left_out)
    if notice in _TO_OFFICERS:
        sides, subject, text = _TO_OFFICERS[notice]
        _mail(session, loan, _officers(session, loan, sides, now), subject, text, now, left_out)


def ask_security(session: Session, loan: Loan, now: datetime) -> None:
    """Ask the home organisation's security officers whether the clearance is shared."""
    text = (
        "{name} is to go on loan from {home} to {host}, and there is something that only you can say."
        "\n\nTo agree or to decline, sign in to Lanyard and open your profile: “Loans that wait for you”."
    )
    _to_security(session, loan, text, now)


def ask_for_clearance(session: Session, loan: Loan, now: datetime) -> None:
    """Tell the same officers that a signed loan waits for a clearance, which the mail does not say."""
    text = (
        "The loan of {name} from {home} to {host} is signed, and waits for something that you can settle."
        "\n\nTo see what, sign in to Lanyard and open your profile: “Loans that wait for you”."
    )
    _to_security(session, loan, text, now)


def _to_security(session: Session, loan: Loan, text: str, now: datetime) -> None:
    security = who_may(session, Permission.MANAGE_CLEARANCES, loan.home_organisation_id, now)
    if not set(security) - {loan.person_id}:
        nobody.tell_administrators(session, loan.home_organisation_id, Doer.SECURITY_OFFICER, now)
    _mail(session, loan, security, "A loan waits for a security officer", text, now, {loan.person_id})


def review_due(session: Session, loan: Loan, owner_id: UUID | None, now: datetime) -> None:
    """Ask who put it on hold whether it goes on; where they are no officer any more, or None, all who are.

    HR of home are asked where the record stopped it.
    """
    officers = _officers(session, loan, (loan.hold_side or LoanSide.HOME,), now)
    asked = [owner_id] if owner_id in officers else officers
    text = (
        "The loan of {name} from {home} to {host} is on hold, and it is time to look at it again.\n\nTo let "
        "it go on or to end it, sign in to Lanyard and open Loans."
    )
    _mail(session, loan, [one for one in asked if one], "A hold is to be reviewed", text, now, set())


def remind(session: Session, loan: Loan, person_ids: Iterable[UUID], due_on: date, now: datetime) -> None:
    """Remind who is to act of the day by which they do."""
    text = (
        "In the loan of {name} from {home} to {host} something waits for you, by "
        f"{due_on:%-d %B %Y}.\n\nSign in to Lanyard to do it."
    )
    _mail(session, loan, person_ids, "A loan waits for you", text, now, set())


def escalate(
    session: Session,
    loan: Loan,
    person_ids: Iterable[UUID],
    side: LoanSide | None,
    due_on: date,
    now: datetime,
    *,
    by_security: bool,
) -> None:
    """Tell who sees to it that somebody is late: the employee, HR of a side, or its security officers."""
    place = "{" + side.value + "}" if side else ""
    who = (f"the security officers of {place}" if by_security else f"HR of {place}") if side else "{name}"
    text = (
        f"The loan of {{name}} from {{home}} to {{host}} waits for {who}, who were to act by "
        f"{due_on:%-d %B %Y}. Please see to it that they do.\n\nTo see what is to be done, sign in to "
        "Lanyard and open Loans."
    )
    _mail(session, loan, person_ids, "A loan is late", text, now, set())


def _officers(session: Session, loan: Loan, sides: Iterable[LoanSide], now: datetime) -> list[UUID]:
    """Those who decide on loans for these sides; of the host's nobody, while it must not know."""
    return [
        officer_id
        for side in sides
        if side is LoanSide.HOME or loan.host_informed
        for officer_id in who_may(session, Permission.APPROVE_TRANSFER, organisation_of(loan, side), now)
        if officer_id != loan.person_id
    ]


def _mail(
    session: Session,
    loan: Loan,
    person_ids: Iterable[UUID],
    subject: str,
    text: str,
    now: datetime,
    left_out: set[UUID | None],
) -> None:
    """Write to each person's newest address, once; whoever has none finds the same on their pages."""
    words = {
        "name": display_name(name_of(session, loan.person_id, now)),
        "home": _name(session, loan, LoanSide.HOME, now),
        "host": _name(session, loan, LoanSide.HOST, now),
    }
    said = text.format(**words)
    body = f"{said[:1].upper()}{said[1:]}\n\nSent on {civil_date(now):%-d %B %Y} by Lanyard. Do not reply.\n"
    for person_id in dict.fromkeys(person_ids):
        addresses = addresses_of(session, person_id, now) if person_id not in left_out else []
        if addresses:
            send_mail(session, addresses[-1], subject, body, now=now, person_id=person_id)


def _name(session: Session, loan: Loan, side: LoanSide, now: datetime) -> str:
    """The organisation's name; one that was closed meanwhile is called as when the loan was drafted."""
    organisation_id = organisation_of(loan, side)
    try:
        return with_article(organisations.get(session, organisation_id, now).name)
    except NotFound:
        return with_article(organisations.get(session, organisation_id, loan.created_at).name)
