"""What HR and security officers see of a profile, on any day on which the person works or worked there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for

from app.access import permissions, signed_in_person
from app.people.blueprint import blueprint
from app.people.mistaken_deaths import mistaken_deaths
from app.people.names import name_in
from app.people.told_apps import Cause, Turn, receipts_href, turns_of
from app.portable_profile.asked import AskedDates, asked_dates
from app.portable_profile.presenting import DASH, Presenter
from app.portable_profile.words import kinds
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.employments.breaks import places_of
from profiles.errors import NotFound
from profiles.portable_profile.edges import is_of_a_coming_move
from profiles.portable_profile.employers import employers_part, periods_in, versions_seen
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action
from profiles.portable_profile.reading import Profile
from profiles.portable_profile.rules import actions_of, actions_on
from profiles.portable_profile.vetting import VETTED
from profiles.roles.permissions import Permission, requires
from profiles.temporal import INSTANT, civil_date
from profiles.transfers import policy
from profiles.transfers import service as transfers
from profiles.transfers.clearance_asked import asked_in_moves
from profiles.transfers.models import Side

OF_TODAY = frozenset(
    {Kind.NAME, Kind.BIRTH_DATE, Kind.IDENTITY_PROOFING, Kind.ADDRESS, Kind.PHONE, Kind.OFFICE}
)
"""What only who employs the person now may change."""
_TURNED_BY = frozenset({(Kind.CAREER_BREAK, Cause.BREAK), (Kind.POSTING, Cause.POST)})
"""Beside which entry of the record the receipts of a turn stand."""


@blueprint.get("/people/<uuid:person_id>/record")
@requires(Permission.SEE_PEOPLE)
def record_as_of(person_id: UUID) -> str:
    """The profile on a day, by the knowledge of a day; of who has left or begins later, on that day there."""
    session, asked = request_session(), asked_dates(request_time())
    profile = _part(person_id, asked, moment_in(person_id, asked))
    changeable = "known_on" not in asked.query and person_id != signed_in_person()
    mine = permissions().organisations(Permission.CHANGE_RECORDS)
    works_here = not mine.isdisjoint(places_of(session, person_id, request_time()))
    vetted = permissions().organisations(Permission.SEE_CLEARANCES)
    in_moves = asked_in_moves(session, person_id, profile.valid_at, profile.known_at, vetted)
    turns = turns_of(person_id)
    return render_template(
        "portable_profile/record.html",
        caption=name_in(profile),
        sections=Presenter(session, profile, permissions(), in_moves).sections(),
        asked=asked,
        shown_at=profile.valid_at,
        closed=False,
        dash=DASH,
        actions=_Actions(profile, changeable, works_here, asked, turns),
        additions=_additions(profile, works_here) if changeable and not asked.query else [],
        receipts_hrefs=[receipts_href(one) for one in turns if one.cause is Cause.LEFT],
        stay_hrefs=mistaken_deaths(person_id) if changeable and not works_here else [],
        coming_href=None if works_here else _coming_href(person_id),
        back_href=url_for("people.people"),
        over_time_href=url_for("people.posts_and_pay", person_id=person_id),
        reset_href=url_for("people.record_as_of", person_id=person_id),
        history_href=lambda kind, fact_id: url_for(
            "people.record_history", person_id=person_id, kind=kind, fact_id=fact_id, **asked.query
        ),
    )


@blueprint.get("/people/<uuid:person_id>/record/<kind>/<uuid:fact_id>")
@requires(Permission.SEE_PEOPLE)
def record_history(person_id: UUID, kind: str, fact_id: UUID) -> str:
    """Who said what of one fact, when and why; of a fact that the officer sees on the record."""
    session, asked = request_session(), asked_dates(request_time())
    profile = _part(person_id, asked, moment_in(person_id, asked))
    if kind not in list(Kind) or all(one.fact_id != fact_id for one in profile.facts[Kind(kind)]):
        raise NotFound(_("There is no such entry in this record."))
    versions = versions_seen(session, Kind(kind), fact_id, profile, permissions(), request_time())
    return render_template(
        "portable_profile/history.html",
        caption=name_in(profile),
        title=kinds()[Kind(kind)],
        rows=Presenter(session, profile, permissions()).versions(Kind(kind), versions),
        back_href=url_for("people.record_as_of", person_id=person_id, **asked.query),
    )


@dataclass(frozen=True)
class _Actions:
    """The links by which an officer changes a fact that they see, on whichever day, as we know it now.

    Where it turned access, another one leads to the receipts. The steps of a clearance are for what is so
    now.
    """

    profile: Profile
    changeable: bool
    works_here: bool
    asked: AskedDates
    turns: Sequence[Turn]

    def __call__(self, kind: Kind, fact_id: UUID) -> list[tuple[str, str]]:
        return self._changes(kind, fact_id) + [
            (_("Whether your apps know"), receipts_href(one))
            for one in self.turns
            if (kind, one.cause) in _TURNED_BY and one.fact_id == fact_id
        ]

    def _changes(self, kind: Kind, fact_id: UUID) -> list[tuple[str, str]]:
        if not self.changeable:
            return []
        fact = next(one for one in self.profile.facts[kind] if one.fact_id == fact_id)
        if kind in VETTED:
            return [] if self.asked.query else self._steps(kind, fact)
        if not _may_change(self.profile, fact) or (kind in OF_TODAY and not self.works_here):
            return []
        if is_of_a_coming_move(request_session(), fact, request_time()):
            return []
        to_come = fact.valid_from > request_time()
        texts = {Action.CORRECT: _("Correct"), Action.END: _("Withdraw") if to_come else _("End")}
        return [
            (
                text,
                url_for(
                    "people.change_fact",
                    person_id=self.profile.person_id,
                    kind=kind.value,
                    fact_id=fact_id,
                    action=action.value,
                    **self.asked.query,
                ),
            )
            for action, text in texts.items()
            if action in actions_on(kind, fact, request_time())
        ]

    def _steps(self, kind: Kind, fact: Any) -> list[tuple[str, str]]:
        """What a sponsor does with a clearance, and who gave a dispensation with that."""
        about: dict[str, Any] = {"person_id": self.profile.person_id, "fact_id": fact.fact_id}
        mine = permissions().organisations(Permission.MANAGE_CLEARANCES)
        sponsors = self.profile.facts[Kind.SPONSORSHIP]
        if kind is Kind.CLEARANCE and any(
            one.clearance_id == fact.fact_id and one.organisation_id in mine for one in sponsors
        ):
            return [
                (_("Manage"), url_for("people.clearance", **about)),
                (_("Stop its use"), url_for("people.stop_clearance", **about)),
            ]
        if kind is Kind.DISPENSATION and fact.organisation_id in mine:
            about["kind"] = kind.value
            return [
                (_("End"), url_for("people.end_vetting", **about)),
                (_("Take back"), url_for("people.take_back_vetting", **about)),
            ]
        return []


def _may_change(profile: Profile, fact: Any = None) -> bool:
    """Whether the officer changes records where the person works, and where this entry is of, if of any."""
    mine = permissions().organisations(Permission.CHANGE_RECORDS)
    place = getattr(fact, "organisation_id", None)
    return not mine.isdisjoint(profile.places) and (place is None or place in mine)


def _coming_href(person_id: UUID) -> str | None:
    """The move by which they are to join one of the officer's organisations."""
    coming = [
        one
        for one in transfers.of_person(request_session(), person_id)
        if one.in_flight and Side.IMPORTING in policy.sides_of(one, permissions())
    ]
    return url_for("transfers.transfer", transfer_id=coming[0].id) if coming else None


