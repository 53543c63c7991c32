"""A change of who may use an app on pages: a form, a check of whose access turns, and then it is recorded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request
from sqlmodel import Session
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.access_changes import settle_people
from app.apps.policy_words import summary_of, title_of
from app.display_formats import civil_date, civil_datetime
from app.request_transaction import reading, request_session, request_time, roll_back
from app.role_words import allowed_in_words
from app.transfers.forms import show_refusal
from app.translation import gettext as _
from profiles.access_policy.foreseen import FEWEST, Foreseen, Opened, Woken
from profiles.access_policy.models import PolicyChange, PolicyState
from profiles.access_policy.previews import note_preview
from profiles.access_policy.seen import seen_by
from profiles.access_policy.service import Wanted, must_wait, submit
from profiles.employments.service import current_postings
from profiles.entitlements.preview import Change
from profiles.entitlements.service import rules_of
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.organisations import service as organisations
from profiles.people.service import display_name, name_of
from profiles.roles.permissions import Permission
from profiles.temporal import civil_date as day_of
from profiles.temporal import start_of_day

BY_HAND = "A role was given or taken away by hand."


@dataclass(frozen=True)
class Effect:
    """Whom a change touches, in words that the reader may have."""

    lead: str
    to_come: str
    rows: Sequence[Sequence[str]]
    named: Sequence[Sequence[str]]
    unnamed: bool
    kept_back: str = ""
    """What is not said because a rule asks for a clearance."""
    lines: Sequence[str] = ()
    """What else it touches, a sentence each: officers, work addresses, records, people who sign in again."""
    allows: Sequence[str] = ()
    """What somebody may do in Lanyard from then on."""


def about(number: int, *, by_clearance: bool = False) -> str:
    """A number of people, as coarse as a page may say it; with ``by_clearance`` none is like a few."""
    if number == 0 and not by_clearance:
        return _("Nobody")
    if number < FEWEST:
        return _("Fewer than %(num)d", num=FEWEST)
    return _("About %(num)s", num=f"{round(number, -1):,}")


def effect_of(session: Session, foreseen: Foreseen, now: datetime, person_id: UUID | None = None) -> Effect:
    """What the reader may know of it: names of their own organisations' people alone.

    What is about one person alone names them in any case: the reader came by their name.
    """
    if foreseen.opens is not None:
        return _effect_of_role(foreseen.opens)
    if foreseen.woken is not None:
        return _effect_of_waking(foreseen.woken)
    if person_id is not None:
        return _effect_on(session, foreseen, now, person_id)
    nameable = permissions().organisations(Permission.SEE_PEOPLE)
    seen = seen_by(session, foreseen, nameable, now)
    known = organisations.tree(session, now).organisations
    touched, hides = len({turn.person_id for turn in foreseen.turns}), foreseen.by_clearance
    rows = [
        (
            known[one].name,
            *(
                about(numbers[change], by_clearance=hides)
                for change in (Change.BEGINS, Change.ENDS, Change.CHANGES)
            ),
        )
        for one, numbers in seen.numbers.items()
        if one in known and (not hides or max(numbers.values()) >= FEWEST)
    ]
    apps = {turn.app_id: rules_of(session, turn.app_id, now) for turn in foreseen.turns}

    def said(app_id: UUID, roles: Sequence[str]) -> str:
        return ", ".join(apps[app_id].label_of(role) for role in roles) or _("No access")

    first = min((turn.at for turn in foreseen.turns), default=now)
    return Effect(
        lead=_lead(touched, first, now, by_clearance=hides),
        to_come=about(foreseen.to_come).lower() if foreseen.to_come else "",
        rows=sorted(rows),
        named=[
            (
                one.name,
                said(one.turn.app_id, one.turn.before),
                said(one.turn.app_id, one.turn.after),
                *((apps[one.turn.app_id].app_name,) if len(apps) > 1 else ()),
            )
            for one in seen.named
        ],
        unnamed=foreseen.unnamed and (hides or bool(touched)),
        kept_back=_kept_back(touched) if hides else "",
        lines=(*_addresses(foreseen), *_officers(foreseen)),
    )


def _effect_of_role(opens: Opened) -> Effect:
    """What the role allows; how many people’s records that opens, as coarse as any number."""
    lead = _("In Lanyard they can then:")
    if opens.places > 1:
        lead = _("In Lanyard they can then, at these organisations (%(num)d):", num=opens.places)
    lines = [_("Nobody’s access to an app changes by it.")]
    if opens.records is not None:
        number = about(opens.records).lower()
        lines.insert(0, _("People whose records that opens: %(number)s.", number=number))
    return Effect(lead, "", (), (), unnamed=False, lines=lines, allows=allowed_in_words(opens.role))


def _effect_of_waking(woken: Woken) -> Effect:
    """Numbers alone: administrators of the platform see nobody's record."""
    number = about(woken.people).lower()
    lead = _("People who can sign in again, at the most: %(number)s.", number=number)
    apps = _("Apps of these organisations: %(num)s.", num=f"{woken.apps:,}")
    return Effect(lead, "", (), (), unnamed=False, lines=[apps])


def _officers(foreseen: Foreseen) -> Sequence[str]:
    if foreseen.officers is None:
        return ()
    gained, lost = (about(len(those)).lower() for those in (foreseen.officers.gained, foreseen.officers.lost))
    return (
        _("Officers whose roles in Lanyard reach it from then on: %(number)s.", number=gained),
        _("Officers whose roles in Lanyard reach it no more: %(number)s.", number=lost),
    )


