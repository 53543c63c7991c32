"""What the table of specifications names as a proof is there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "specifications.md"


def test_every_proof_is_a_file_of_tests() -> None:
    named = set(re.findall(r"`(tests/[^`]+)`", PAGE.read_text(encoding="utf-8")))
    assert len(named) > 10
    assert not [path for path in named if not (ROOT / path).is_file()]


def test_every_relying_party_is_in_the_table() -> None:
    page = PAGE.read_text(encoding="utf-8")
    proofs = [path.name for path in (ROOT / "tests/flows/interop").glob("test_*.py")]
    assert proofs
    assert not [name for name in proofs if name not in page]