def _additions(profile: Profile, works_here: bool) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if set(profile.places) & permissions().organisations(Permission.MANAGE_CLEARANCES):
        for text, endpoint in (
            (_("Clearance"), "people.add_clearance"),
            (_("Application for a clearance"), "people.apply_for_clearance"),
            (_("Dispensation"), "people.add_dispensation"),
        ):
            found.append((text, url_for(endpoint, person_id=profile.person_id)))
    if not _may_change(profile):
        return found
    return found + [
        (kinds()[kind], url_for("people.add_fact", person_id=profile.person_id, kind=kind.value))
        for kind in Kind
        if Action.ADD in actions_of(kind)
        and (works_here or kind not in OF_TODAY)
        and not (kind is Kind.BIRTH_DATE and profile.facts[kind])
    ]


def _part(person_id: UUID, asked: AskedDates, valid_at: datetime) -> Profile:
    return employers_part(
        request_session(),
        person_id,
        permissions(),
        valid_at=valid_at,
        known_at=asked.known_at,
        now=request_time(),
    )


def moment_in(person_id: UUID, asked: AskedDates) -> datetime:
    """The moment asked for; without one, now, their first day to come or the last moment there."""
    if any(request.args.getlist("valid_on")):
        return asked.valid_at
    now, mine = request_time(), permissions().organisations(Permission.SEE_PEOPLE)
    shown_at = periods_in(request_session(), person_id, mine, now).shown_at(now)
    return asked.valid_at if shown_at == now else shown_at


def moment_of_fact(fact: Any, now: datetime) -> datetime:
    """When to look at a fact: now while it is so, else at its end, or when it will begin."""
    if fact.valid_from > now:
        begins: datetime = fact.valid_from
        return begins
    if fact.valid_to is None or fact.valid_to > now:
        return now
    ends: datetime = fact.valid_to
    return ends - INSTANT


def record_at(person_id: UUID, at: datetime) -> str:
    """The address of the record on the day of a moment."""
    day = civil_date(at)
    asked: dict[str, Any] = (
        {} if day == civil_date(request_time()) else {"valid_on": [day.day, day.month, day.year]}
    )
    return url_for("people.record_as_of", person_id=person_id, **asked)