def _addresses(foreseen: Foreseen) -> Sequence[str]:
    if foreseen.addresses is None:
        return ()
    said = _(
        "People with a work e-mail address of this domain: %(number)s. They keep it. From then on Lanyard "
        "leads them to another sign-in, or to none, by their address.",
        # Not that it is nobody: who asks for a part of another's domain is not told whether it is in use.
        number=about(max(1, foreseen.addresses)).lower(),
    )
    return (said,)


def _kept_back(touched: int) -> str:
    if touched < FEWEST:
        return _(
            "A rule of this app asks for a clearance, so this page does not say whether it is a few people "
            "or nobody."
        )
    return _("A rule of this app asks for a clearance, so organisations with few such people are left out.")


def _effect_on(session: Session, foreseen: Foreseen, now: datetime, person_id: UUID) -> Effect:
    if foreseen.by_clearance and not _may_see_clearances(session, person_id, now):
        said = _("A rule of this app asks for a clearance, so what the rules give them is not said here.")
        return Effect(_("This is about the role given by hand alone."), "", (), (), False, kept_back=said)
    lead, rows, name = _("Nobody’s access changes."), [], display_name(name_of(session, person_id, now))
    for turn in foreseen.turns:
        label = rules_of(session, turn.app_id, now).label_of
        before, after = (
            ", ".join(label(role) for role in roles) or _("No access") for roles in (turn.before, turn.after)
        )
        rows.append((name, before, after))
        lead = (
            _("Access changes at once.")
            if turn.at <= now
            else _("Access changes from %(when)s on.", when=_when(turn.at))
        )
    return Effect(lead, "", (), rows, unnamed=False)


def _may_see_clearances(session: Session, person_id: UUID, now: datetime) -> bool:
    works_at = {one.organisation_id for one in current_postings(session, person_id, now)}
    return not works_at.isdisjoint(permissions().organisations(Permission.SEE_CLEARANCES))


def _when(at: datetime) -> str:
    return civil_date(at) if at == start_of_day(day_of(at)) else civil_datetime(at)


def _lead(touched: int, first: datetime, now: datetime, *, by_clearance: bool) -> str:
    if by_clearance and touched < FEWEST:
        few = about(0, by_clearance=True).lower()
        return _("People whose access changes: %(number)s, or nobody’s.", number=few)
    if not touched:
        return _("Nobody’s access changes.")
    number = about(touched).lower()
    if first <= now:
        return _("People whose access changes: %(number)s, from now on.", number=number)
    return _("People whose access changes: %(number)s, from %(when)s on.", number=number, when=_when(first))


@dataclass(frozen=True)
class Case:
    """What is changed, and the pages around it."""

    wanted: Wanted
    caption: str
    back_href: str
    form: Any
    ask: Callable[[int], Response]
    """Shows the form again."""


def submit_case(case: Case) -> Response:
    """Show whose access it turns; once that was checked, record it or let it wait."""
    now, alone_up_to = request_time(), current_app.config["SECOND_OFFICER_ABOVE"]
    checked = request.form.get("checked") == "yes"
    if "change" in request.form:
        return case.ask(200)
    roll_back()  # whose access turns is worked out before anything is written
    try:
        with reading() as session:
            case.wanted.check(session, now, now)
            foreseen = case.wanted.foresee(session, now)
            if not checked:
                waits = must_wait(session, foreseen, signed_in_person(), now, alone_up_to)
                page = _show_check(session, case, foreseen, waits)
        if not checked:
            note_preview(request_session(), case.wanted, foreseen, now, signed_in_person())
            return page
        change = submit(
            request_session(),
            case.wanted,
            foreseen,
            now,
            signed_in_person(),
            reason=case.form.data["reason"],
            alone_up_to=alone_up_to,
            gaining_above=current_app.config["GAINING_OFFICER_ABOVE"],
        )
    except (Invalid, Conflict, NotPermitted) as refused:
        roll_back()
        show_refusal(case.form, refused if isinstance(refused, Invalid) else Invalid(refused.message))
        return case.ask(422)
    if change.state is PolicyState.RECORDED and change.person_id is not None:
        settle_people(request_session(), [change.person_id], now, BY_HAND)
    flash(outcome_of(change), "success")
    return redirect(case.back_href, 303)


def outcome_of(change: PolicyChange) -> str:
    """What became of it, in a sentence."""
    if change.state is PolicyState.WAITING:
        return _(
            "It waits for a second officer, and nothing is changed yet. You find it under Your profile, "
            "Changes that you asked for."
        )
    return _("It is recorded.")


def _show_check(session: Session, case: Case, foreseen: Foreseen, waits: bool) -> Response:
    page = render_template(
        "apps/check_policy.html",
        title=title_of(case.wanted),
        caption=case.caption,
        summary=summary_of(session, case.wanted, request_time()),
        back_href=case.back_href,
        typed=typed_fields(request.form),
        effect=effect_of(session, foreseen, request_time(), case.wanted.person_id),
        waits=waits,
        is_noted=foreseen.by_clearance,
    )
    return Response(page, 200, mimetype="text/html")


def typed_fields(form: Any) -> list[tuple[str, str]]:
    """What the form held, to be sent again."""
    left_out = {"csrf_token", "checked", "change"}
    pairs: Mapping[str, Any] = form
    return [(name, value) for name, value in pairs.items(multi=True) if name not in left_out]  # type: ignore[call-arg]
