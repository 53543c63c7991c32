"""Sentences from reasons, for the person or about the person.

What is said *about* somebody (to HR) says less: not where else the person works, and of a clearance only
whether it can be used.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from profiles.clearances.models import ClearanceStatus
from profiles.clearances.policy import Judgement, Obstacle
from profiles.employments.models import PostingKind
from profiles.entitlements.policy import Decision
from profiles.entitlements.reasons import (
    Granted,
    NoAgreement,
    NoPosting,
    NoRules,
    NoUsableClearance,
    OnLoan,
    Place,
    Reason,
    RuleMatched,
    Suspended,
    WrongGrade,
    WrongKind,
    WrongOrganisation,
    WrongProfession,
)
from profiles.organisations.grades import CommonGrade
from profiles.temporal import civil_date

# An end is exclusive: the last day is that of the moment before.
_A_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Sentence:
    """A sentence with named gaps, so that it can be translated whole: ``_(message, **values)``."""

    message: str
    values: Mapping[str, str]

    def __str__(self) -> str:
        """The sentence in English."""
        return self.message % self.values


def explain(decision: Decision, name: str | None = None) -> list[Sentence]:
    """Why a decision is as it is: to the person, or, with a ``name``, about the person."""
    return sentences(decision.reasons, name)


def sentences(reasons: Iterable[Reason], name: str | None = None) -> list[Sentence]:
    """One sentence a reason; each sentence once."""
    made = [_SENTENCES[type(reason)](reason, name) for reason in reasons]
    return [sentence for index, sentence in enumerate(made) if sentence not in made[:index]]


def _rule_matched(reason: RuleMatched, name: str | None) -> Sentence:
    values = {"person": name or "", "role": reason.role_label, "who": _who(reason)} | _place(reason.place)
    if reason.level is not None:
        values["level"] = reason.level.value
        if name is None:
            return Sentence(
                "You are %(post)s in %(organisation)s, and you meet %(level)s. %(role)s is for %(who)s.",
                values,
            )
        return Sentence(
            "%(person)s is %(post)s in %(organisation)s, with a usable clearance. %(role)s is for %(who)s.",
            values,
        )
    if name is None:
        return Sentence("You are %(post)s in %(organisation)s. %(role)s is for %(who)s.", values)
    return Sentence("%(person)s is %(post)s in %(organisation)s. %(role)s is for %(who)s.", values)


def _granted(reason: Granted, name: str | None) -> Sentence:
    values = {"person": name or "", "role": reason.role_label}
    if reason.expires_at is None:
        if name is None:
            return Sentence("You were given %(role)s by hand.", values)
        return Sentence("%(person)s was given %(role)s by hand.", values)
    values["day"] = _day(civil_date(reason.expires_at - _A_MOMENT))
    if name is None:
        return Sentence("You were given %(role)s by hand, until %(day)s.", values)
    return Sentence("%(person)s was given %(role)s by hand, until %(day)s.", values)


def _no_agreement(_reason: NoAgreement, _name: str | None) -> Sentence:
    return Sentence("This app has no data-sharing agreement in force, so nobody can be signed in to it.", {})


def _suspended(_reason: Suspended, name: str | None) -> Sentence:
    if name is None:
        return Sentence("Your account is suspended. Speak to your security officer.", {})
    return Sentence("The account of %(person)s is suspended.", {"person": name})


def _no_posting(_reason: NoPosting, name: str | None) -> Sentence:
    if name is None:
        return Sentence("You have no current posting.", {})
    return Sentence("%(person)s has no current posting.", {"person": name})


def _no_rules(_reason: NoRules, name: str | None) -> Sentence:
    if name is None:
        return Sentence("Access to this app is given by hand, and you have not been given it.", {})
    return Sentence(
        "Access to this app is given by hand, and %(person)s has not been given it.", {"person": name}
    )


def _wrong_organisation(reason: WrongOrganisation, name: str | None) -> Sentence:
    values = {"wanted": with_article(reason.organisation_name), "person": name or ""}
    if name is not None:
        return Sentence(
            "This app is for people posted in %(wanted)s, and %(person)s is not posted there.", values
        )
    values["organisations"] = _listed([with_article(place) for place in reason.posted_in])
    return Sentence(
        "This app is for people posted in %(wanted)s; you are posted in %(organisations)s.", values
    )


def _on_loan(reason: OnLoan, name: str | None) -> Sentence:
    values = {"organisation": with_article(reason.organisation_name), "person": name or ""}
    if name is None:
        return Sentence("While you are on loan, your access in %(organisation)s sleeps.", values)
    return Sentence("While %(person)s is on loan, access in %(organisation)s sleeps.", values)


def _wrong_kind(reason: WrongKind, name: str | None) -> Sentence:
    values = {
        "role": reason.role_label,
        "organisation": with_article(reason.organisation_name),
        "person": name or "",
    }
    if reason.wanted is PostingKind.HOST:
        if name is None:
            return Sentence(
                "%(role)s is for people on loan; your posting in %(organisation)s is not a loan.", values
            )
        return Sentence(
            "%(role)s is for people on loan; %(person)s is not on loan to %(organisation)s.", values
        )
    if name is None:
        return Sentence("%(role)s is not for people on loan; you are on loan to %(organisation)s.", values)
    return Sentence("%(role)s is not for people on loan, as %(person)s is to %(organisation)s.", values)


def _wrong_grade(reason: WrongGrade, name: str | None) -> Sentence:
    values = {
        "role": reason.role_label,
        "grades": _grades(reason.lowest, reason.highest),
        "person": name or "",
    } | _place(reason.place)
    if name is None:
        return Sentence("%(role)s is for %(grades)s; you are %(post)s in %(organisation)s.", values)
    return Sentence("%(role)s is for %(grades)s; %(person)s is %(post)s in %(organisation)s.", values)


def _wrong_profession(reason: WrongProfession, name: str | None) -> Sentence:
    values = {
        "role": reason.role_label,
        "wanted": reason.wanted,
        "actual": reason.place.posting.profession,
        "organisation": with_article(reason.place.organisation_name),
        "person": name or "",
    }
    if name is not None:
        return Sentence(
            "%(role)s is for the %(wanted)s profession, which is not %(person)s’s in %(organisation)s.",
            values,
        )
    if not values["actual"]:
        return Sentence(
            "%(role)s is for the %(wanted)s profession; your posting in %(organisation)s names none.", values
        )
    return Sentence(
        "%(role)s is for the %(wanted)s profession; yours in %(organisation)s is %(actual)s.", values
    )


def _no_usable_clearance(reason: NoUsableClearance, name: str | None) -> Sentence:
    values = {
        "role": reason.role_label,
        "required": reason.required,
        "organisation": with_article(reason.place.organisation_name),
        "person": name or "",
    }
    if name is not None:
        return Sentence(
            "%(role)s needs %(required)s, and %(person)s has none that can be used in %(organisation)s.",
            values,
        )
    if reason.nearest is None:
        return Sentence("%(role)s needs %(required)s, and you do not hold it or a higher level.", values)
    return _unusable(reason.nearest, values)


def _unusable(judged: Judgement, values: dict[str, str]) -> Sentence:
    values["level"] = judged.clearance.level.value
    if judged.obstacle is Obstacle.NOT_GRANTED:
        return Sentence("%(role)s needs %(required)s; your %(level)s is still being decided.", values)
    if judged.obstacle is Obstacle.CAVEAT:
        return Sentence(
            "%(role)s needs %(required)s; a caveat keeps your %(level)s from being used in %(organisation)s.",
            values,
        )
    if judged.obstacle is Obstacle.EXPIRED and judged.clearance.expires_on is not None:
        values["day"] = _day(judged.clearance.expires_on)
        return Sentence("%(role)s needs %(required)s; your %(level)s expired after %(day)s.", values)
    if judged.obstacle is Obstacle.NOT_SPONSORED:
        return Sentence(
            "%(role)s needs %(required)s; your %(level)s is not sponsored by or shared with "
            "%(organisation)s.",
            values,
        )
    if judged.obstacle is Obstacle.TOO_OLD:
        return Sentence(
            "%(role)s needs %(required)s; your %(level)s was decided longer ago than %(organisation)s "
            "accepts.",
            values,
        )
    if judged.clearance.status is ClearanceStatus.SUSPENDED:
        return Sentence("%(role)s needs %(required)s; your %(level)s is suspended.", values)
    return Sentence("%(role)s needs %(required)s; your %(level)s is no longer active.", values)


_SENTENCES: dict[type[Reason], Callable[[Any, str | None], Sentence]] = {
    RuleMatched: _rule_matched,
    Granted: _granted,
    NoAgreement: _no_agreement,
    Suspended: _suspended,
    NoPosting: _no_posting,
    NoRules: _no_rules,
    WrongOrganisation: _wrong_organisation,
    OnLoan: _on_loan,
    WrongKind: _wrong_kind,
    WrongGrade: _wrong_grade,
    WrongProfession: _wrong_profession,
    NoUsableClearance: _no_usable_clearance,
}


def with_article(organisation_name: str) -> str:
    """An organisation's name as it stands in a sentence: *the* Home Office, but HM Revenue & Customs."""
    words = organisation_name.split()
    named_so = words[:1] in (["Department"], ["Ministry"]) and words[1:2] in (["for"], ["of"])
    ends_so = words[-1:] in (["Office"], ["Agency"], ["Service"], ["Authority"])
    takes_it = (named_so or ends_so) and words[:1] != ["HM"]
    return f"the {organisation_name}" if takes_it else organisation_name


