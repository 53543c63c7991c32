"""What the migration that makes hours a term leaves of a transfer that is there: nothing is said of them."""

from tests.architecture.conftest import Before


def test_a_transfer_that_is_there_says_nothing_of_hours_and_goes_back_again(before: Before) -> None:
    before.to("0106")
    later = {"mitigations": "", "dates_offered_on": "2020-01-01", "regime": "civil_service"}
    moved = before.move(**later)
    before.to("0109")
    (found,) = before.rows(
        "SELECT fte_thousandths, contract_type, pay_location FROM transfers WHERE id = :id", id=moved
    )
    assert tuple(found) == (None, None, "")
    before.back_to("0106")
    assert before.one("SELECT state FROM transfers WHERE id = :id", id=moved) == "in_progress"
