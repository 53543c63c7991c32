"""How figures are said."""

import pytest

from app.figures import words


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (words.days(-1.25), "−1.2"),
        (words.days(3.0), "3.0"),
        (words.days(None), "–"),
    ],
)
def test_days_below_none_have_a_minus_sign(said: str, text: str) -> None:
    assert said == text


def test_so_have_hours_and_pounds(app) -> None:
    with app.test_request_context():
        assert words.between((-1200, 30)) == "−1,200 to 30"
        assert words.pounds_between((-150_000, 20_000)) == "−£1,500 to £200"
