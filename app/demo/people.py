"""Makes the named people: employment, posts, pay, clearance, roles and the password."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from app.demo import INITIATOR, PROVENANCE
from app.demo.accounts import ACCOUNTS, Account
from app.demo.organisations import find_office_id
from identity.sign_in import passwords
from profiles.clearances import service as clearances
from profiles.clearances.levels import ClearanceLevel
from profiles.employments import service as employments
from profiles.employments.models import Employment, Posting
from profiles.pay.models import PayRecord
from profiles.people import contact
from profiles.people import service as people
from profiles.people.models import WorkAddress
from profiles.roles import service as roles
from profiles.temporal import end, history, record, start_of_day

CLEARED_FOR_YEARS = 10
REVIEWED_AFTER_YEARS = 5


def find_person(session: Session, account: Account) -> UUID | None:
    """Who has or had the account's address, also after a move took it away."""
    addresses = select(WorkAddress.person_id).where(col(WorkAddress.address) == account.address)
    return session.exec(addresses).first()


def load_people(
    session: Session, now: datetime, organisations: Mapping[str, UUID], password_hashes: Mapping[str, str]
) -> int:
    """Make the people who are not there yet, and say how many; who has a password keeps it."""
    made = 0
    for position, account in enumerate(ACCOUNTS, start=1):
        person_id = find_person(session, account)
        if person_id is None:
            person_id = _make_person(session, now, account, organisations, f"D{position:04}")
            made += 1
        if account.has_password and passwords.find_hash(session, person_id) is None:
            password_hash = password_hashes[account.address]
            passwords.store_hash(session, person_id, password_hash, now, initiator=INITIATOR)
    if made:
        _name_line_managers(session, now)
    return made


def _name_line_managers(session: Session, now: datetime) -> None:
    """Of those who were just made: each may manage somebody who was made before them."""
    by_name = {account.name: account for account in ACCOUNTS}
    for account in ACCOUNTS:
        if not account.line_manager:
            continue
        person_id = find_person(session, account)
        manager_id = find_person(session, by_name[account.line_manager])
        for posting in history(session, Posting, now, person_id=person_id):
            if posting.valid_to is None and posting.line_manager_id is None:
                posting.line_manager_id = manager_id
                session.add(posting)
    session.flush()


def without_password(session: Session) -> list[Account]:
    """The accounts that need a password: hashing one takes too long for a transaction that writes."""
    return [
        account
        for account in ACCOUNTS
        if account.has_password
        and (
            (person_id := find_person(session, account)) is None
            or passwords.find_hash(session, person_id) is None
        )
    ]


def _make_person(
    session: Session, now: datetime, account: Account, organisations: Mapping[str, UUID], number: str
) -> UUID:
    organisation_id = organisations[account.organisation]
    first = account.posts[0].since
    person_id = people.create_person(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        given_names=account.given_name,
        middle_names=account.middle_names,
        known_as=account.known_as,
        family_name=account.family_name,
        address=account.address,
        organisation_id=organisation_id,
        valid_from=start_of_day(first),
    ).id
    posts = [
        employments.Post(post.local_grade, post.job_title, account.profession, account.unit, account.location)
        for post in account.posts
    ]
    employment, posting = employments.appoint(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        person_id=person_id,
        organisation_id=organisation_id,
        number=number,
        starts_on=first,
        continuous_service_from=first,
        post=posts[0],
    )
    for post, since in zip(posts[1:], [post.since for post in account.posts[1:]], strict=True):
        posting = _promote(session, now, posting, post, since)
    _add_contact(session, now, account, person_id, organisation_id, start_of_day(first))
    _add_pay(session, now, account, employment)
    if account.cleared_on is not None:
        _add_clearance(session, now, person_id, account.cleared_on, organisation_id)
    for held in account.roles:
        roles.assign(
            session,
            now,
            PROVENANCE,
            INITIATOR,
            person_id=person_id,
            role=held.role,
            organisation_id=organisations[held.code] if held.code else None,
            include_subtree=held.code is not None,
            valid_from=start_of_day(first),
        )
    return person_id


def _promote(session: Session, now: datetime, old: Posting, post: employments.Post, since: date) -> Posting:
    begins = start_of_day(since)
    end(session, old, begins, now, PROVENANCE)
    posting = Posting(
        person_id=old.person_id,
        employment_id=old.employment_id,
        organisation_id=old.organisation_id,
        kind=old.kind,
        local_grade=post.local_grade,
        job_title=post.job_title,
        profession=post.profession,
        unit=post.unit,
        location=post.location,
        **PROVENANCE.stamp(now, begins),
    )
    return record(session, posting)


def _add_contact(
    session: Session,
    now: datetime,
    account: Account,
    person_id: UUID,
    organisation_id: UUID,
    since: datetime,
) -> None:
    if account.born_on is not None:
        contact.record_birth_date(
            session, now, PROVENANCE, INITIATOR, person_id=person_id, born_on=account.born_on
        )
    common: dict[str, Any] = {
        "person_id": person_id,
        "organisation_id": organisation_id,
        "valid_from": since,
    }
    if account.phone:
        contact.give_phone(
            session,
            now,
            PROVENANCE,
            INITIATOR,
            unverified_number=account.phone,
            is_verified=True,
            **common,
        )
    office_id = find_office_id(session, organisation_id, account.office)
    if office_id is not None:
        contact.place_at_office(session, now, PROVENANCE, INITIATOR, office_id=office_id, **common)


def _add_pay(session: Session, now: datetime, account: Account, employment: Employment) -> None:
    ends: Sequence[datetime | None] = [*(start_of_day(pay.since) for pay in account.pay[1:]), None]
    for pay, until in zip(account.pay, ends, strict=True):
        record(
            session,
            PayRecord(
                person_id=employment.person_id,
                employment_id=employment.fact_id,
                organisation_id=employment.organisation_id,
                salary_pence=pay.pounds * 100,
                pay_reason=pay.reason,
                **PROVENANCE.stamp(now, start_of_day(pay.since), until),
            ),
        )


def _add_clearance(
    session: Session, now: datetime, person_id: UUID, decided_on: date, sponsor_id: UUID
) -> None:
    clearances.record_decision(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        person_id=person_id,
        level=ClearanceLevel.SC,
        decided_on=decided_on,
        expires_on=decided_on.replace(year=decided_on.year + CLEARED_FOR_YEARS),
        review_due_on=decided_on.replace(year=decided_on.year + REVIEWED_AFTER_YEARS),
        sponsor_id=sponsor_id,
        valid_from=start_of_day(decided_on),
    )
