"""The forms of loans. Fields have the names that ``profiles.errors.Invalid`` uses."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.transfers.forms import TermsForm, text_field
from app.widgets import CivilDateField, Radios, Select, SelectChoice, TextArea, stripped
from profiles.clearances.levels import ClearanceLevel
from profiles.loans.approving import HostPost
from profiles.loans.drafting import LONGEST_PURPOSE, Wish
from profiles.loans.models import LoanAgreement, Payer
from profiles.loans.outside import Signed
from profiles.organisations.grades import CommonGrade
from profiles.organisations.service import OrganisationView

LONGEST_REASON = 1000
NEW_BODY = "new"
"""Of the hosts to choose from: one that is not among them."""


def payer_choices() -> list[SelectChoice]:
    """Who bears the cost, in words."""
    return [
        SelectChoice(Payer.HOME.value, gettext("The home organisation, without a recharge")),
        SelectChoice(Payer.HOST.value, gettext("The host: the home organisation recharges it")),
    ]


class WishForm(FlaskForm):  # type: ignore[misc]
    """What a loan is to be, as the employee asks for it."""

    host_organisation_id = SelectField(
        _l("Which organisation do they go to?"),
        [InputRequired(_l("Choose the organisation"))],
        widget=Select(),
    )
    start_date = CivilDateField(
        _l("Start date"),
        [InputRequired(_l("Enter the start date"))],
        description=_l("The first day at the host."),
    )
    last_day = CivilDateField(
        _l("Last day"),
        [InputRequired(_l("Enter the last day"))],
        description=_l(
            "The last day at the host. Access there ends with it, and home access is back the next day."
        ),
    )
    purpose = TextAreaField(
        _l("What is the loan for?"),
        [
            DataRequired(_l("Say what the loan is for")),
            Length(max=LONGEST_PURPOSE, message=_l("Use %(max)d characters or fewer")),
        ],
        description=_l(
            "The employee and both organisations read it. For example, to help with a peak of visas."
        ),
        widget=TextArea(),
        filters=[stripped],
    )

    def __init__(self, hosts: Iterable[OrganisationView], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.host_organisation_id.choices = [
            SelectChoice("", gettext("Choose an organisation")),
            *(SelectChoice(str(one.id), one.name) for one in hosts),
        ]

    def wish(self) -> Wish:
        """The wish, once the form is valid."""
        typed = self.data
        return Wish(
            host_organisation_id=UUID(typed["host_organisation_id"]),
            start_date=typed["start_date"],
            last_day=typed["last_day"],
            payer=Payer(typed.get("payer", Payer.HOME)),
            purpose=typed["purpose"] or "",
        )


class LoanForm(WishForm):
    """The same as HR drafts it, with who pays."""

    payer = RadioField(
        _l("Who bears the cost?"),
        [InputRequired(_l("Say who bears the cost"))],
        description=_l("They stay on the home payroll either way."),
        widget=Radios(),
    )

    outside_name = text_field(
        _l("Name of the body outside, if it is not in the list"),
        description=_l("A company, charity or university, as it calls itself. Nobody there gets an account."),
    )

    def __init__(
        self, hosts: Iterable[OrganisationView], *, may_add_body: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(hosts, **kwargs)
        self.payer.choices = payer_choices()
        if may_add_body:
            text = gettext("A body outside the public service that is not in the list")
            self._offer(NEW_BODY, text)
        else:
            del self.outside_name

    @property
    def adds_body(self) -> bool:
        """Whether the host is to be added by its name."""
        return "outside_name" in self and self.host_organisation_id.data == NEW_BODY

    def choose(self, host: OrganisationView) -> None:
        """The host that has just been added is the one that was meant."""
        self._offer(str(host.id), host.name)
        self.host_organisation_id.data, self.outside_name.data = str(host.id), ""

    def _offer(self, value: str, text: str) -> None:
        offered = [*(self.host_organisation_id.choices or ()), SelectChoice(value, text)]
        self.host_organisation_id.choices = offered


class PostForm(FlaskForm):  # type: ignore[misc]
    """The post at the host."""

    local_grade = SelectField(
        _l("Grade"),
        [InputRequired(_l("Choose a grade"))],
        description=_l("Your organisation's grade that is like theirs. A promotion needs a loan of its own."),
        widget=Select(),
    )
    job_title = text_field(_l("Job title"), _l("Enter the job title"))
    profession = text_field(_l("Profession (optional)"), description=_l("For example, Operational Delivery"))
    unit = text_field(_l("Team or unit (optional)"))
    location = text_field(_l("Place of work (optional)"))
    line_manager = text_field(
        _l("Work e-mail address of their line manager with you (optional)"),
        description=_l("Somebody of your organisation. You can record later who it is."),
    )
    required_level = SelectField(
        _l("Clearance that the post needs"),
        [Optional()],
        description=_l("Home shares what they hold. The loan is not scheduled while that is not enough."),
        widget=Select(),
    )

    def __init__(self, grades: dict[str, CommonGrade | None], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.required_level.choices = [
            SelectChoice("", gettext("None")),
            *(SelectChoice(one.value, one.value) for one in ClearanceLevel if one is not ClearanceLevel.BPSS),
        ]
        self.local_grade.choices = [SelectChoice("", gettext("Choose a grade"))] + [
            SelectChoice(label, f"{label} ({grade.value})" if grade and grade.value != label else label)
            for label, grade in grades.items()
        ]

    def post(self) -> HostPost:
        """The post, once the form is valid."""
        names = ("local_grade", "job_title", "profession", "unit", "location", "line_manager")
        level = self.data["required_level"]
        return HostPost(
            required_level=ClearanceLevel(level) if level else None,
            **{name: self.data[name] or "" for name in names},
        )

    @classmethod
    def of(
        cls, grades: dict[str, CommonGrade | None], agreement: LoanAgreement, line_manager: str
    ) -> "PostForm":
        """The form as the post was described before; ``line_manager`` is the manager's work address."""
        return cls(grades, obj=agreement, line_manager=line_manager)


