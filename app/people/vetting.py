"""A security officer of the sponsor records the steps of a clearance: each is checked before it is recorded.

What changes access waits for a second security officer, and so do a suspension that is lifted and leave to
start before a clearance is there. What ends the use of one has a page of its own, and waits for nobody.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from werkzeug.wrappers import Response

from app.access import permissions
from app.people.blueprint import blueprint
from app.people.change_flow import show_form, submit_form
from app.people.vetting_forms import applied_fields, dispensed_fields, granted_fields, vetting_form
from app.people.vetting_steps import STEPS, Held
from app.portable_profile.presenting import DASH, Presenter
from app.portable_profile.words import kinds
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import (
    ClearanceCaveat,
    ClearanceEvent,
    ClearanceStatus,
    Dispensation,
    Sponsorship,
    SponsorshipKind,
)
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.organisations import service as organisations
from profiles.organisations.service import OrganisationView
from profiles.portable_profile.changes import Effect
from profiles.portable_profile.employers import employers_part
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action
from profiles.portable_profile.reading import Profile
from profiles.portable_profile.wanted import Wanted
from profiles.roles.permissions import Permission, requires
from profiles.temporal import Fact, current, end_of_day, history, start_of_day

PATH = "/people/<uuid:person_id>/clearances/<uuid:fact_id>"


@dataclass(frozen=True)
class _Case:
    """One step, for whom, and by which sponsor."""

    profile: Profile
    title: str
    lead: str
    form: Any
    back_href: str
    kind: Kind
    action: Action
    organisation_id: UUID | None
    values: Callable[[Mapping[str, Any]], dict[str, Any]]
    held: Fact | None = None

    def wanted(self) -> Wanted:
        """The change, once the form is valid. Raises Conflict when the form showed another version."""
        typed = self.form.data
        if self.held is not None and typed["version"] != str(self.held.id):
            raise Conflict("This record was changed meanwhile. Look at it again before you change it.")
        return Wanted(
            person_id=self.profile.person_id,
            organisation_id=self.organisation_id or UUID(typed["organisation"]),
            kind=self.kind,
            action=self.action,
            values=self.values(typed),
            reason=typed["reason"],
            source=f"page:{typed['source']}",
            version_id=self.held.id if self.held is not None else None,
        )

    def outcome(self, effect: Effect) -> Sequence[tuple[str, str]]:
        """What the record would say."""
        if effect.said.superseded_at is not None:
            return [(_("What becomes of it"), _("Taken back: it never was so"))]
        said = Presenter(request_session(), self.profile).statements(self.kind, effect.said)
        return [(head, text) for head, text in said if text != DASH]


@blueprint.get("/people/<uuid:person_id>/clearances/add")
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def add_clearance(person_id: UUID) -> Response:
    """The form of a clearance that was granted."""
    return show_form(_grant(person_id))


@blueprint.post("/people/<uuid:person_id>/clearances/add")
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def submit_added_clearance(person_id: UUID) -> Response:
    """Check it or, once it was checked, record it."""
    return submit_form(_grant(person_id))


@blueprint.get("/people/<uuid:person_id>/clearances/apply")
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def apply_for_clearance(person_id: UUID) -> Response:
    """The form of an application for a clearance."""
    return show_form(_apply(person_id))


@blueprint.post("/people/<uuid:person_id>/clearances/apply")
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def submit_application(person_id: UUID) -> Response:
    """Check it or, once it was checked, record it."""
    return submit_form(_apply(person_id))


@blueprint.get("/people/<uuid:person_id>/dispensations/add")
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def add_dispensation(person_id: UUID) -> Response:
    """The form of leave to start before a clearance is there."""
    return show_form(_dispense(person_id))


@blueprint.post("/people/<uuid:person_id>/dispensations/add")
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def submit_added_dispensation(person_id: UUID) -> Response:
    """Check it or, once it was checked, ask a second officer."""
    return submit_form(_dispense(person_id))


@blueprint.get(f"{PATH}/<step>")
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def step_clearance(person_id: UUID, fact_id: UUID, step: str) -> Response:
    """The form of one step of a clearance."""
    return show_form(_step(person_id, fact_id, step))


@blueprint.post(f"{PATH}/<step>")
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def submit_stepped_clearance(person_id: UUID, fact_id: UUID, step: str) -> Response:
    """Check it or, once it was checked, record it."""
    return submit_form(_step(person_id, fact_id, step))


@blueprint.get("/people/<uuid:person_id>/vetting/<kind>/<uuid:fact_id>/end")
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def end_vetting(person_id: UUID, kind: str, fact_id: UUID) -> Response:
    """The form that ends a caveat, a shared sponsorship or a dispensation."""
    return show_form(_end(person_id, kind, fact_id))


@blueprint.post("/people/<uuid:person_id>/vetting/<kind>/<uuid:fact_id>/end")
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def submit_ended_vetting(person_id: UUID, kind: str, fact_id: UUID) -> Response:
    """Check it or, once it was checked, record it."""
    return submit_form(_end(person_id, kind, fact_id))


@blueprint.get("/people/<uuid:person_id>/vetting/<kind>/<uuid:fact_id>/take-back")
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def take_back_vetting(person_id: UUID, kind: str, fact_id: UUID) -> Response:
    """The form that takes back a caveat, an event or a dispensation that was recorded by mistake."""
    return show_form(_take_back(person_id, kind, fact_id))


@blueprint.post("/people/<uuid:person_id>/vetting/<kind>/<uuid:fact_id>/take-back")
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def submit_taken_back_vetting(person_id: UUID, kind: str, fact_id: UUID) -> Response:
    """Check it or, once it was checked, ask a second officer."""
    return submit_form(_take_back(person_id, kind, fact_id))


def officers_part(person_id: UUID) -> Profile:
    """What the security officer sees of somebody now. Raises NotFound, NotPermitted for their own record."""
    now = request_time()
    part = employers_part(request_session(), person_id, permissions(), valid_at=now, known_at=now, now=now)
    if permissions().are_of(person_id):
        raise NotPermitted(_("A colleague must change your own record."))
    return part


def get_held(person_id: UUID, fact_id: UUID) -> Held:
    """A clearance that an organisation of the officer sponsors, or shares, now. Raises NotFound."""
    session, now, profile = request_session(), request_time(), officers_part(person_id)
    mine = permissions().organisations(Permission.MANAGE_CLEARANCES)
    row = next((one for one in profile.facts[Kind.CLEARANCE] if one.fact_id == fact_id), None)
    sponsors = [
        one
        for one in current(session, Sponsorship, now, now, clearance_id=fact_id)
        if one.organisation_id in mine
    ]
    if row is None or not sponsors:
        raise NotFound(_("There is no such clearance in your organisation."))
    sponsor = min(sponsors, key=lambda one: one.kind is not SponsorshipKind.PRIMARY)
    return Held(profile, row, sponsor.organisation_id, sponsor.kind is SponsorshipKind.PRIMARY)


def clearance_href(person_id: UUID, fact_id: UUID) -> str:
    """The page of one clearance."""
    return url_for("people.clearance", person_id=person_id, fact_id=fact_id)


def _grant(person_id: UUID) -> _Case:
    profile = officers_part(person_id)
    return _Case(
        profile,
        _("Record a clearance"),
        _("Record what the vetting authority decided. Lanyard grants nothing."),
        vetting_form(granted_fields(_workplaces(profile)), request_time()),
        _record_href(person_id),
        Kind.CLEARANCE,
        Action.ADD,
        None,
        lambda typed: {
            "level": ClearanceLevel(typed["level"]),
            "decided_on": typed["decided_on"],
            "expires_on": typed["expires_on"],
            "review_due_on": typed["review_due_on"],
            "valid_from": start_of_day(typed["first_day"]),
        },
    )


def _apply(person_id: UUID) -> _Case:
    profile = officers_part(person_id)
    return _Case(
        profile,
        _("Record an application for a clearance"),
        _("It opens nothing. Each step is recorded on its page until the vetting authority has decided."),
        vetting_form(applied_fields(_workplaces(profile)), request_time()),
        _record_href(person_id),
        Kind.CLEARANCE,
        Action.ADD,
        None,
        lambda typed: {
            "level": ClearanceLevel(typed["level"]),
            "status": ClearanceStatus.REQUESTED,
            "valid_from": start_of_day(typed["first_day"]),
        },
    )


def _dispense(person_id: UUID) -> _Case:
    profile = officers_part(person_id)
    return _Case(
        profile,
        _("Let them start before a clearance is there"),
        _("An exception, with an end and what is done meanwhile. It opens no app."),
        vetting_form(dispensed_fields(_workplaces(profile)), request_time()),
        _record_href(person_id),
        Kind.DISPENSATION,
        Action.ADD,
        None,
        lambda typed: {
            "level": ClearanceLevel(typed["level"]),
            "mitigations": typed["mitigations"],
            "valid_from": start_of_day(typed["first_day"]),
            "valid_to": end_of_day(typed["last_day"]),
        },
    )


def _step(person_id: UUID, fact_id: UUID, name: str) -> _Case:
    held = get_held(person_id, fact_id)
    step = STEPS.get(name)
    if step is None or not step.fits(held):
        raise NotFound(_("This cannot be done to such a record here."))
    around = organisations.tree(request_session(), request_time()).organisations
    others = sorted(around.values(), key=lambda one: one.name)
    changes_it = step.kind is Kind.CLEARANCE
    version = str(held.row.id) if changes_it else ""
    return _Case(
        held.profile,
        _("%(step)s: %(level)s", step=step.text(), level=held.row.level.value),
        step.lead(),
        vetting_form(step.fields(held, others), request_time(), version, step.said(held)),
        clearance_href(person_id, fact_id),
        step.kind,
        step.action,
        held.organisation_id,
        lambda typed: step.values(held, typed),
        held.row if changes_it else None,
    )


def _end(person_id: UUID, kind: str, fact_id: UUID) -> _Case:
    now, profile = request_time(), officers_part(person_id)
    found = _standing(_ENDED.get(kind), person_id, fact_id)
    fact = next((one for one in found if one.valid_to is None or one.valid_to > now), None)
    if fact is None or getattr(fact, "kind", None) is SponsorshipKind.PRIMARY:
        raise NotFound(_("There is no such entry in this record."))
    title, lead = _("End: %(what)s", what=kinds()[Kind(kind)]), _("It ends at once, when it is recorded.")
    return _beside(profile, Kind(kind), fact, Action.END, title, lead)


def _take_back(person_id: UUID, kind: str, fact_id: UUID) -> _Case:
    profile = officers_part(person_id)
    fact = next(iter(_standing(_TAKEN_BACK.get(kind), person_id, fact_id)), None)
    if fact is None:
        raise NotFound(_("There is no such entry in this record."))
    lead = _("It was recorded by mistake and never was so. A second officer decides. The history keeps it.")
    title = _("Take back: %(what)s", what=kinds()[Kind(kind)])
    return _beside(profile, Kind(kind), fact, Action.TAKE_BACK, title, lead)


def _standing(model: type[Any] | None, person_id: UUID, fact_id: UUID) -> Sequence[Any]:
    """What we say of a fact beside a clearance."""
    if model is None:
        return ()
    return history(request_session(), model, request_time(), fact_id=fact_id, person_id=person_id)


def _beside(profile: Profile, kind: Kind, fact: Any, action: Action, title: str, lead: str) -> _Case:
    """What is done to a fact beside a clearance, by its sponsor; to a dispensation by who gave it."""
    person_id = profile.person_id
    if isinstance(fact, Dispensation):
        organisation_id, back_href = fact.organisation_id, _record_href(person_id)
        if not permissions().allows(Permission.MANAGE_CLEARANCES, organisation_id):
            raise NotFound(_("There is no such entry in this record."))
    else:
        held = get_held(person_id, fact.clearance_id)
        if not held.is_primary:
            raise NotFound(_("There is no such entry in this record."))
        organisation_id, back_href = held.organisation_id, clearance_href(person_id, fact.clearance_id)
    return _Case(
        profile,
        title,
        lead,
        vetting_form({}, request_time(), str(fact.id)),
        back_href,
        kind,
        action,
        organisation_id,
        lambda typed: {},
        fact,
    )


_ENDED: Mapping[str, type[Fact]] = {
    Kind.SPONSORSHIP: Sponsorship,
    Kind.CAVEAT: ClearanceCaveat,
    Kind.DISPENSATION: Dispensation,
}
_TAKEN_BACK: Mapping[str, type[Fact]] = {
    Kind.CAVEAT: ClearanceCaveat,
    Kind.CLEARANCE_EVENT: ClearanceEvent,
    Kind.DISPENSATION: Dispensation,
}


def _workplaces(profile: Profile) -> list[OrganisationView]:
    """The officer's organisations whose person it is. Raises NotFound when there is none."""
    mine = permissions().organisations(Permission.MANAGE_CLEARANCES)
    known = organisations.tree(request_session(), request_time()).organisations
    found = [one for one in profile.places if one in mine]
    if not found:
        raise NotFound(_("There is no such person in your organisation."))
    return [known[one] for one in dict.fromkeys(found)]


def _record_href(person_id: UUID) -> str:
    return url_for("people.record_as_of", person_id=person_id)
