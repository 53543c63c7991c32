"""What HR of the old department hand on when they approve, in words, each with where it is corrected."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from sqlmodel import Session

from app.display_formats import civil_date
from app.portable_profile.presenting import Presenter
from app.portable_profile.words import statuses
from app.translation import gettext as _
from profiles.clearances.service import ClearanceView
from profiles.errors import Conflict
from profiles.portable_profile.employers import NEEDS
from profiles.portable_profile.kinds import MODELS, Kind
from profiles.portable_profile.models import Action
from profiles.portable_profile.reading import profile_as_of
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.temporal import INSTANT
from profiles.temporal import civil_date as day_of
from profiles.transfers.handed_on import HandedOn, handed_on
from profiles.transfers.models import Transfer
from profiles.transfers.shown import RELEASED

_GO_ALONG = (Kind.PENSION, Kind.LEAVE, Kind.ABSENCE)


@dataclass(frozen=True)
class Card:
    """One thing of the record: what it says, and where it is corrected or, where it is missing, added."""

    title: str
    rows: Sequence[tuple[str, str]]
    actions: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class HandingOn:
    """What goes along or is settled, and beside it the pay, which is only read, and the clearances."""

    carries: bool
    along: Sequence[Card]
    beside: Sequence[Card]

    @property
    def shown(self) -> dict[str, str]:
        """What the page shows of it, as ``profiles.transfers.shown`` keeps it."""
        found: dict[str, list[str]] = {}
        for card in (*self.along, *self.beside):
            said = "; ".join(f"{head}: {value}" for head, value in card.rows)
            found.setdefault(f"{RELEASED}{card.title}", []).append(said)
        return {name: " / ".join(said) for name, said in found.items()}


def handing_on(session: Session, transfer: Transfer, reader: Permissions, now: datetime) -> HandingOn | None:
    """What the officer hands on, as far as they may see it; None where nothing is left to hand on."""
    try:
        handed = handed_on(session, transfer, now)
    except Conflict:
        return None
    return _Cards(session, transfer, reader, now).of(handed)


class _Cards:
    def __init__(self, session: Session, transfer: Transfer, reader: Permissions, now: datetime) -> None:
        self._transfer, self._reader, self._now = transfer, reader, now
        last = transfer.leave_at - INSTANT
        nothing = profile_as_of(session, transfer.person_id, last, now, kinds=())
        self._presenter = Presenter(session, nothing, reader)

    def of(self, handed: HandedOn) -> HandingOn:
        along = [self._service(handed)] if handed.carries else []
        for kind in _GO_ALONG:
            if self._sees(NEEDS[kind]):
                along += self._kind(kind, [one for one in handed.released if isinstance(one, MODELS[kind])])
        beside: list[Card] = []
        if self._sees(NEEDS[Kind.PAY]):
            beside += self._kind(Kind.PAY, [handed.pay] if handed.pay else [])
        if self._sees(Permission.SEE_CLEARANCES):
            beside += [self._clearance(one, handed.taken) for one in handed.clearances]
        return HandingOn(handed.carries, along, beside)

    def _service(self, handed: HandedOn) -> Card:
        held = handed.employment
        said = [(_("Continuous service since"), civil_date(held.continuous_service_from))]
        return Card(_("Service"), said, self._correcting(Kind.EMPLOYMENT, held))

    def _kind(self, kind: Kind, rows: Iterable[Any]) -> list[Card]:
        """A card for each entry of a kind; one that says so where there is none."""
        cards = [
            Card(
                self._title(kind, one),
                [(head, cell) for head, cell in self._presenter.statements(kind, one) if _is_said(head)],
                self._correcting(kind, one),
            )
            for one in rows
        ]
        if cards:
            return cards
        return [
            Card(_titles()[kind], [(_("On their last day"), _("Nothing is recorded"))], self._adding(kind))
        ]

    def _title(self, kind: Kind, fact: Any) -> str:
        """With the first day of what begins only after the last day, such as the leave of the next year."""
        if fact.valid_from < self._transfer.leave_at:
            return _titles()[kind]
        return _("%(what)s from %(day)s", what=_titles()[kind], day=civil_date(fact.valid_from))

    def _clearance(self, one: ClearanceView, taken: ClearanceView | None) -> Card:
        said = [(_("Status"), statuses()[one.status])]
        days = ((_("Granted"), one.decided_on), (_("Usable through"), one.expires_on))
        said += [(head, civil_date(day)) for head, day in days if day is not None]
        return Card(
            _("Clearance %(level)s", level=one.level.value),
            [*said, (_("With the last day"), self._what_becomes(one, taken))],
            self._managing(one),
        )

    def _what_becomes(self, one: ClearanceView, taken: ClearanceView | None) -> str:
        if one != taken:
            return _("It stays behind")
        if one.level is self._transfer.required_level:
            return _("It goes along: your security officer has released it")
        return _("It stays behind, and the lower one that they need is granted from it")

    def _correcting(self, kind: Kind, fact: Any) -> list[tuple[str, str]]:
        if not self._changes(fact.organisation_id):
            return []
        return [(_("Correct"), self._href("people.change_fact", kind, fact))]

    def _adding(self, kind: Kind) -> list[tuple[str, str]]:
        if not self._changes(self._transfer.exporting_organisation_id):
            return []
        return [(_("Add"), url_for("people.add_fact", person_id=self._transfer.person_id, kind=kind.value))]

    def _managing(self, one: ClearanceView) -> list[tuple[str, str]]:
        if not self._sees(Permission.MANAGE_CLEARANCES):
            return []
        about: dict[str, Any] = {"person_id": self._transfer.person_id, "fact_id": one.clearance_id}
        return [(_("Manage"), url_for("people.clearance", **about))]

    def _href(self, endpoint: str, kind: Kind, fact: Any) -> str:
        """On the day on which the entry is so, which is what the page of a correction looks at."""
        at = max(self._now, fact.valid_from)
        at = min(at, fact.valid_to - INSTANT) if fact.valid_to else at
        day = day_of(at)
        on: dict[str, Any] = {} if day == day_of(self._now) else {"valid_on": [day.day, day.month, day.year]}
        return url_for(
            endpoint,
            person_id=self._transfer.person_id,
            kind=kind.value,
            fact_id=fact.fact_id,
            action=Action.CORRECT.value,
            **on,
        )

    def _changes(self, organisation_id: UUID) -> bool:
        own = self._reader.are_of(self._transfer.person_id)
        return not own and self._reader.allows(Permission.CHANGE_RECORDS, organisation_id)

    def _sees(self, permission: Permission) -> bool:
        return self._reader.allows(permission, self._transfer.exporting_organisation_id)


def _titles() -> Mapping[Kind, str]:
    return {
        Kind.PENSION: _("Pension"),
        Kind.LEAVE: _("Leave"),
        Kind.ABSENCE: _("Absence"),
        Kind.PAY: _("Pay now"),
    }


def _is_said(head: str) -> bool:
    """The employer is the reader's own department, and why a salary began is of no use to the new one."""
    return head not in (_("Employer"), _("Reason"), _("Scale"))
