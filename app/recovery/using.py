"""The person enters the two codes; with them, this browser may make a new way in for some minutes.

A wrong pair says nothing of why. Codes cannot be guessed, so failures are counted against the network address
alone.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import current_app, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from app.recovery.blueprint import blueprint
from app.recovery.forms import CodesForm
from app.request_transaction import own_transaction, reading, request_time
from app.translation import gettext as _
from identity.recovery import allowances, codes
from identity.recovery.codes import CodePair
from identity.sign_in.offered import policy_for
from identity.sign_in.throttling import Wait, forget_quiet, take_failure
from identity.sign_in.waiting import say_how_long
from identity.sign_in_policy.policy import PersonsPolicy
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.bulk_moves.freeze import frozen_until
from profiles.errors import Conflict
from profiles.roles.permissions import public
from profiles.sign_in.models import Method
from profiles.sign_in.service import display_name, known_addresses, may_sign_in

GOOD_FOR = timedelta(minutes=15)
_COOKIE_KEY = "recovery_codes_given"


@dataclass(frozen=True)
class Recovering:
    """Who has given both codes in this browser."""

    pair: CodePair
    person_id: UUID
    name: str
    addresses: tuple[str, ...]
    policy: PersonsPolicy

    @property
    def may_choose_password(self) -> bool:
        """Whether a password can be of use to them, alone or with a code."""
        return bool(self.policy.methods & {Method.PASSWORD, Method.PASSWORD_AND_CODE})


@blueprint.get("/recovery")
@public
def use_codes() -> str:
    """Ask for the codes."""
    return render_template("recovery/use.html", form=CodesForm())


@blueprint.post("/recovery")
@public
def submit_codes() -> Response | tuple[str, int]:
    """Remember that both are right, and go on to the new way in; nothing is spent or changed yet."""
    form = CodesForm()
    if not form.validate_on_submit():
        return render_template("recovery/use.html", form=form), 422
    pair = CodePair.of(form.first.data or "", form.second.data or "")
    if _find(pair) is None:
        return _refuse(form)
    session[_COOKIE_KEY] = [*pair.hashes, request_time().isoformat()]
    return redirect(url_for("recovery.new_passkey"), 303)


def find_recovering() -> Recovering | None:
    """Who gave both codes here a moment ago, while they still open a recovery."""
    kept = session.get(_COOKIE_KEY)
    if kept is None:
        return None
    first, second, given = kept
    if request_time() - datetime.fromisoformat(given).astimezone(UTC) >= GOOD_FOR:
        return None
    return _find(CodePair((first, second)))


def codes_are_over() -> Response:
    """The page for whoever comes too late, or did not come from the codes."""
    session.pop(_COOKIE_KEY, None)
    return make_response(render_template("recovery/codes_over.html"), 404)


def _find(pair: CodePair) -> Recovering | None:
    """Raises Conflict when a move that was agreed meanwhile wants a security officer first."""
    now = request_time()
    with reading() as database:
        opened = codes.find_opened(database, pair, now)
        if opened is None or not may_sign_in(database, opened.person_id, now):
            return None
        frozen = frozen_until(database, opened.person_id, now, current_app.config["MOVE_FREEZE"])
        allowed = allowances.find_allowed(
            database, opened.person_id, opened.organisation_id, now, to=opened.person_id
        )
        if frozen is not None and allowed is None:
            raise Conflict(
                _(
                    "You are moving between departments, so a security officer must allow this first. Ring "
                    "the officers who gave you the codes."
                )
            )
        return Recovering(
            pair,
            opened.person_id,
            display_name(database, opened.person_id, now),
            tuple(known_addresses(database, opened.person_id, now)),
            policy_for(database, opened.person_id),
        )


def count_wrong_codes() -> Wait | bool:
    """Count two wrong codes against the network address; Wait when no more may be tried from there."""
    now, source = request_time(), request.remote_addr or ""
    with own_transaction() as own:
        began_window = take_failure(own, source, now)
        if not isinstance(began_window, Wait):
            events = [Event.SIGN_IN_FAILED]
            if began_window:
                events.append(Event.SIGN_IN_THROTTLED)
                forget_quiet(own, now)
            by, details = Initiator.system("sign-in"), {"step": "recovery"}
            for event in events:
                append(own, event, by, now, details=details, personal={"source": source})
    return began_window


def _refuse(form: CodesForm) -> Response:
    began_window = count_wrong_codes()
    if isinstance(began_window, Wait):
        return say_how_long(began_window, form, lambda: _show(form, 429))
    form.form_errors.append(
        _("These are not two codes of one recovery, or they are too old. Check both with the officers")
    )
    return _show(form, 422)


def _show(form: CodesForm, status: int) -> Response:
    return make_response(render_template("recovery/use.html", form=form), status)
