"""Every table that reaches a person is told of to who asks what is held, or is left out for a reason."""

import re
from uuid import UUID

from flask import Flask
from sqlalchemy import event

from app.data_protection.held_items import items_of
from app.data_protection.request_words import section_name
from app.migrations.models import metadata
from profiles.access_requests.models import AccessRequest
from profiles.temporal import civil_date
from tests.factories.transfers import Move

LEFT_OUT = {
    "access_requests": "their own requests, with all that was released, are on the page where they ask",
    "agreement_proposals": "what officers propose for an app: about the app",
    "audit_personal_values": "the values behind entries of the trail: each is in the record itself",
    "audit_seals": "the order of entries, which are told",
    "bulk_move_agreements": "which officers agreed to a move of many; each person's part is told",
    "bulk_move_first_days": "a number made from refusals and releases at apps, which are told",
    "bulk_move_reminders": "that officers were reminded of a step of a move of many",
    "bulk_move_steps": "which officers took a step of a move of many; each person's part is told",
    "clearance_limit_proposals": "what officers propose for an organisation: about nobody in particular",
    "deletions": "which officers deleted what was due, and how much: it names nobody else",
    "field_authorities": "which system masters a field: about an organisation",
    "grants": "tokens of sessions at apps, which are told",
    "import_files": "files on their way in; what they said is in the record, with its source",
    "import_organisations": "which organisations a file is about: it names nobody",
    "import_people": "whose access an import would change: what it recorded is told",
    "imports": "that a file came, and which officers decided on it",
    "kept_forms": "a form on its way through a sign-in, encrypted and forgotten within the hour",
    "loan_approvals": "which officer approved a loan, which is told",
    "appointment_first_days": "a number made from refusals and releases at apps, which are told",
    "appointment_tasks": "who is to do what once somebody comes back; the appointment is told",
    "loan_first_days": "a number made from refusals and releases at apps, which are told",
    "loan_reminders": "that somebody was reminded of a step of a loan",
    "merged_facts": "which facts of two records are one; the facts are told",
    "outbox_messages": "mails and messages on their way, forgotten once they are delivered",
    "payroll_cut_offs": "by which day payroll takes people up: about an organisation",
    "possible_duplicates": "somebody a file speaks of, who may be another person",
    "refresh_tokens": "tokens of sessions at apps, which are told",
    "saving_assumptions": "what the hours saved rest on: about nobody in particular",
    "sign_in_policy_proposals": "what administrators propose for an organisation",
    "source_records": "keys by which a system's files name facts; the facts are told",
    "spent_logout_tokens": "numbers that a department's provider used once",
    "transfer_approvals": "which officer approved a transfer, which is told",
    "transfer_first_days": "a number made from refusals and releases at apps, which are told",
    "transfer_reminders": "that somebody was reminded of a step of a transfer",
    "transfer_tasks": "who is to do what in a transfer; its steps are told",
    "upstream_attempts": "sign-ins of the last minutes that are not finished",
    "upstream_health": "whether a department's provider answers",
    "upstream_providers": "how a department's provider is set up",
    "write_offs": "what officers let go that an app never confirmed: about the app",
}


def reaching_people() -> set[str]:
    """The tables that name a person, or hang on one that does."""
    found: set[str] = set()
    while True:
        more = {
            table.name
            for table in metadata().sorted_tables
            if table.name not in found
            and (
                "person_id" in table.columns
                or any(key.column.table.name in {"people", *found} for key in table.foreign_keys)
            )
        }
        if not more:
            return found
        found |= more


def asked_of(move: Move, organisation_id: UUID) -> AccessRequest:
    """A request that this organisation answers for all that it holds, and for what nobody owns."""
    return AccessRequest(
        person_id=move.employee,
        organisation_id=organisation_id,
        is_lead=True,
        asked_at=move.now,
        due_on=civil_date(move.now),
    )


def looked_at(app: Flask, move: Move) -> set[str]:
    """The tables that are read for the whole of what is held."""
    move.prepare()
    read: set[str] = set()

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        read.update(re.findall(r'(?:FROM|JOIN) "?(\w+)', statement))

    engine = move.session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        items = [
            item
            for organisation in (move.hmrc, move.home_office)
            for item in items_of(move.session, asked_of(move, organisation.id), move.now)
        ]
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert all(section_name(one.section) != one.section for one in items)
    return read


def test_what_is_held_is_told_or_left_out_for_a_reason(app: Flask, move: Move) -> None:
    told = looked_at(app, move)
    assert reaching_people() - told - LEFT_OUT.keys() == set()


def test_nothing_is_both_told_and_left_out_or_unknown(app: Flask, move: Move) -> None:
    assert LEFT_OUT.keys() <= reaching_people()
    assert not LEFT_OUT.keys() & looked_at(app, move)
