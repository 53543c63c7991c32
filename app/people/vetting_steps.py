"""What a security officer can record of a clearance, as one table: when each step fits, and what it asks."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import current_app

from app.people.vetting_forms import (
    Fields,
    caveat_fields,
    corrected_fields,
    decided_fields,
    event_fields,
    extended_fields,
    shared_fields,
)
from app.translation import gettext as _
from profiles.clearances.correcting import CORRECTED, RECORDED_ON_A_PAGE, decided_last_day
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import CaveatKind, ClearanceEventKind
from profiles.clearances.models import ClearanceStatus as S
from profiles.clearances.states import OVER, USABLE
from profiles.organisations.service import OrganisationView
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action
from profiles.portable_profile.reading import Profile
from profiles.portable_profile.vetting import APPRAISED
from profiles.temporal import end_of_day, start_of_day


@dataclass(frozen=True)
class Held:
    """A clearance as it is now, and for which organisation the officer speaks."""

    profile: Profile
    row: Any
    organisation_id: UUID
    is_primary: bool


@dataclass(frozen=True)
class Step:
    """One step: ``text`` names it on a link, ``lead`` says what it means.

    ``said`` is what the form holds before anything is typed.
    """

    text: Callable[[], str]
    lead: Callable[[], str]
    statuses: Collection[S]
    fields: Callable[[Held, Sequence[OrganisationView]], Fields]
    values: Callable[[Held, Mapping[str, Any]], dict[str, Any]]
    kind: Kind = Kind.CLEARANCE
    action: Action = Action.STEP
    also_sharing: bool = False
    said: Callable[[Held], Mapping[str, Any]] = lambda _held: {}
    only: Callable[[Held], bool] = lambda _held: True

    def fits(self, held: Held) -> bool:
        """Whether this clearance stands so that it can be recorded by this organisation."""
        is_ours = held.is_primary or self.also_sharing
        return held.row.status in self.statuses and is_ours and self.only(held)


def _goes_on(present: S, following: S, text: Callable[[], str], lead: Callable[[], str]) -> Step:
    return Step(text, lead, {present}, lambda _held, _all: {}, lambda _held, _typed: {"status": following})


def _is_decided(present: S, text: Callable[[], str], lead: Callable[[], str]) -> Step:
    return Step(
        text,
        lead,
        {present},
        lambda _held, _all: decided_fields(),
        lambda _held, typed: {
            "status": S.ACTIVE,
            "decided_on": typed["decided_on"],
            "expires_on": typed["expires_on"],
            "review_due_on": typed["review_due_on"],
        },
    )


def _event_kinds(level: ClearanceLevel) -> list[ClearanceEventKind]:
    never = {ClearanceEventKind.EXTENDED} | (set() if level in APPRAISED else {ClearanceEventKind.APPRAISAL})
    return [one for one in ClearanceEventKind if one not in never]


def _shared(held: Held, typed: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "clearance_id": held.row.fact_id,
        "organisation_id": UUID(typed["organisation_id"]),
        "valid_from": start_of_day(typed["first_day"]),
        "valid_to": end_of_day(typed["last_day"]) if typed["last_day"] else None,
    }


def _caveat(held: Held, typed: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "clearance_id": held.row.fact_id,
        "name": typed["name"],
        "kind": CaveatKind(typed["kind"]),
        "organisation_id": UUID(typed["organisation_id"]) if typed["organisation_id"] else None,
    }


def _decision(held: Held) -> dict[str, Any]:
    """What is recorded of the decision; a last day that follows from it follows from the right one then."""
    row, periods = held.row, current_app.config["CLEARANCE_PERIODS"]
    last_day = decided_last_day(row)
    usual = [one.longest(row.level, row.decided_on) for one in (periods, periods.of_contractors())]
    said = {"level": row.level.value, "decided_on": row.decided_on, "review_due_on": row.review_due_on}
    if row.source.startswith(RECORDED_ON_A_PAGE):
        said["source"] = row.source.removeprefix(RECORDED_ON_A_PAGE)
    return said | {"expires_on": None if last_day in usual else last_day}


def _event(held: Held, typed: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "clearance_id": held.row.fact_id,
        "kind": ClearanceEventKind(typed["kind"]),
        "valid_from": start_of_day(typed["happened_at"]),
        "reference": typed["reference"],
        "review_due_on": typed["review_due_on"],
    }


STEPS: Mapping[str, Step] = {
    "confirm-bpss": _goes_on(
        S.REQUESTED,
        S.BPSS_CONFIRMED,
        lambda: _("Confirm the BPSS"),
        lambda: _("The check before employment is done."),
    ),
    "begin-vetting": _goes_on(
        S.BPSS_CONFIRMED,
        S.IN_VETTING,
        lambda: _("Record that vetting began"),
        lambda: _("The vetting authority has the application."),
    ),
    "grant": _is_decided(
        S.IN_VETTING,
        lambda: _("Record that it was granted"),
        lambda: _("Record what the vetting authority decided. Lanyard grants nothing."),
    ),
    "begin-renewal": _goes_on(
        S.ACTIVE,
        S.RENEWAL_IN_PROGRESS,
        lambda: _("Begin a renewal"),
        lambda: _("The vetting authority has the application. The clearance stays usable until it expires."),
    ),
    "renew": _is_decided(
        S.RENEWAL_IN_PROGRESS,
        lambda: _("Record the renewal"),
        lambda: _("It counts from the day of the new decision."),
    ),
    "lift": _goes_on(
        S.SUSPENDED,
        S.ACTIVE,
        lambda: _("Lift the suspension"),
        lambda: _("The clearance can be used again, until the day on which it expires."),
    ),
    "ask-reinstatement": _goes_on(
        S.LAPSED,
        S.REINSTATEMENT_REQUESTED,
        lambda: _("Ask for reinstatement"),
        lambda: _("The vetting authority is asked whether a clearance that lapsed counts again."),
    ),
    "reinstate": _goes_on(
        S.REINSTATEMENT_REQUESTED,
        S.ACTIVE,
        lambda: _("Record the reinstatement"),
        lambda: _("It counts again, until the day on which it expires."),
    ),
    "correct": Step(
        lambda: _("Correct the decision"),
        lambda: _(
            "Say what the vetting authority decided, where the record has it wrong. What was recorded stays"
            " in the history."
        ),
        CORRECTED,
        lambda _held, _all: corrected_fields(),
        lambda _held, typed: {
            "level": ClearanceLevel(typed["level"]),
            "decided_on": typed["decided_on"],
            "expires_on": typed["expires_on"],
            "review_due_on": typed["review_due_on"],
        },
        action=Action.CORRECT,
        said=_decision,
    ),
    "take-back": Step(
        lambda: _("Take back what was recorded last"),
        lambda: _(
            "It was recorded by mistake, for example of somebody else: it never was so, and what was believed"
            " before it is so again. A second officer decides. What was recorded stays in the history."
        ),
        frozenset(S),
        lambda _held, _all: {},
        lambda _held, _typed: {},
        action=Action.TAKE_BACK,
        only=lambda held: bool(held.row.source.startswith(RECORDED_ON_A_PAGE)),
    ),
    "extend": Step(
        lambda: _("Extend it"),
        lambda: _("The vetting authority lets it be used for longer, also beyond what the level lasts."),
        USABLE,
        lambda _held, _all: extended_fields(),
        lambda _held, typed: {"expires_on": typed["until"]},
        action=Action.EXTEND,
    ),
    "share": Step(
        lambda: _("Share it with another organisation"),
        lambda: _("It can be relied on there too, for example in a loan. You stay the sponsor."),
        USABLE,
        lambda held, everybody: shared_fields([one for one in everybody if one.id != held.organisation_id]),
        _shared,
        kind=Kind.SPONSORSHIP,
        action=Action.ADD,
    ),
    "caveat": Step(
        lambda: _("Add a caveat"),
        lambda: _("A limit takes effect at once. No app is ever told of a caveat."),
        USABLE | {S.SUSPENDED},
        lambda _held, everybody: caveat_fields(everybody),
        _caveat,
        kind=Kind.CAVEAT,
        action=Action.ADD,
    ),
    "event": Step(
        lambda: _("Record what happened"),
        lambda: _(
            "Reviews, appraisals, incidents and changes of circumstances. None of them changes access."
        ),
        frozenset(S) - OVER,
        lambda held, _all: event_fields(_event_kinds(held.row.level)),
        _event,
        kind=Kind.CLEARANCE_EVENT,
        action=Action.ADD,
        also_sharing=True,
    ),
}
