"""A list of employment numbers, or a rule, becomes people; checked whole before anything is written.

The exporting organisation drafts, because it alone may say who works there.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.bulk_moves import notices, policy
from profiles.bulk_moves.models import BulkMove, BulkMoveMember, BulkMoveState, MemberState
from profiles.bulk_moves.steps import audit
from profiles.bulk_rows import insert_many
from profiles.columns import new_id
from profiles.employments.models import Employment, Posting, PostingKind
from profiles.errors import Invalid
from profiles.imports.records.facts import plain
from profiles.organisations import service as organisations
from profiles.organisations.grades import CommonGrade
from profiles.organisations.models import LocalGrade
from profiles.organisations.move_rules import MoveRules, rules_between
from profiles.roles.service import Permissions
from profiles.temporal import as_of, civil_date, start_of_day
from profiles.transfers.terms import LATEST_START

LONGEST_LIST = 20_000
LOOKED_UP_AT_ONCE = 500
LONGEST_NUMBER = 100
NAMED_AT_MOST = 5
"""So many lines of a list that nobody was found for are named."""


@dataclass(frozen=True)
class Draft:
    """What an officer asks for. ``numbers`` are None for a rule."""

    exporting_organisation_id: UUID
    importing_organisation_id: UUID
    start_date: date
    numbers: Sequence[str] | None = None
    include_subtree: bool = False
    common_grade: CommonGrade | None = None
    profession: str = ""
    ends_exporter: bool = False
    addresses_go_along: bool = True
    providers_go_along: bool = False


@dataclass(frozen=True)
class Found:
    """Somebody whom a list or a rule names, with the employment that moves."""

    person_id: UUID
    employment_id: UUID
    organisation_id: UUID
    number: str


def numbers_of(text: str) -> list[str]:
    """The employment numbers of a list: the first cell of each line that is not empty, each once."""
    lines = (
        re.split(r"[,;\t]", line, maxsplit=1)[0].strip().strip('"').strip() for line in text.splitlines()
    )
    found = list(dict.fromkeys(line for line in lines if line))
    if found and found[0].lower() in ("employment number", "number", "employment_number"):
        del found[0]
    return found


def draft(
    session: Session, now: datetime, *, officer_id: UUID, permissions: Permissions, wish: Draft
) -> BulkMove:
    """Begin a bulk move with its list. Raises Invalid naming the field, and NotPermitted."""
    places = _places(session, wish, now)
    policy.check_may_draft(permissions, places)
    check_terms(session, wish, now)
    return begin(session, now, officer_id, wish, _people(session, wish, places, now))


def begin(
    session: Session,
    now: datetime,
    officer_id: UUID,
    wish: Draft,
    people: Sequence[Found],
    reverses_id: UUID | None = None,
) -> BulkMove:
    """Begin a bulk move of these people, on terms that were checked."""
    move = BulkMove(
        exporting_organisation_id=wish.exporting_organisation_id,
        importing_organisation_id=wish.importing_organisation_id,
        regime=_rules(session, wish).regime,
        state=BulkMoveState.LIST_DRAFTED,
        by_list=wish.numbers is not None,
        include_subtree=wish.include_subtree,
        common_grade=wish.common_grade,
        profession=wish.profession.strip(),
        start_date=wish.start_date,
        starts_at=start_of_day(wish.start_date),
        ends_exporter=wish.ends_exporter,
        addresses_go_along=wish.addresses_go_along,
        providers_go_along=wish.providers_go_along,
        prepared_by=officer_id,
        created_at=now,
        reverses_id=reverses_id,
    )
    session.add(move)
    session.flush()
    add_members(session, move, people)
    audit(session, Event.BULK_MOVE_DRAFTED, move, officer_id, now, people=len(people))
    notices.waits_for_agreement(session, move, now)
    return move


def add_members(session: Session, move: BulkMove, people: Iterable[Found]) -> None:
    """Put people on the list; nobody has looked at their records yet."""
    rows: list[dict[str, Any]] = [
        {
            "id": plain(new_id()),
            "bulk_move_id": plain(move.id),
            "person_id": plain(one.person_id),
            "employment_id": plain(one.employment_id),
            "organisation_id": plain(one.organisation_id),
            "number": one.number,
            "state": MemberState.LISTED.value,
            "words": "",
            "in_flight": False,
            "new_number": "",
            "missing_details": "",
            "wrong_items": "",
        }
        for one in people
    ]
    if rows:
        insert_many(session, BulkMoveMember.__table__, rows)  # type: ignore[attr-defined]


def newcomers(session: Session, move: BulkMove, now: datetime) -> list[Found]:
    """Whom the rule of a move names by now, and the list does not hold yet; nobody for a list.

    Of the organisations on the list: officers have agreed for those, not for what was put below since.
    """
    if move.by_list:
        return []
    wish = Draft(
        move.exporting_organisation_id,
        move.importing_organisation_id,
        move.start_date,
        include_subtree=move.include_subtree,
        common_grade=move.common_grade,
        profession=move.profession,
    )
    on_the_list = select(BulkMoveMember.person_id, BulkMoveMember.organisation_id)
    rows = session.exec(on_the_list.where(col(BulkMoveMember.bulk_move_id) == move.id)).all()
    listed, places = {person_id for person_id, _ in rows}, {place for _, place in rows}
    found = _by_rule(session, wish, _places(session, wish, now) & places, now)
    return [one for one in found if one.person_id not in listed]


def _places(session: Session, wish: Draft, now: datetime) -> frozenset[UUID]:
    if not wish.include_subtree:
        return frozenset({wish.exporting_organisation_id})
    return organisations.tree(session, now).subtree_of(wish.exporting_organisation_id)


def check_terms(session: Session, wish: Draft, now: datetime) -> None:
    """Check all but the people, so that nobody makes a list in vain. Raises Invalid naming the field."""
    check_start(wish.start_date, now)
    at = start_of_day(wish.start_date)
    tree = organisations.tree(session, at, now)
    if wish.importing_organisation_id not in tree.organisations:
        raise Invalid(
            "Choose an organisation that exists on the start date.", field="importing_organisation_id"
        )
    if wish.importing_organisation_id in tree.subtree_of(wish.exporting_organisation_id):
        raise Invalid("Choose an organisation outside your own.", field="importing_organisation_id")
    if not _rules(session, wish).moves_many:
        raise Invalid(
            "Nobody is moved there by a list: each of them is appointed.", field="importing_organisation_id"
        )
    is_all = wish.numbers is None and wish.common_grade is None and not wish.profession.strip()
    if wish.ends_exporter and not is_all:
        raise Invalid("An organisation can end only with a move of all its people.", field="ends_exporter")
    if wish.providers_go_along and not wish.ends_exporter:
        raise Invalid(
            "Its sign-in provider goes along only where the organisation ends.", field="providers_go_along"
        )


def _rules(session: Session, wish: Draft) -> MoveRules:
    return rules_between(session, wish.exporting_organisation_id, wish.importing_organisation_id)


def check_start(start_date: date, now: datetime) -> None:
    """Raise Invalid unless a move can begin then."""
    today = civil_date(now)
    if start_date <= today:
        raise Invalid("The start date must be after today.", field="start_date")
    if start_date > today + LATEST_START:
        raise Invalid("The start date must be within two years.", field="start_date")


def _people(session: Session, wish: Draft, places: frozenset[UUID], now: datetime) -> list[Found]:
    if wish.numbers is None:
        found = _by_rule(session, wish, places, now)
        if not found:
            raise Invalid("Nobody works there who is meant by this.", field="profession")
        return found
    if not wish.numbers:
        raise Invalid("Enter at least one employment number.", field="numbers")
    if len(wish.numbers) > LONGEST_LIST:
        raise Invalid(f"A list has {LONGEST_LIST:,} numbers at most.", field="numbers")
    if any(len(one) > LONGEST_NUMBER or not one.isprintable() for one in wish.numbers):
        raise Invalid(
            "A line of this is no employment number. Save the list as CSV (UTF-8), one number on each line.",
            field="numbers",
        )
    return _by_number(session, wish.numbers, places, now)


def _by_number(
    session: Session, numbers: Sequence[str], places: frozenset[UUID], now: datetime
) -> list[Found]:
    by_number: dict[str, list[Found]] = {}
    for begin in range(0, len(numbers), LOOKED_UP_AT_ONCE):
        some = numbers[begin : begin + LOOKED_UP_AT_ONCE]
        for one in _employed(session, places, now, col(Employment.number).in_(some)):
            by_number.setdefault(one.number, []).append(one)
    unknown = [number for number in numbers if len(by_number.get(number, ())) != 1]
    if unknown:
        named = ", ".join(unknown[:NAMED_AT_MOST])
        more = f" and {len(unknown) - NAMED_AT_MOST:,} more" if len(unknown) > NAMED_AT_MOST else ""
        raise Invalid(
            f"Nobody works there under these numbers, or more than one person: {named}{more}.",
            field="numbers",
        )
    people = {one.person_id: one for number in numbers for one in by_number[number]}
    if len(people) != len(numbers):
        raise Invalid("Two of these numbers are the same person's. Leave one out.", field="numbers")
    return list(people.values())


def _by_rule(session: Session, wish: Draft, places: frozenset[UUID], now: datetime) -> list[Found]:
    conditions: list[Any] = []
    posting = select(Posting.id).where(
        as_of(Posting, now, now),
        col(Posting.employment_id) == col(Employment.fact_id),
        col(Posting.kind) == PostingKind.HOME,
    )
    if wish.profession.strip():
        conditions.append(posting.where(col(Posting.profession) == wish.profession.strip()).exists())
    if wish.common_grade is not None:
        graded = posting.join(
            LocalGrade,
            (col(LocalGrade.organisation_id) == col(Posting.organisation_id))
            & (col(LocalGrade.label) == col(Posting.local_grade)),
        ).where(as_of(LocalGrade, now, now), col(LocalGrade.common_grade) == wish.common_grade)
        conditions.append(graded.exists())
    # Of somebody who has two employments there, one; what is wrong with that is found when it is looked at.
    return list({one.person_id: one for one in _employed(session, places, now, *conditions)}.values())


def _employed(session: Session, places: frozenset[UUID], now: datetime, *conditions: Any) -> list[Found]:
    query = (
        select(Employment.person_id, Employment.fact_id, Employment.organisation_id, Employment.number)
        .where(as_of(Employment, now, now), col(Employment.organisation_id).in_(sorted(places)), *conditions)
        .order_by(col(Employment.id))
    )
    return [Found(*row) for row in session.exec(query)]
