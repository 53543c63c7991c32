"""What an agreement lets an app be told: the values, from what is so now, and the words for each."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from profiles.apps.claims import Claim
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.policy import find_usable
from profiles.disclosure.last_change import last_change
from profiles.disclosure.pay_records import pay_records
from profiles.disclosure.work_contact import office_address, work_phone
from profiles.entitlements import person_facts
from profiles.entitlements.explanation import Sentence
from profiles.entitlements.facts import AddressFact, AgreementFact, AppRules, NameFact, PersonFacts
from profiles.entitlements.policy import Decision, places_at
from profiles.entitlements.reasons import Granted, Place, RuleMatched
from profiles.organisations.models import Organisation
from profiles.people.models import BirthDate, IdentityConfidence, IdentityProofing
from profiles.people.service import display_name
from profiles.temporal import current

_CODES = select(col(Organisation.code)).where(
    col(Organisation.id).in_(bindparam("organisation_ids", expanding=True))
)

_WORDS = {
    Claim.NAME: "your name",
    Claim.GIVEN_NAME: "your given name, as in your legal name",
    Claim.MIDDLE_NAME: "your middle names",
    Claim.FAMILY_NAME: "your family name",
    Claim.NICKNAME: "the given name that you are known by",
    Claim.BIRTHDATE: "your date of birth",
    Claim.EMAIL: "your work email address",
    Claim.EMAIL_VERIFIED: "that your work email address was checked",
    Claim.PHONE_NUMBER: "your work phone number",
    Claim.PHONE_NUMBER_VERIFIED: "whether your work phone number was checked",
    Claim.ADDRESS: "the address of the office that you work at",
    Claim.ORGANISATION_ID: "the organisation you work in",
    Claim.ORGANISATION: "the organisation you work in",
    Claim.GRADE: "your grade",
    Claim.JOB_TITLE: "your job title",
    Claim.ROLES: "your roles in this app",
    Claim.GROUPS: "the organisation you work in and those above it",
    Claim.ENTITLEMENTS: "which roles in this app somebody gave you by hand",
    Claim.PAY_HISTORY: "your pay history, when you open it there",
    Claim.RECORD: "your record: names, addresses, employments, posts, roles, as of a date",
    Claim.CLEARANCES: "your clearances, in your record",
    Claim.LEAVE: "your leave and absence, in your record",
    Claim.CHANGES: "that something in your record changed, of which kind, and from when",
    Claim.IDENTITY_CONFIDENCE: "how far your identity was checked",
    Claim.UPDATED_AT: "when any of this last changed",
}


def in_words(claims: Iterable[str]) -> tuple[Sentence, ...]:
    """What each released claim tells, to the person whom it is about: *your name*, *whether you meet SC*.

    Claims that tell the same are said once.
    """
    told: list[Sentence] = []
    for claim in claims:
        name, _, level = claim.partition(":")
        if level:
            sentence = Sentence("whether you meet %(level)s", {"level": level})
        elif name in _WORDS:
            sentence = Sentence(_WORDS[Claim(name)], {})
        else:
            continue
        if sentence not in told:
            told.append(sentence)
    return tuple(told)


_OF_NAMES = {Claim.NAME, Claim.GIVEN_NAME, Claim.MIDDLE_NAME, Claim.FAMILY_NAME, Claim.NICKNAME}
_OF_ADDRESSES = {Claim.EMAIL, Claim.EMAIL_VERIFIED}


def agreed_claims(rules: AppRules, agreement: AgreementFact, now: datetime) -> tuple[str, ...]:
    """The claims of an agreement as ``Claim`` orders them, with one ``meets_clearance`` a level covered.

    A level is covered when the agreement names it (``meets_clearance:SC``), or when the agreement has plain
    ``meets_clearance`` and a rule of the app asks for the level now. No app learns of a level that it does
    not use.
    """
    return rules.once(
        f"claims of {agreement.agreement_id}", now, lambda: _agreed_claims(rules, agreement, now)
    )


def _agreed_claims(rules: AppRules, agreement: AgreementFact, now: datetime) -> tuple[str, ...]:
    plain = {claim for claim in agreement.claims if claim != Claim.MEETS_CLEARANCE}
    if Claim.MEETS_CLEARANCE in agreement.claims:
        plain |= {
            f"{Claim.MEETS_CLEARANCE}:{rule.least_clearance}"
            for rule in rules.rules
            if rule.least_clearance is not None and rule.holds(now)
        }
    return tuple(sorted(plain, key=_as_read))


def _as_read(claim: str) -> tuple[int, str]:
    """Names first and what is finer after: the order in which a person would tell it."""
    return list(Claim).index(Claim(claim.partition(":")[0])), claim


def values_of(
    session: Session,
    person_id: UUID,
    claims: Collection[str],
    agreed: Collection[str],
    decision: Decision,
    facts: PersonFacts,
    now: datetime,
) -> dict[str, Any]:
    """The values of these claims, all of them ``agreed``; one without a value now is left out.

    ``updated_at`` speaks of everything that is agreed, whatever is asked for this time. Where several
    postings are held, the one that gave the most powerful role is told of.
    """
    matched = (reason.place for reason in decision.reasons if isinstance(reason, RuleMatched))
    place = next(matched, None) or places_at(facts, now)[0]
    values: dict[str, Any] = {}
    for claim in claims:
        name, _, level = claim.partition(":")
        if level:
            meets = find_usable(place.judged, ClearanceLevel(level)) is not None
            values.setdefault(name, {})[level] = meets
    wanted = {claim for claim in claims if ":" not in claim}
    if wanted & (_OF_NAMES | _OF_ADDRESSES):
        own = person_facts.read(session, person_id, now)
        values |= _names(own.names) | _address(own.addresses, place)
    if Claim.BIRTHDATE in wanted:
        born = current(session, BirthDate, now, now, person_id=person_id)
        values[Claim.BIRTHDATE] = born[0].born_on.isoformat() if born else None
    if Claim.IDENTITY_CONFIDENCE in wanted:
        values[Claim.IDENTITY_CONFIDENCE] = identity_confidence(session, person_id, now)
    if wanted & {Claim.PHONE_NUMBER, Claim.PHONE_NUMBER_VERIFIED}:
        values |= work_phone(session, person_id, place, now)
    if Claim.ADDRESS in wanted:
        values[Claim.ADDRESS] = office_address(session, person_id, place, now)
    if Claim.ORGANISATION in wanted:
        values[Claim.ORGANISATION] = _organisation(place)
    if Claim.GROUPS in wanted:
        values[Claim.GROUPS] = _groups(session, place)
    if Claim.PAY_HISTORY in wanted:
        values[Claim.PAY_HISTORY] = pay_records(session, person_id, now)
    if Claim.UPDATED_AT in wanted:
        changed = last_change(session, person_id, agreed, now)
        values[Claim.UPDATED_AT] = int(changed.timestamp()) if changed else None
    given = {reason.role for reason in decision.reasons if isinstance(reason, Granted)}
    values[Claim.ORGANISATION_ID] = str(place.posting.organisation_id)
    values[Claim.GRADE] = place.common_grade.value if place.common_grade else None
    values[Claim.JOB_TITLE] = place.posting.job_title
    values[Claim.ROLES] = list(decision.roles)
    values[Claim.ENTITLEMENTS] = [role for role in decision.roles if role in given]
    wanted.add(Claim.MEETS_CLEARANCE)
    return {
        str(name): value
        for name, value in values.items()
        if name in wanted and value not in (None, "", [], {})
    }


def identity_confidence(session: Session, person_id: UUID, now: datetime) -> IdentityConfidence | None:
    """How far somebody's identity was checked; None while no check is recorded. A clearance is none."""
    found = current(session, IdentityProofing, now, now, person_id=person_id)
    return found[0].confidence if found else None


def _names(names: Sequence[NameFact]) -> dict[str, str]:
    if not names:
        return {}
    name = names[0]
    return {
        Claim.NAME: display_name(name),
        Claim.GIVEN_NAME: name.given_names,
        Claim.MIDDLE_NAME: name.middle_names,
        Claim.FAMILY_NAME: name.family_name,
        Claim.NICKNAME: name.known_as,
    }


def _address(addresses: Sequence[AddressFact], place: Place) -> dict[str, Any]:
    """The address that the organisation of the posting gives, or else the newest."""
    if not addresses:
        return {}
    theirs = [one for one in addresses if one.organisation_id == place.posting.organisation_id]
    return {Claim.EMAIL: (theirs or addresses)[-1].address, Claim.EMAIL_VERIFIED: True}


def _organisation(place: Place) -> dict[str, str]:
    return {
        "id": str(place.posting.organisation_id),
        "code": place.organisation_code,
        "name": place.organisation_name,
    }


def _groups(session: Session, place: Place) -> list[str]:
    """The codes of the posting's organisation and of those above it, in order."""
    above = [*(place.ancestors | {place.posting.organisation_id})]
    return sorted(session.connection().execute(_CODES, {"organisation_ids": above}).scalars())
