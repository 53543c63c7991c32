"""How exactly a number is said."""

import pytest

from profiles.figures.counts import Count, Discretion, Share

EXACT, COARSE = Discretion(exact=True), Discretion(exact=False)


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (0, Count(0)),
        (1, Count(10, fewer=True)),
        (9, Count(10, fewer=True)),
        (10, Count(10)),
        (14, Count(10)),
        (16, Count(20)),
        (1234, Count(1230)),
    ],
)
def test_who_may_not_open_the_moves_reads_no_small_number(number: int, told: Count) -> None:
    assert COARSE.count(number) == told
    assert EXACT.count(number) == Count(number)


def test_a_small_part_is_told_as_the_most_that_it_can_be() -> None:
    assert COARSE.share(3, 1000) == Share(Count(10, fewer=True), Count(1000), 1.0)
    assert EXACT.share(3, 1000) == Share(Count(3), Count(1000), 0.3)
    assert COARSE.share(0, 1000) == Share(Count(0), Count(1000), 0.0)


def test_nothing_is_no_share_of_anything() -> None:
    assert EXACT.share(0, 0) is None
    assert COARSE.share(2, 9) is None
