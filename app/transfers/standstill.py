"""Why a transfer stands still, said to each reader as far as they may know."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.display_formats import civil_date
from app.transfers.presenting import TransferView
from app.translation import gettext as _
from profiles.entitlements.explanation import with_article
from profiles.people.service import display_name, name_of
from profiles.suspensions.service import find_account_suspension
from profiles.transfers import gates, interruptions, suspended_between, unwatched
from profiles.transfers.gates import Gate
from profiles.transfers.models import Side, TransferInterruption, TransferState


@dataclass(frozen=True)
class Standstill:
    """Why a transfer stands still, in the words that the reader may know."""

    heading: str
    lines: tuple[str, ...]


def standstill_of(
    session: Session, view: TransferView, sides: Collection[Side | None], now: datetime
) -> Standstill | None:
    """What to say of a transfer on hold or blocked to one side, or to the employee (None among ``sides``).

    Of one that went ahead unwatched, what stands in its way; None of one that goes its way.
    """
    stopped = interruptions.find_open(session, view.transfer.id)
    if stopped is None:
        return _went_ahead(session, view, sides, now)
    if stopped.side is None:
        return Standstill(
            _("This move is blocked"), tuple(_blocked_lines(session, view, stopped, sides, now))
        )
    whose = with_article(view.organisation_of(stopped.side))
    lines = [_("It is on hold for %(organisation)s. Nothing changes meanwhile.", organisation=whose)]
    if stopped.side in sides and stopped.owner_id is not None and stopped.review_on is not None:
        owner = display_name(name_of(session, stopped.owner_id, now))
        lines += [
            _("Reason, for your department only: %(reason)s", reason=stopped.reason),
            _(
                "%(name)s looks at it again on %(date)s.",
                name=owner,
                date=civil_date(stopped.review_on),
            ),
        ]
    return Standstill(_("This move is on hold"), tuple(lines))


def _went_ahead(
    session: Session, view: TransferView, sides: Collection[Side | None], now: datetime
) -> Standstill | None:
    """What was found last and still says something: of a doubt about the first day, until that comes."""
    if view.transfer.state is TransferState.COMPLETED:
        return None
    for found in unwatched.all_told(session, view.transfer):
        if not suspended_between.was_found(view.transfer, found):
            return Standstill(
                _("This move went ahead although something stood in its way"),
                tuple(_unwatched_lines(view, found, sides)),
            )
        in_doubt = _in_doubt(session, view, sides, now) if now < view.transfer.join_at else None
        if in_doubt is not None:
            return in_doubt
    return None


def _in_doubt(
    session: Session, view: TransferView, sides: Collection[Side | None], now: datetime
) -> Standstill | None:
    """Of an account that was suspended between the last day and the start, while it is."""
    if find_account_suspension(session, view.transfer.person_id, now) is None:
        return None
    lines = (
        _("The old post has ended, and the new one begins as agreed. What it concerns stays closed."),
        *_found_lines(view, (Gate.ACCOUNT,), sides),
    )
    return Standstill(_("Something stands in the way of the first day"), lines)


def _blocked_lines(
    session: Session,
    view: TransferView,
    stopped: TransferInterruption,
    sides: Collection[Side | None],
    now: datetime,
) -> list[str]:
    lines: list[str] = []
    waiting: dict[str, None] = {}
    for gate in gates.unpacked(stopped.gates):
        side = gates.MENDED_BY[gate]
        if side in sides:
            lines.append(_gate_words()[gate])
        else:
            whose = view.organisation_of(side)
            waiting[whose if side is None else with_article(whose)] = None
    lines += [
        _("Something must be settled by %(organisation)s first.", organisation=whose) for whose in waiting
    ]
    if stopped.resumes_to is TransferState.SCHEDULED and view.transfer.leave_at <= now:
        lines.append(
            _("The last day has passed meanwhile, so both departments agree on new dates afterwards.")
        )
    return lines


def _unwatched_lines(
    view: TransferView, found: TransferInterruption, sides: Collection[Side | None]
) -> list[str]:
    lines = [
        _(
            "Lanyard did not run when the last day ended, so nothing stopped it. The old post has ended and "
            "the new one begins as agreed. What needs the clearance or the account stays closed until it is "
            "mended."
        )
    ]
    return [*lines, *_found_lines(view, gates.unpacked(found.gates), sides)]


def _found_lines(view: TransferView, found: Iterable[Gate], sides: Collection[Side | None]) -> list[str]:
    """What it is, to the side that mends it; whose it is, to the others."""
    lines: dict[str, None] = {}
    for gate in found:
        side = gates.MENDED_BY[gate]
        if side in sides:
            lines[_found_words()[gate]] = None
        else:
            whose = view.name if side is None else with_article(view.organisation_of(side))
            lines[_("Something must be settled by %(organisation)s.", organisation=whose)] = None
    return list(lines)


def _found_words() -> Mapping[Gate, str]:
    return {
        Gate.RECORD: _("The old employment does not end with the last day: correct its record."),
        Gate.ORGANISATION: _("The new department did not exist on the start date: correct its record."),
        Gate.CLEARANCE: _("The clearance that goes along is suspended: a security officer decides."),
        Gate.REQUIRED: _(
            "The clearance that the new post needs is not there: a security officer records it."
        ),
        Gate.ACCOUNT: _("The account is suspended: a security officer decides."),
        Gate.SIGN_IN: _("You had no way to sign in that you keep: HR of the new department help you."),
    }


def _gate_words() -> Mapping[Gate, str]:
    return {
        Gate.RECORD: _(
            "The old employment does not end with the last day any more, because its record was changed. An "
            "officer of the old department lets the move go on, or objects."
        ),
        Gate.ORGANISATION: _("The new department does not exist on the start date."),
        Gate.CLEARANCE: _(
            "The clearance that goes along is suspended. The move goes on when the security officer has "
            "lifted the suspension, or withdrawn the clearance."
        ),
        Gate.REQUIRED: _(
            "The clearance that the new post needs is not there any more. The move goes on when a security "
            "officer of the new department has recorded it. Where they let them start before it, both "
            "departments approve the move anew."
        ),
        Gate.ACCOUNT: _(
            "The account is suspended. The move goes on when the security officer lifts the suspension."
        ),
        Gate.SIGN_IN: _(
            "You have no way to sign in any more that you keep after your last day. The move goes on when "
            "you have said below what you sign in with on your first morning."
        ),
    }
