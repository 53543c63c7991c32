"""The preview of a move is what the move then does."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from profiles.entitlements.explanation import sentences
from profiles.entitlements.models import Entitlement
from profiles.entitlements.preview import Change
from profiles.entitlements.service import access_of
from profiles.temporal import record
from profiles.transfers.ending import withdraw
from profiles.transfers.models import Side, Transfer
from profiles.transfers.preview import MovePreview, preview_move
from tests.factories.apps_of_move import AppsOfMove, make_apps
from tests.factories.organisations import LONG_AGO, PROVENANCE
from tests.factories.transfers import RELEASE, Move

LEAVE = datetime(2026, 3, 14, tzinfo=UTC)
JOIN = datetime(2026, 3, 16, tzinfo=UTC)


@pytest.fixture
def apps(move: Move) -> AppsOfMove:
    return make_apps(move)


def previewed(move: Move, transfer: Transfer, **where: object) -> MovePreview:
    return preview_move(move.session, transfer, move.now, **where)  # type: ignore[arg-type]


def in_words(preview: MovePreview) -> list[tuple[object, ...]]:
    return [
        (
            one.app_name,
            one.change,
            one.at,
            one.roles_before,
            one.roles_after,
            sentences(one.reasons_before),
            sentences(one.reasons),
        )
        for one in preview.changes
    ]


def open_apps(move: Move, at: datetime) -> set[str]:
    return {
        rules.app_name for rules, decision in access_of(move.session, move.employee, at) if decision.allowed
    }


def test_the_old_app_ends_with_leave_and_the_new_one_begins_with_join(move: Move, apps: AppsOfMove) -> None:
    changes = previewed(move, move.prepare()).changes
    assert [(one.app_name, one.change, one.at) for one in changes] == [
        ("Tax Desk", Change.ENDS, LEAVE),
        ("Visa Desk", Change.BEGINS, JOIN),
    ]


def test_what_is_shown_is_what_scheduling_does(move: Move, apps: AppsOfMove) -> None:
    transfer = move.prepare()
    before = in_words(previewed(move, transfer))
    move.approve(transfer, Side.IMPORTING, move.home_office_officer)
    move.approve(transfer, Side.EXPORTING, move.hmrc_officer)
    assert in_words(previewed(move, transfer)) == before
    assert open_apps(move, LEAVE) == set()
    assert open_apps(move, JOIN) == {"Visa Desk"}


def test_an_app_that_hangs_on_the_clearance_is_named_while_it_is_open(move: Move, apps: AppsOfMove) -> None:
    transfer = move.begin()
    assert previewed(move, transfer).needs_clearance == ("Visa Desk",)
    move.do_tasks(transfer)
    assert previewed(move, transfer).needs_clearance == ()


@pytest.mark.parametrize("changes", [{}, {"required_level": None}])
def test_a_clearance_that_lapses_for_certain_opens_nothing(
    move: Move, apps: AppsOfMove, changes: dict[str, None]
) -> None:
    """The old department has said that it keeps it, or nobody has asked for it."""
    transfer = move.begin(**changes)
    if not changes:
        move.do_tasks(transfer, released=False)
    preview = previewed(move, transfer)
    assert ([one.app_name for one in preview.changes], preview.needs_clearance) == (["Tax Desk"], ())


def test_without_release_the_new_app_does_not_begin(move: Move, apps: AppsOfMove) -> None:
    transfer = move.schedule(replace(RELEASE, clearance_released=False))
    preview = previewed(move, transfer)
    assert [one.app_name for one in preview.changes] == ["Tax Desk"]
    assert preview.needs_clearance == ()


def test_each_side_sees_its_own_apps_only(move: Move, apps: AppsOfMove) -> None:
    transfer = move.prepare()
    for organisation, app in ((move.hmrc, "Tax Desk"), (move.home_office, "Visa Desk")):
        changes = previewed(move, transfer, organisation_ids={organisation.id}).changes
        assert [one.app_name for one in changes] == [app]


def test_a_role_given_by_hand_ends_too(move: Move, apps: AppsOfMove) -> None:
    grant = Entitlement(
        person_id=move.employee,
        app_id=apps.visa_desk.id,
        role_name="manager",
        approved_by=move.hmrc_officer,
        **PROVENANCE.stamp(move.now, LONG_AGO),
    )
    record(move.session, grant)
    change = previewed(move, move.prepare()).changes[1]
    assert (change.roles_before, change.roles_after) == (("Manager",), ("Caseworker",))


def test_a_start_today_looks_at_the_moment_before_it(move: Move, apps: AppsOfMove) -> None:
    transfer = move.prepare(start_date=date(2026, 3, 2), last_day=None)
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    assert {(one.app_name, one.at) for one in previewed(move, transfer).changes} == {
        ("Tax Desk", midnight),
        ("Visa Desk", midnight),
    }


def test_a_move_that_was_ended_changes_nothing(move: Move, apps: AppsOfMove) -> None:
    transfer = move.prepare()
    withdraw(move.session, move.now, transfer_id=transfer.id, person_id=move.employee)
    assert previewed(move, transfer) == MovePreview(())


def test_previewing_writes_nothing(move: Move, apps: AppsOfMove) -> None:
    transfer = move.prepare()
    previewed(move, transfer)
    assert not move.session.new
    assert not move.session.dirty
    assert open_apps(move, JOIN) == {"Tax Desk"}