class OutsideForm(FlaskForm):  # type: ignore[misc]
    """What a body outside has signed."""

    reference = text_field(
        _l("Reference of the signed agreement"),
        _l("Enter the reference of the agreement that they have signed"),
        description=_l("As your organisation files it, so that an auditor finds it."),
    )
    contact = text_field(
        _l("Whom to ask there"),
        _l("Enter whom to ask there, and how they are reached"),
        description=_l("For example, HR Services, 020 7946 0000. No page shows them anything."),
    )
    job_title = text_field(_l("Job title there"), _l("Enter the job title"))
    location = text_field(_l("Place of work (optional)"))

    def signed(self) -> Signed:
        """What they have signed, once the form is valid."""
        names = ("job_title", "reference", "contact", "location")
        return Signed(**{name: (self.data[name] or "") for name in names})


def reason_field() -> TextAreaField:
    """A reason that everybody reads."""
    return TextAreaField(
        _l("Reason"),
        [
            DataRequired(_l("Say why, so that the others know what to do")),
            Length(max=LONGEST_REASON, message=_l("Use 1,000 characters or fewer")),
        ],
        description=_l("The employee and the other organisation can read it."),
        widget=TextArea(),
        filters=[stripped],
    )


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """Why something is refused."""

    reason = reason_field()


class EndForm(FlaskForm):  # type: ignore[misc]
    """When and why a loan ends earlier."""

    last_day = CivilDateField(
        _l("Last day"),
        [InputRequired(_l("Enter the last day"))],
        description=_l(
            "The last day at the host. If they are back at home already, the last day before that."
        ),
    )
    reason = reason_field()


class BeganForm(FlaskForm):  # type: ignore[misc]
    """On which day a loan began in truth."""

    start_date = CivilDateField(_l("Start date"), [InputRequired(_l("Enter the start date"))])

    def __init__(self, backdate_days: int) -> None:
        super().__init__()
        self.start_date.description = ngettext(
            "Today at the latest, and %(num)s day at most from the one that is recorded.",
            "Today at the latest, and %(num)s days at most from the one that is recorded.",
            backdate_days,
        )


class ExtensionForm(FlaskForm):  # type: ignore[misc]
    """Until when a loan lasts longer, and who pays."""

    last_day = CivilDateField(
        _l("New last day"),
        [InputRequired(_l("Enter the new last day"))],
        description=_l("The last day at the host."),
    )
    payer = RadioField(
        _l("Who bears the cost of the extension?"),
        [InputRequired(_l("Say who bears the cost"))],
        widget=Radios(),
    )

    def __init__(self) -> None:
        super().__init__()
        self.payer.choices = payer_choices()


class SharingForm(FlaskForm):  # type: ignore[misc]
    """Whether the clearance is shared."""

    agreed = RadioField(
        _l("Do you agree that the clearance is shared for the loan?"),
        [InputRequired(_l("Say whether you agree"))],
        widget=Radios(),
    )
    reason = TextAreaField(
        _l("If not: the reason"),
        [Length(max=LONGEST_REASON, message=_l("Use 1,000 characters or fewer"))],
        description=_l("Only officers of your organisation can read it."),
        widget=TextArea(),
        filters=[stripped],
    )

    def __init__(self) -> None:
        super().__init__()
        self.agreed.choices = [
            SelectChoice("yes", gettext("Yes, share it until the last day")),
            SelectChoice("no", gettext("No: that declines the loan")),
        ]


class StayForm(TermsForm):
    """What the host offers to somebody on loan who is to stay; the loan goes before, without a gap."""