def _who(reason: RuleMatched) -> str:
    """Whom a rule is for: *EO to SEO there*."""
    rule, parts = reason.rule, []
    parts.append(_grades(rule.grade_from, rule.grade_to))
    if rule.profession is not None:
        parts.append(f"of the {rule.profession} profession")
    if rule.posting_kind == PostingKind.HOST:
        parts.append("on loan")
    elif rule.posting_kind == PostingKind.HOME:
        parts.append("in a home posting")
    if reason.rule_organisation_name is not None:
        there = rule.organisation_id == reason.place.posting.organisation_id
        parts.append("there" if there else f"in {with_article(reason.rule_organisation_name)}")
    if rule.least_clearance is not None:
        parts.append(f"who meet {rule.least_clearance}")
    return " ".join(parts)


def _grades(lowest: CommonGrade | None, highest: CommonGrade | None) -> str:
    if lowest is None:
        return "people of any grade" if highest is None else f"grades up to {highest.value}"
    if highest is None:
        return f"{lowest.value} and above"
    return lowest.value if lowest is highest else f"{lowest.value} to {highest.value}"


def _place(place: Place) -> dict[str, str]:
    local, common = place.posting.local_grade, place.common_grade
    grade = local if common is None or local == common.value else f"{local} ({common.value})"
    return {
        "post": f"{_article(grade)} {grade}",
        "organisation": with_article(place.organisation_name),
    }


def _article(words: str) -> str:
    """*a* or *an*, by sound: an abbreviation is spelt out (an HEO, a G7)."""
    first = words.split()[0] if words.split() else ""
    spelt = first.isupper() or any(letter.isdigit() for letter in first)
    return "an" if first[:1].upper() in ("AEFHILMNORSX" if spelt else "AEIO") else "a"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
