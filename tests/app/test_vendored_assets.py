"""The vendored files are the published ones, and nothing that only gov.uk may use came with them."""

import hashlib
import re
from importlib.metadata import version
from pathlib import Path

VENDORED = Path(__file__).resolve().parents[2] / "app" / "static" / "govuk-frontend"
README = (VENDORED / "README.md").read_text(encoding="utf-8")


def test_each_file_has_the_sum_that_the_readme_gives() -> None:
    sums = dict(re.findall(r"^\| (\S+) \| ([0-9a-f]{64}) \|$", README, re.MULTILINE))
    assert sums == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDORED.glob("*.min.*")
    }


def test_the_stylesheet_is_of_the_version_that_the_readme_names() -> None:
    stated = re.findall(r"^# GOV.UK Frontend (\S+)$", README, re.MULTILINE)
    assert f'--govuk-frontend-version:"{stated[0]}"' in (VENDORED / "govuk-frontend.min.css").read_text()


def test_the_templates_are_of_the_version_that_the_assets_were_chosen_for() -> None:
    assert version("govuk-frontend-jinja").startswith("4.1.")


def test_no_typeface_and_no_picture_is_shipped() -> None:
    names = {path.name for path in VENDORED.rglob("*") if path.is_file()}
    assert names == {"LICENSE", "README.md", "govuk-frontend.min.css", "govuk-frontend.min.js"}
