"""What the guides configure is what relying parties are really run with in tests/flows/interop."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ROOT / "docs" / "guides"
INTEROP = ROOT / "tests" / "flows" / "interop"
SETTINGS = {
    ("web-app.md", "apache"): (r"^(OIDC\w+|\w+Type|Require \w+)", INTEROP / "apache.py"),
    ("web-app.md", "python"): (r"^(OIDC_\w+|SOCIAL_\w+)", INTEROP / "django_site.py"),
    ("single-page-app.md", "javascript"): (r"^  (\w+):", INTEROP / "single_page_app.js"),
}


def blocks(guide: Path, language: str) -> str:
    text = guide.read_text(encoding="utf-8")
    return "\n".join(re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize(("guide", "language"), SETTINGS)
def test_every_setting_of_a_guide_is_one_that_signs_in_here(guide: str, language: str) -> None:
    pattern, program = SETTINGS[guide, language]
    named = set(re.findall(pattern, blocks(GUIDES / guide, language), re.MULTILINE))
    assert len(named) > 4
    text = program.read_text(encoding="utf-8")
    assert not [name for name in named if name not in text]


def test_every_link_of_a_guide_leads_somewhere() -> None:
    for guide in GUIDES.glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", guide.read_text(encoding="utf-8")):
            assert (GUIDES / target).exists(), (guide.name, target)


def test_every_link_to_a_heading_finds_it() -> None:
    for guide in GUIDES.glob("*.md"):
        for target, heading in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", guide.read_text(encoding="utf-8")):
            page = (GUIDES / target) if target else guide
            titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
            assert heading in slugs, (guide.name, target, heading)
