"""The pages on which the desk's people work."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Form, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from examples.department_app import cases
from examples.department_app.desk import this_desk, this_worker

blueprint = Blueprint("case_pages", __name__, url_prefix="/cases")
MOST_PAGES = 100_000
NUMBER = "<int(max=9007199254740991):number>"


class CaseForm(Form):
    """A new case."""

    title = StringField(
        _l("What is the case about?"),
        filters=[lambda text: text and text.strip()],
        validators=[
            DataRequired(_l("Enter what the case is about")),
            Length(max=120, message=_l("What the case is about must be 120 characters or fewer")),
        ],
    )
    details = TextAreaField(
        _l("Details (optional)"),
        filters=[lambda text: (text or "").strip()],
        validators=[Length(max=4000, message=_l("Details must be 4,000 characters or fewer"))],
    )


@blueprint.get("")
def index() -> ResponseReturnValue:
    """The open or the closed cases of the person's organisation."""
    closed = request.args.get("show") == "closed"
    page = min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)
    worker = this_worker()
    with this_desk().database.reading() as connection:
        counts = {shown: cases.count(connection, worker, closed=shown) for shown in (False, True)}
        listed = cases.newest(connection, worker, closed=closed, page=page)
    has_next = counts[closed] > page * cases.PAGE_SIZE
    return render_template(
        "cases.html", cases=listed, counts=counts, closed=closed, page=page, has_next=has_next
    )


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Open a case."""
    desk, worker, form = this_desk(), this_worker(), CaseForm(request.form)
    if not worker.may_add:
        abort(403)
    if request.method == "GET":
        return render_template("new_case.html", form=form)
    if not form.validate():
        return render_template("new_case.html", form=form), 400
    with desk.database.transaction() as connection:
        number = cases.add(
            connection, worker, title=form.title.data or "", details=form.details.data or "", now=desk.now()
        )
    flash(_("Case %(number)s is open.", number=number))
    return redirect(url_for(".show", number=number), 303)


@blueprint.get(f"/{NUMBER}")
def show(number: int) -> ResponseReturnValue:
    """One case."""
    worker = this_worker()
    with this_desk().database.reading() as connection:
        case = cases.find(connection, worker, number)
    if case is None:
        abort(404)
    return render_template("case.html", case=case, may_close=worker.may_close(opened_by=case.opened_by))


@blueprint.post(f"/{NUMBER}/close")
def close(number: int) -> ResponseReturnValue:
    """Close a case."""
    desk, worker = this_desk(), this_worker()
    try:
        with desk.database.transaction() as connection:
            case = cases.find(connection, worker, number)
            if case is None:
                abort(404)
            cases.close(connection, worker, case, desk.now())
    except cases.NotAllowed:
        abort(403)
    except cases.AlreadyClosed:
        flash(_("Case %(number)s was closed already.", number=number))
    else:
        flash(_("Case %(number)s is closed.", number=number))
    return redirect(url_for(".show", number=number), 303)
