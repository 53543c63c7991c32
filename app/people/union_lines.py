"""What a union or a split does, in words: a line for each fact that the officer may read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.access import permissions
from app.display_formats import civil_date, last_day
from app.people.effects import items_in_words
from app.portable_profile.presenting import DASH, Presenter
from app.portable_profile.words import kinds
from app.request_transaction import request_session, request_time
from app.transfers.presenting import PreviewItem
from app.translation import gettext as _
from profiles.clearances.models import Sponsorship
from profiles.entitlements.models import Entitlement
from profiles.entitlements.service import rules_of
from profiles.merges.foreseeing import Foreseen, Outcome
from profiles.merges.moving import MARK, SUSPENSION
from profiles.portable_profile.employers import NEEDS
from profiles.portable_profile.kinds import OF_THE_PERSON, OF_VETTING, Kind
from profiles.portable_profile.reading import profile_as_of
from profiles.roles.permissions import Permission
from profiles.temporal import Fact, history


@dataclass(frozen=True)
class Told:
    """The tables of a check: a caption, and rows of what, says, from, last day; and what changes at apps."""

    tables: tuple[tuple[str, list[list[str]]], ...]
    items: list[PreviewItem]
    elsewhere: bool


def in_tables(
    foreseen: Foreseen, survivor_id: UUID, captions: Mapping[Outcome, str], who: tuple[str, str]
) -> Told:
    """What is foreseen, in a table for each outcome; ``who`` are the survivor and the other."""
    reader = Reader(survivor_id)
    tables = []
    for outcome, caption in captions.items():
        rows = [
            reader.row(one.kind, one.fact)
            for one in foreseen.lines
            if one.outcome is outcome and reader.may_read(one.kind, one.fact)
        ]
        if rows:
            tables.append((caption, rows))
    mine = permissions().organisations(Permission.SEE_PEOPLE)
    items: list[PreviewItem] = []
    elsewhere = False
    for changes, name in zip((foreseen.survivor_access, foreseen.other_access), who, strict=True):
        ours = [one for one in changes if one.organisation_id in mine]
        items += items_in_words(ours, name)
        elsewhere = elsewhere or len(ours) < len(changes)
    return Told(tuple(tables), items, elsewhere)


class Reader:
    """What an officer may read of facts that go from one record to another, in words."""

    def __init__(self, survivor_id: UUID) -> None:
        session, now = request_session(), request_time()
        self._presenter = Presenter(session, profile_as_of(session, survivor_id, now, now))
        self._sponsors: dict[UUID, bool] = {}

    def may_read(self, kind: str, fact: Fact) -> bool:
        """Whether the officer may: their organisation's part, of kinds that their roles open."""
        if kind in (SUSPENSION, MARK):
            return False
        known = Kind(kind)
        mine = permissions().organisations(Permission.SEE_PEOPLE)
        if known in NEEDS:
            mine &= permissions().organisations(NEEDS[known])
        if known in OF_THE_PERSON:
            return bool(mine)
        if isinstance(fact, Entitlement):
            return rules_of(request_session(), fact.app_id, request_time()).organisation_id in mine
        if known in OF_VETTING and known is not Kind.SPONSORSHIP:
            clearance_id = fact.fact_id if known is Kind.CLEARANCE else getattr(fact, "clearance_id")  # noqa: B009
            return self._sponsored(clearance_id, mine)
        return getattr(fact, "organisation_id", None) in (None, *mine)

    def row(self, kind: str, fact: Fact) -> list[str]:
        """What it is, what it says, from when to when."""
        what = Kind(kind)
        said = [cell for _head, cell in self._presenter.statements(what, fact) if cell != DASH]
        until = last_day(fact.valid_to) if fact.valid_to else _("No end date")
        return [kinds()[what], "; ".join(said), civil_date(fact.valid_from), until]

    def _sponsored(self, clearance_id: UUID, mine: Iterable[UUID]) -> bool:
        if clearance_id not in self._sponsors:
            found: Any = history(request_session(), Sponsorship, request_time(), clearance_id=clearance_id)
            self._sponsors[clearance_id] = any(one.organisation_id in mine for one in found)
        return self._sponsors[clearance_id]
