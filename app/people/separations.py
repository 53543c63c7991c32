"""HR takes a union back, on pages: to whom belongs what was added since, and a split that is asked for."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from app.access import signed_in_person
from app.people.blueprint import blueprint
from app.people.helped import Helped, check_not_self, get_helped
from app.people.union_lines import Reader, in_tables
from app.people.unions import PATH
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.forms import show_refusal
from app.translation import gettext as _
from app.widgets import Radios, SelectChoice, TextArea, TextInput, stripped
from profiles.errors import Conflict, Invalid
from profiles.imports.records.models import PossibleDuplicate
from profiles.merges import service, unions
from profiles.merges.foreseeing import Outcome, foresee
from profiles.merges.models import Merge, MergeRequest
from profiles.merges.splitting import Origin, Owner, Part, parts_of
from profiles.people.service import display_name, name_of
from profiles.roles.permissions import Permission, requires
from profiles.temporal import INSTANT

SPLIT_PATH = f"{PATH}/<uuid:union_id>/separate"


@blueprint.get(SPLIT_PATH)
@requires(Permission.CHANGE_RECORDS, fresh=True)
def separate(person_id: UUID, union_id: UUID) -> str:
    """To whom belongs what was added since."""
    return _Separating(person_id, union_id).show()


@blueprint.post(SPLIT_PATH)
@requires(Permission.CHANGE_RECORDS, fresh=True)
def submit_separate(person_id: UUID, union_id: UUID) -> Response | str | tuple[str, int]:
    """Check it or, once it was checked, ask for it."""
    return _Separating(person_id, union_id).submit()


def captions_of_split(survivor: str, other: str) -> dict[Outcome, str]:
    """What stands over the tables of a split."""
    return {
        Outcome.GOES: _("Goes to %(name)s", name=other),
        Outcome.PUT_BACK: _(
            "Becomes for %(survivor)s what it was before, and goes to %(other)s where it can",
            survivor=survivor,
            other=other,
        ),
        Outcome.STAYS: _("Stays with %(name)s", name=survivor),
    }


def name_of_other(merge: Merge) -> str:
    """What to call whoever was merged, apart from the survivor where both are called alike."""
    name, session, now = _name_before(merge), request_session(), request_time()
    alike = name == display_name(name_of(session, merge.survivor_id, now))
    return _("%(name)s, the other one", name=name) if alike else name


def _name_before(merge: Merge) -> str:
    """What they were called before, or are called in the files."""
    session = request_session()
    if merge.duplicate_id is not None:
        duplicate = session.get(PossibleDuplicate, merge.duplicate_id)
        return duplicate.name if duplicate else _("The other person")
    if merge.merged_id is None or merge.merged_at is None:
        return _("The other person")
    return display_name(name_of(session, merge.merged_id, merge.merged_at - INSTANT))


class _Separating:
    """One union of one person's record, and the form about it."""

    def __init__(self, person_id: UUID, union_id: UUID) -> None:
        session, now = request_session(), request_time()
        self.whom: Helped = get_helped(person_id, Permission.CHANGE_RECORDS)
        check_not_self(self.whom)
        self.merge = unions.get_union(session, person_id, union_id)
        self.union_id = union_id
        self.other = name_of_other(self.merge)
        self.reader = Reader(person_id)
        self.asked = [
            one
            for one in parts_of(session, self.merge, now)
            if one.asked and self.reader.may_read(one.kind, one.shown)
        ]
        self.form = self._form()

    def show(self, status: int = 200) -> str:
        return render_template(
            "people/separate.html",
            whom=self.whom,
            other=self.other,
            form=self.form,
            since=self.merge.merged_at,
            asked=[(self._field(one), *self._words(one)) for one in self.asked],
        )

    def submit(self) -> Response | str | tuple[str, int]:
        form = self.form
        if not form.validate_on_submit():
            return self.show(), 422
        try:
            if request.form.get("checked") != "yes":
                return self._check()
            self._ask()
        except (Invalid, Conflict) as refused:
            roll_back()
            # What was made only to be looked at is gone with it.
            self.merge = unions.get_union(request_session(), self.whom.person_id, self.union_id)
            show_refusal(form, refused if isinstance(refused, Invalid) else Invalid(refused.message))
            return self.show(), 422
        flash(_("It waits for a second officer and a security officer."), "success")
        return redirect(url_for("people.records", person_id=self.whom.person_id), 303)

    def _ask(self) -> MergeRequest:
        merge = unions.get_union(request_session(), self.whom.person_id, self.union_id)
        choices = {one.fact_id: Owner(self._field(one).data) for one in self.asked}
        return service.propose_split(
            request_session(),
            request_time(),
            signed_in_person(),
            merge,
            organisation_id=self.whom.organisation_id,
            choices=choices,
            names=self._names(),
            reason=self.form.reason.data,
        )

    def _names(self) -> Mapping[str, str]:
        if self.merge.duplicate_id is None:
            return {}
        return {"given_names": self.form.given_names.data, "family_name": self.form.family_name.data}

    def _check(self) -> str:
        foreseen = foresee(request_session(), request_time(), self._ask)
        told = in_tables(
            foreseen,
            self.whom.person_id,
            captions_of_split(self.whom.name, self.other),
            (self.whom.name, self.other),
        )
        return render_template(
            "people/check_separate.html",
            whom=self.whom,
            other=self.other,
            union_id=self.union_id,
            told=told,
            typed=[(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"],
        )

    def _form(self) -> Any:
        fields: dict[str, Any] = {}
        for part in self.asked:
            label = self._words(part)[0]
            fields[_name(part)] = RadioField(
                label,
                [InputRequired(_l("Choose whose it is"))],
                choices=self._choices(part),
                default=part.owner.value,
                widget=Radios(),
            )
        if self.merge.duplicate_id is not None:
            given, _blank, family = _name_before(self.merge).rpartition(" ")
            fields["given_names"] = _text(_l("Given names of the other person"), given)
            fields["family_name"] = _text(_l("Family name of the other person"), family)
        fields["reason"] = TextAreaField(
            _l("How do you know that they are two people?"),
            [
                DataRequired(_l("Enter how you know")),
                Length(max=service.LONGEST_REASON, message=_l("Use %(max)d characters or fewer")),
            ],
            widget=TextArea(),
            filters=[stripped],
        )
        return type("SeparateForm", (FlaskForm,), fields)()

    def _choices(self, part: Part) -> list[SelectChoice]:
        if part.origin is Origin.SINCE:
            return [
                SelectChoice(Owner.SURVIVOR, self.whom.name),
                SelectChoice(Owner.OTHER, self.other),
            ]
        return [
            SelectChoice(Owner.SURVIVOR, _("%(name)s: it stays as it is now", name=self.whom.name)),
            SelectChoice(
                Owner.OTHER,
                _(
                    "%(other)s: for %(name)s it becomes what it was before",
                    other=self.other,
                    name=self.whom.name,
                ),
            ),
        ]

    def _field(self, part: Part) -> Any:
        return self.form[_name(part)]

    def _words(self, part: Part) -> tuple[str, str]:
        """What it is, and what is said of it now."""
        what, said, begins, until = self.reader.row(part.kind, part.shown)
        days = _("From %(first)s, last day: %(last)s", first=begins, last=until)
        if not part.now:
            days = _("Taken out since. It was: %(days)s", days=days)
        return f"{what}: {said}", days


def _name(part: Part) -> str:
    return f"fact_{part.fact_id.hex}"


def _text(label: Any, value: str) -> StringField:
    return StringField(
        label,
        [DataRequired(_l("Enter the name")), Length(max=200, message=_l("Use %(max)d characters or fewer"))],
        default=value,
        widget=TextInput(),
        filters=[stripped],
    )
