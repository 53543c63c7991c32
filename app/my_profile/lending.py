"""Going on loan: asking for one, and the employee's view of and part in theirs."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.access import signed_in_person
from app.loans.drafting import hosts, rules
from app.loans.forms import WishForm
from app.loans.missing_officers import rows_of
from app.loans.presenting import (
    LoanView,
    agreement_rows,
    history_rows,
    post_rows,
    standstill_lines,
    summary_rows,
    view_of,
    views_of,
    waiting_rows,
)
from app.loans.turning import settle
from app.loans.views import previews_for
from app.loans.words import kind_words
from app.my_profile.blueprint import blueprint
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.forms import ConfirmForm, show_refusal
from app.translation import gettext as _
from profiles.errors import Conflict, Invalid
from profiles.loans import acting, approving, drafting, extending, reading, signing, states
from profiles.loans.acting import Act
from profiles.loans.models import LoanState
from profiles.roles.permissions import Demand, signed_in


@blueprint.get("/profile/loan")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN)
def ask_for_loan() -> Response:
    """Ask HR of one's own organisation for a loan; below it the person's loans."""
    return _ask(None)


@blueprint.post("/profile/loan")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN)
def submit_wish() -> Response:
    """Send it to HR of one's own organisation."""
    session, now, person_id = request_session(), request_time(), signed_in_person()
    form = WishForm(hosts(drafting.home_posting(session, person_id, now).organisation_id))
    if not form.validate_on_submit():
        return _ask(form, 422)
    try:
        loan = drafting.ask(session, now, person_id=person_id, wish=form.wish(), rules=rules())
    except Invalid as refused:
        roll_back()
        show_refusal(form, refused)
        return _ask(form, 422)
    flash(_("HR of your organisation have your loan. You see here who is to act."), "success")
    return redirect(url_for("my_profile.loan", loan_id=loan.id), 303)


@blueprint.get("/profile/loans/<uuid:loan_id>")
@signed_in(here=True)
def loan(loan_id: UUID) -> str:
    """One's own loan: where it stands, who is to act, and all that it changes."""
    session, now = request_session(), request_time()
    view = my_loan(loan_id)
    agreement = reading.newest(session, loan_id)
    waiting = acting.as_told(acting.waiting_of(session, view.loan, now), ())
    mine = [one for one in waiting if one.side is None]
    others = [one for one in waiting if one.side is not None]
    return render_template(
        "my_profile/loan.html",
        view=view,
        kind=kind_words()[view.loan.kind],
        summary=summary_rows(view, agreement),
        post=post_rows(session, agreement, now),
        to_do=[
            row | {"href": url_for(_PAGES[one.act], loan_id=loan_id)}
            for row, one in zip(waiting_rows(mine, [view] * len(mine), now), mine, strict=True)
        ],
        who=rows_of(session, others, view, now),
        lines=standstill_lines(session, view, (None,), now),
        agreements=agreement_rows(session, view),
        history=history_rows(session, view, ()),
        previews=previews_for(view, (None,), agreement),
        may_withdraw=_may_withdraw(view),
    )


@blueprint.get("/profile/loans/<uuid:loan_id>/submit")
@signed_in(fresh=True)
def submit_loan(loan_id: UUID) -> str:
    """The draft, and whether the person sends it on."""
    return _show_signing(loan_id, LoanState.DRAFT, "my_profile/submit_loan.html")


@blueprint.post("/profile/loans/<uuid:loan_id>/submit")
@signed_in(fresh=True)
def send_loan_on(loan_id: UUID) -> Response:
    """Send it on to HR."""
    my_loan(loan_id)
    drafting.submit(request_session(), request_time(), loan_id=loan_id, person_id=signed_in_person())
    flash(_("You have sent it on. HR of your organisation approve it next."), "success")
    return _to_loan(loan_id)


@blueprint.get("/profile/loans/<uuid:loan_id>/sign")
@signed_in(fresh=True)
def sign_loan(loan_id: UUID) -> str:
    """The agreement, or the extension, and whether the person signs."""
    return _show_signing(
        loan_id, (LoanState.HOST_APPROVED, LoanState.EXTENSION_PENDING), "my_profile/sign_loan.html"
    )


