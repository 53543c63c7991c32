"""Retention in words: what a kind of record is called, and how long it is kept."""

from collections.abc import Mapping

from flask_babel import ngettext

from app.translation import gettext as _
from profiles.retention.models import DeletionState
from profiles.retention.rules import FROM_BIRTH, RetainedKind


def kinds() -> Mapping[RetainedKind, str]:
    """What each kind is called."""
    return {
        RetainedKind.PAY: _("Pay on which no pension rests"),
        RetainedKind.PENSION: _("Pensions, and pay they rest on"),
        RetainedKind.SERVICE: _("Employments and postings"),
        RetainedKind.VETTING: _("Clearances and dispensations"),
        RetainedKind.LEAVE: _("Leave balances"),
        RetainedKind.ABSENCE: _("Absence summaries"),
        RetainedKind.CONTACT: _("Work addresses, numbers and offices"),
        RetainedKind.ROLE: _("Roles in Lanyard"),
        RetainedKind.GRANT: _("Access granted by hand"),
        RetainedKind.SUSPENSION: _("Suspensions, and marks of sensitive people"),
        RetainedKind.TRANSFER: _("Transfers and loans"),
        RetainedKind.CHANGE: _("Changes that officers asked for"),
        RetainedKind.IMPORT: _("Imports, and what was settled after them"),
        RetainedKind.RELEASE: _("The release log, and questions about it"),
        RetainedKind.REQUEST: _("Requests for what is held, and what people said is wrong"),
        RetainedKind.RECOVERY: _("Recoveries, and sign-ins that were reported"),
        RetainedKind.HOLD: _("Legal holds that were lifted"),
    }


def counted_from() -> Mapping[RetainedKind, str]:
    """What a kind's years count from."""
    return {
        **dict.fromkeys(RetainedKind, _("its last day")),
        **dict.fromkeys(FROM_BIRTH, _("the date of birth, once it is over")),
        RetainedKind.VETTING: _("expiry, lapse, withdrawal or another end"),
        RetainedKind.SUSPENSION: _("the day it was lifted"),
        RetainedKind.TRANSFER: _("its last step"),
        RetainedKind.CHANGE: _("the decision"),
        RetainedKind.IMPORT: _("its end"),
        RetainedKind.RELEASE: _("the release, or the last answer about it"),
        RetainedKind.REQUEST: _("the end of its answer"),
        RetainedKind.RECOVERY: _("its end"),
        RetainedKind.HOLD: _("the day it was lifted"),
    }


def kept_for(kind: RetainedKind, years: Mapping[RetainedKind, int]) -> str:
    """How long a kind is kept."""
    number = years[kind]
    if kind in FROM_BIRTH:
        return _("to age %(years)d", years=number)
    return str(ngettext("%(num)s year", "%(num)s years", number))


def states() -> Mapping[DeletionState, str]:
    """Where a deletion stands."""
    return {
        DeletionState.WAITING: _("Waits for a second officer"),
        DeletionState.CONFIRMED: _("Under way"),
        DeletionState.DONE: _("Done"),
        DeletionState.WITHDRAWN: _("Withdrawn"),
    }
