"""What the tables of specifications and of attacks name as a proof is there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "specifications.md"
THREATS = ROOT / "docs" / "threat-model.md"


def test_every_proof_is_a_file_of_tests() -> None:
    named = set(re.findall(r"`(tests/[^`]+)`", PAGE.read_text(encoding="utf-8")))
    assert len(named) > 10
    assert not [path for path in named if not (ROOT / path).is_file()]


def test_every_relying_party_is_in_the_table() -> None:
    page = PAGE.read_text(encoding="utf-8")
    proofs = [path.name for path in (ROOT / "tests/flows/interop").glob("test_*.py")]
    assert proofs
    assert not [name for name in proofs if name not in page]


def test_every_attack_has_its_test() -> None:
    """By name: a test that is renamed or deleted takes its proof along."""
    attacks = THREATS.read_text(encoding="utf-8").partition("## Attacks")[2].partition("\n## ")[0]
    rows = [row for row in attacks.splitlines() if row.startswith("| ") and not row.startswith("| attack")]
    assert len(rows) > 20
    for row in rows:
        named = re.findall(r"`(tests/[^`:]+)::(test_[^`]+)`", row)
        assert named, row
        for path, name in named:
            tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
            assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, name
