"""The check that all pages pass must itself be able to fail."""

import pytest

from tests.app.page_checks import check_page, find_faults

GOOD = """<!DOCTYPE html><html lang="en"><head><title>Sign in – Lanyard</title></head><body><h1>Sign in</h1>
<form method="post"><label for="a">Name</label><input id="a" name="a"><button>Go</button></form>
</body></html>"""


def test_a_good_page_passes() -> None:
    check_page(GOOD)


@pytest.mark.parametrize(
    ("good", "bad", "fault"),
    [
        ("Sign in – Lanyard", " – Lanyard", "title"),
        ("Sign in – Lanyard", "Error: – Lanyard", "title"),
        ("Sign in – Lanyard", "Sign in", "title"),
        ("Sign in – Lanyard", "Error: Sign in – Lanyard", "only when"),
        ("<h1>", "<div class='govuk-error-summary'></div><h1>", "only when"),
        (' lang="en"', "", "lang"),
        ("<h1>Sign in</h1>", "", "h1"),
        ("<h1>", "<h1>Two</h1><h1>", "h1"),
        ('for="a"', "", "no label"),
        ('for="a"', 'for="b"', "names no element"),
        ("<form", '<p id="a">x</p><form', "2 times"),
        ("<form", '<a href="#gone">x</a><form', "leads to no element"),
        ("<form", "<p style='color:red'>x</p><form", "inline style"),
        ("<form", "<script>1</script><form", "without nonce"),
        ("<form", "<p onclick='x()'>x</p><form", "inline script"),
        ("<form", "<img alt='' src='http://cdn.example/x.png'><form", "elsewhere"),
        ("<form", "<img alt='' src='//cdn.example/x.png'><form", "elsewhere"),
        ("<form", "<img src='/x.png'><form", "no alt"),
        ("<button>Go", "<button>", "no text"),
        ("<form", "<p><div></p><form", "not valid HTML"),
    ],
)
def test_each_fault_is_found(good: str, bad: str, fault: str) -> None:
    assert any(fault in found for found in find_faults(GOOD.replace(good, bad)))