@blueprint.post("/profile/loans/<uuid:loan_id>/sign")
@signed_in(fresh=True)
def submit_signature(loan_id: UUID) -> Response:
    """Sign what the page showed; a loan that begins today begins in this very request."""
    view, session, now = my_loan(loan_id), request_session(), request_time()
    reading.check_shown(session, view.loan, request.form.get("shown", ""))
    signed = signing.sign(session, now, loan_id=loan_id, person_id=signed_in_person())
    settle(session, signed, now)
    flash(_("You have signed."), "success")
    return _to_loan(loan_id)


@blueprint.get("/profile/loans/<uuid:loan_id>/refuse-extension")
@signed_in(fresh=True)
def refuse_extension(loan_id: UUID) -> str:
    """Ask whether the loan is to end on its day."""
    return _show_signing(loan_id, LoanState.EXTENSION_PENDING, "my_profile/refuse_extension.html")


@blueprint.post("/profile/loans/<uuid:loan_id>/refuse-extension")
@signed_in(fresh=True)
def submit_extension_refusal(loan_id: UUID) -> Response:
    """The loan ends on its day."""
    my_loan(loan_id)
    extending.refuse_own(request_session(), request_time(), loan_id=loan_id, person_id=signed_in_person())
    flash(_("You have refused. Your loan ends on its last day."), "success")
    return _to_loan(loan_id)


@blueprint.get("/profile/loans/<uuid:loan_id>/withdraw")
@signed_in(fresh=True)
def withdraw_from_loan(loan_id: UUID) -> str:
    """Ask whether to withdraw."""
    view = my_loan(loan_id)
    if not _may_withdraw(view):
        raise Conflict(_("This loan has begun or ended already."))
    return render_template("my_profile/withdraw_loan.html", view=view)


@blueprint.post("/profile/loans/<uuid:loan_id>/withdraw")
@signed_in(fresh=True)
def submit_loan_withdrawal(loan_id: UUID) -> Response:
    """Withdraw; nothing changes for the person."""
    my_loan(loan_id)
    approving.withdraw(request_session(), request_time(), loan_id=loan_id, person_id=signed_in_person())
    flash(_("You have withdrawn. Nothing changes for you."), "success")
    return _to_loan(loan_id)


def my_loan(loan_id: UUID) -> LoanView:
    """The person's own loan; of others', HR's view of them included, nothing is said here."""
    session = request_session()
    return view_of(session, reading.get_own(session, loan_id, signed_in_person()), request_time())


_PAGES = {Act.SUBMIT: "my_profile.submit_loan", Act.SIGN: "my_profile.sign_loan"}


def _may_withdraw(view: LoanView) -> bool:
    begun = view.loan.state is LoanState.SCHEDULED and view.loan.begins_at <= request_time()
    allowed = states.allows(view.loan.regime, view.loan.state, LoanState.WITHDRAWN)
    return allowed and view.loan.state in states.BEFORE_START and not begun


def _show_signing(loan_id: UUID, waits: LoanState | tuple[LoanState, ...], template: str) -> str:
    view = my_loan(loan_id)
    if view.loan.state not in (waits if isinstance(waits, tuple) else (waits,)):
        raise Conflict(_("This loan does not wait for you now."))
    agreement = reading.get_open(request_session(), loan_id)
    return render_template(
        template,
        view=view,
        agreement=agreement,
        shown=reading.shown(view.loan, agreement),
        summary=summary_rows(view, agreement),
        post=post_rows(request_session(), agreement, request_time()),
        extends=view.loan.state is LoanState.EXTENSION_PENDING,
        previews=previews_for(view, (None,), agreement),
        form=ConfirmForm(),
    )


def _to_loan(loan_id: UUID) -> Response:
    return redirect(url_for("my_profile.loan", loan_id=loan_id), 303)


def _ask(form: WishForm | None, status: int = 200) -> Response:
    session, now = request_session(), request_time()
    mine = reading.of_person(session, signed_in_person())
    lent = any(one.in_flight for one in mine)
    if form is None and not lent:
        home = drafting.home_posting(session, signed_in_person(), now).organisation_id
        form = WishForm(hosts(home))
    page = render_template(
        "my_profile/ask_for_loan.html", form=form, lent=lent, loans=views_of(session, mine, now)
    )
    return Response(page, status, mimetype="text/html")
