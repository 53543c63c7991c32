"""An export alone is enough to verify the trail."""

import json
from datetime import timedelta

import pytest

from profiles.audit.export import FileTrail, checkpoint_object, lines, read_checkpoint
from profiles.audit.trail import DatabaseTrail
from profiles.audit.verification import Kind, verify
from profiles.errors import Invalid

pytestmark = pytest.mark.usefixtures("sealed")


@pytest.fixture
def export(session, append, key, now, tmp_path):
    """Ten sealed entries and one that is not sealed yet."""
    append(1)
    path = tmp_path / "trail.jsonl"
    path.write_bytes(b"".join(lines(DatabaseTrail(session), [key.jwk], now + timedelta(seconds=1))))
    return path


def rewrite(path, change):
    """Change an export's lines as a list of objects."""
    objects = [json.loads(line) for line in path.read_text().splitlines()]
    objects = change(objects) or objects
    path.write_text("".join(json.dumps(line) + "\n" for line in objects))


def sealed_lines(objects):
    return [line for line in objects if line["type"] == "sealed"]


def test_an_export_verifies_without_the_database(export, verify_signature, now):
    report = verify(FileTrail(export), verify_signature, now)
    assert (report.entries, report.checkpoints, report.findings) == (10, 2, ())


def test_an_export_holds_no_personal_value(export):
    assert "example.gov.uk" not in export.read_text()


def test_an_export_names_the_public_keys(export, key):
    assert FileTrail(export).public_keys() == [key.jwk]


def test_unsealed_entries_are_exported(export, verify_signature, now):
    report = verify(FileTrail(export), verify_signature, now + timedelta(hours=1))
    assert [finding.kind for finding in report.findings] == [Kind.UNSEALED]


def test_a_changed_entry_is_found(export, verify_signature, now):
    def change(objects):
        sealed_lines(objects)[3]["entry"]["initiator"] = "nobody"

    rewrite(export, change)
    finding = verify(FileTrail(export), verify_signature, now).findings[0]
    assert (finding.kind, finding.position) == (Kind.CHANGED, 4)


def test_a_removed_line_is_found(export, verify_signature, now):
    rewrite(export, lambda objects: [line for line in objects if line.get("position") != 4])
    finding = verify(FileTrail(export), verify_signature, now).findings[0]
    assert (finding.kind, finding.position) == (Kind.REMOVED, 4)


def test_swapped_lines_are_found(export, verify_signature, now):
    def change(objects):
        first, second = (objects.index(line) for line in sealed_lines(objects)[3:5])
        objects[first], objects[second] = objects[second], objects[first]

    rewrite(export, change)
    finding = verify(FileTrail(export), verify_signature, now).findings[0]
    assert (finding.kind, finding.position) == (Kind.REORDERED, 4)


def test_a_file_that_was_cut_short_is_refused(export):
    rewrite(export, lambda objects: objects[:-1])
    with pytest.raises(Invalid, match="cut short"):
        FileTrail(export)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "Line 3 is not JSON"),
        ("[]", "Line 3 is not a JSON object"),
        ('{"type": "other"}', "Line 3 is of an unknown type"),
        ('{"type": "sealed", "position": "1"}', "Line 3 is not complete"),
        ('{"type": "checkpoint", "checkpoint": {}}', "Line 3 is not complete"),
        ('{"type": "unsealed", "entry": {"at": "2026-03-02"}}', "Line 3 is not complete"),
    ],
)
def test_a_malformed_line_is_named(export, line, said):
    kept = export.read_text().splitlines()
    export.write_text("\n".join([*kept[:2], line, *kept[2:]]))
    with pytest.raises(Invalid, match=said):
        FileTrail(export)


def test_any_other_file_is_refused(tmp_path):
    other = tmp_path / "other.jsonl"
    other.write_text('{"type": "end"}\n')
    with pytest.raises(Invalid, match="Line 1 does not begin an export"):
        FileTrail(other)


def test_an_empty_file_is_refused(tmp_path):
    other = tmp_path / "empty.jsonl"
    other.write_text("")
    with pytest.raises(Invalid, match="cut short"):
        FileTrail(other)


def test_a_published_checkpoint_reads_back(session):
    stored = list(DatabaseTrail(session).checkpoints())[-1]
    assert read_checkpoint(json.dumps(checkpoint_object(stored))) == stored


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"position": 0}', "\xff"])
def test_anything_else_is_no_checkpoint(text):
    with pytest.raises(Invalid):
        read_checkpoint(text.encode("latin-1"))
