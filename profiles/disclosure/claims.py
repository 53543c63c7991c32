"""What an agreement lets an app be told: the values, from what is so now, and the words for each."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from profiles.apps.claims import Claim
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.policy import find_usable
from profiles.entitlements.explanation import Sentence
from profiles.entitlements.facts import AgreementFact, AppRules
from profiles.entitlements.policy import Decision
from profiles.entitlements.reasons import Place, RuleMatched
from profiles.organisations.models import Organisation
from profiles.people.models import PersonName, WorkAddress
from profiles.people.service import display_name
from profiles.temporal import current

_CODE = select(col(Organisation.code)).where(col(Organisation.id) == bindparam("organisation_id"))

_WORDS = {
    Claim.NAME: "your name",
    Claim.GIVEN_NAME: "your given name",
    Claim.FAMILY_NAME: "your family name",
    Claim.EMAIL: "your work email address",
    Claim.EMAIL_VERIFIED: "that your work email address was checked",
    Claim.ORGANISATION: "the organisation you work in",
    Claim.GRADE: "your grade",
    Claim.JOB_TITLE: "your job title",
    Claim.ROLES: "your roles in this app",
}


def in_words(claims: Iterable[str]) -> tuple[Sentence, ...]:
    """What each released claim tells, to the person whom it is about: *your name*, *whether you meet SC*."""
    told: list[Sentence] = []
    for claim in claims:
        name, _, level = claim.partition(":")
        if level:
            told.append(Sentence("whether you meet %(level)s", {"level": level}))
        elif name in _WORDS:
            told.append(Sentence(_WORDS[Claim(name)], {}))
    return tuple(told)


def agreed_claims(rules: AppRules, agreement: AgreementFact, now: datetime) -> tuple[str, ...]:
    """The claims of an agreement as ``Claim`` orders them, with one ``meets_clearance`` a level covered.

    A level is covered when the agreement names it (``meets_clearance:SC``), or when the agreement has plain
    ``meets_clearance`` and a rule of the app asks for the level now. No app learns of a level that it does
    not use.
    """
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
    decision: Decision,
    places: tuple[Place, ...],
    now: datetime,
) -> dict[str, Any]:
    """The values of these agreed claims; one without a value now is left out.

    Where several postings are held, the one that gave the most powerful role is told of. Raises KeyError for
    a claim that no agreement can name.
    """
    place = next((reason.place for reason in decision.reasons if isinstance(reason, RuleMatched)), places[0])
    values: dict[str, Any] = {}
    for claim in claims:
        name, _, level = claim.partition(":")
        if level:
            meets = find_usable(place.judged, ClearanceLevel(level)) is not None
            values.setdefault(name, {})[level] = meets
    wanted = {claim for claim in claims if ":" not in claim}
    if wanted & {Claim.NAME, Claim.GIVEN_NAME, Claim.FAMILY_NAME}:
        values |= _names(session, person_id, now)
    if wanted & {Claim.EMAIL, Claim.EMAIL_VERIFIED}:
        values |= _address(session, person_id, place, now)
    if Claim.ORGANISATION in wanted:
        values[Claim.ORGANISATION] = _organisation(session, place)
    values[Claim.GRADE] = place.common_grade.value if place.common_grade else None
    values[Claim.JOB_TITLE] = place.posting.job_title
    values[Claim.ROLES] = list(decision.roles)
    wanted.add(Claim.MEETS_CLEARANCE)
    return {str(name): value for name, value in values.items() if name in wanted and value}


def _names(session: Session, person_id: UUID, now: datetime) -> dict[str, str]:
    names = current(session, PersonName, now, now, person_id=person_id)
    if not names:
        return {}
    name = names[0]
    return {
        Claim.NAME: display_name(name),
        Claim.GIVEN_NAME: name.known_as or name.given_names,
        Claim.FAMILY_NAME: name.family_name,
    }


def _address(session: Session, person_id: UUID, place: Place, now: datetime) -> dict[str, Any]:
    """The address that the organisation of the posting gives, or else the newest."""
    addresses = current(session, WorkAddress, now, now, person_id=person_id)
    if not addresses:
        return {}
    theirs = [one for one in addresses if one.organisation_id == place.posting.organisation_id]
    address = (theirs or list(addresses))[-1].address
    return {Claim.EMAIL: address, Claim.EMAIL_VERIFIED: True}


def _organisation(session: Session, place: Place) -> dict[str, str]:
    organisation_id = place.posting.organisation_id
    code = session.connection().execute(_CODE, {"organisation_id": organisation_id}).scalar_one()
    return {"id": str(organisation_id), "code": code, "name": place.organisation_name}
