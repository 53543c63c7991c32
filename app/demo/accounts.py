"""The named people of the demonstration, one for each part that somebody plays in Lanyard."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from profiles.pay.models import PayReason
from profiles.roles.models import Role

PASSWORD = "demonstration-only"  # noqa: S105 - printed, and refused outside development


@dataclass(frozen=True)
class Pay:
    """A yearly salary from a day on."""

    since: date
    pounds: int
    reason: PayReason


@dataclass(frozen=True)
class Post:
    """A post from a day on."""

    since: date
    local_grade: str
    job_title: str


@dataclass(frozen=True)
class Held:
    """A role in Lanyard at an organisation and all below it; ``code`` None is the platform."""

    role: Role
    code: str | None


@dataclass(frozen=True)
class Account:
    """A person who can sign in. ``part`` says in a phrase whom they play."""

    given_name: str
    family_name: str
    address: str
    organisation: str
    part: str
    unit: str
    posts: Sequence[Post]
    pay: Sequence[Pay]
    profession: str = "Operational Delivery"
    location: str = "London"
    cleared_on: date | None = None
    roles: Sequence[Held] = field(default=())
    line_manager: str = ""
    """The whole name of another account."""
    middle_names: str = ""
    known_as: str = ""
    born_on: date | None = None
    phone: str = ""
    """Of the numbers that are kept free for stories."""
    office: str = ""
    """The name of an office of the organisation (``app.demo.organisations``)."""
    has_password: bool = True
    """Whether they can sign in; who is new waits for an invitation."""

    @property
    def name(self) -> str:
        """The whole name."""
        return f"{self.given_name} {self.family_name}"


_HEADQUARTERS = {"HMRC": "100 Parliament Street", "HO": "2 Marsham Street", "CO": "70 Whitehall"}


def _colleague(
    name: str,
    address: str,
    organisation: str,
    part: str,
    post: tuple[str, str, str],
    pounds: int,
    *,
    profession: str = "Operational Delivery",
    cleared_on: date | None = None,
    roles: Sequence[Held] = (),
    phone: str = "",
    has_password: bool = True,
) -> Account:
    """Somebody who has held one post, of grade, job title and unit, since April 2021."""
    since = date(2021, 4, 6)
    given_name, family_name = name.split()
    grade, job_title, unit = post
    return Account(
        given_name=given_name,
        family_name=family_name,
        address=address,
        organisation=organisation,
        part=part,
        unit=unit,
        posts=(Post(since, grade, job_title),),
        pay=(Pay(since, pounds, PayReason.APPOINTMENT),),
        profession=profession,
        cleared_on=cleared_on,
        roles=roles,
        phone=phone,
        office=_HEADQUARTERS[organisation],
        has_password=has_password,
    )


ACCOUNTS = (
    Account(
        given_name="Priya",
        family_name="Patel",
        address="priya.patel@hmrc.gov.uk",
        organisation="HMRC",
        part="tax specialist at HMRC, about to move to the Home Office",
        unit="Individuals Compliance",
        posts=(
            Post(date(2019, 9, 2), "Officer", "Tax Caseworker"),
            Post(date(2022, 6, 1), "Higher Officer", "Tax Specialist"),
        ),
        pay=(
            Pay(date(2019, 9, 2), 27_450, PayReason.APPOINTMENT),
            Pay(date(2022, 6, 1), 34_120, PayReason.PROMOTION),
            Pay(date(2025, 6, 1), 36_840, PayReason.AWARD),
        ),
        profession="Tax Professionals",
        location="Croydon",
        cleared_on=date(2022, 5, 9),
        line_manager="Beth Morgan",
        middle_names="Anjali",
        born_on=date(1991, 8, 17),
        phone="+44 20 7946 0115",
        office="Ruskin Square",
    ),
    _colleague(
        "Omar Hughes",
        "omar.hughes@homeoffice.gov.uk",
        "HO",
        "Home Office HR officer, prepares transfers",
        ("HEO", "HR Transfers Officer", "People Services"),
        36_500,
        profession="Human Resources",
        roles=(Held(Role.HR_OFFICER, "HO"),),
    ),
    _colleague(
        "Olivia Ward",
        "olivia.ward@homeoffice.gov.uk",
        "HO",
        "Home Office HR officer, approves transfers",
        ("SEO", "HR Transfers Manager", "People Services"),
        44_200,
        profession="Human Resources",
        roles=(Held(Role.HR_OFFICER, "HO"),),
    ),
    _colleague(
        "Harriet Khan",
        "harriet.khan@hmrc.gov.uk",
        "HMRC",
        "HMRC HR officer, approves releases",
        ("Senior Officer", "HR Transfers Manager", "People and Places"),
        44_900,
        profession="Human Resources",
        roles=(Held(Role.HR_OFFICER, "HMRC"),),
    ),
    _colleague(
        "Gethin Rees",
        "gethin.rees@hmrc.gov.uk",
        "HMRC",
        "a second HMRC HR officer",
        ("Higher Officer", "HR Transfers Officer", "People and Places"),
        36_900,
        profession="Human Resources",
        roles=(Held(Role.HR_OFFICER, "HMRC"),),
    ),
    _colleague(
        "Ines Fraser",
        "ines.fraser@homeoffice.gov.uk",
        "HO",
        "senior caseworker at the Home Office, with SC",
        ("SEO", "Senior Caseworker", "Asylum Decisions"),
        43_700,
        cleared_on=date(2021, 2, 15),
        phone="+44 20 7946 0242",
    ),
    _colleague(
        "Simone Clarke",
        "simone.clarke@homeoffice.gov.uk",
        "HO",
        "Home Office security officer",
        ("SEO", "Personnel Security Manager", "People Services"),
        44_800,
        roles=(Held(Role.SECURITY_OFFICER, "HO"),),
    ),
    _colleague(
        "Nadia Brook",
        "nadia.brook@homeoffice.gov.uk",
        "HO",
        "Home Office payroll officer",
        ("HEO", "Payroll Manager", "People Services"),
        36_900,
        roles=(Held(Role.PAYROLL_OFFICER, "HO"),),
    ),
    _colleague(
        "Aled Price",
        "aled.price@hmrc.gov.uk",
        "HMRC",
        "owner of HMRC's apps",
        ("Grade 7", "Product Owner", "Digital Delivery"),
        60_300,
        profession="Information Technology",
        roles=(Held(Role.APP_OWNER, "HMRC"),),
    ),
    _colleague(
        "Dorothy Owen",
        "dorothy.owen@cabinetoffice.gov.uk",
        "CO",
        "data protection officer",
        ("Band A", "Data Protection Officer", "Governance"),
        61_500,
        profession="Law",
        roles=(Held(Role.DATA_PROTECTION_OFFICER, "HMG"),),
    ),
    _colleague(
        "Arthur Lloyd",
        "arthur.lloyd@cabinetoffice.gov.uk",
        "CO",
        "auditor",
        ("Band A", "Internal Auditor", "Governance"),
        60_700,
        profession="Internal Audit",
        roles=(Held(Role.AUDITOR, None), Held(Role.AUDITOR, "HMG")),
    ),
    _colleague(
        "Rowan Adeyemi",
        "rowan.adeyemi@cabinetoffice.gov.uk",
        "CO",
        "platform administrator",
        ("Band B2+", "Service Manager", "Government Identity"),
        47_000,
        profession="Information Technology",
        roles=(Held(Role.PLATFORM_ADMINISTRATOR, None),),
    ),
    _colleague(
        "Esther Cole",
        "esther.cole@cabinetoffice.gov.uk",
        "CO",
        "platform administrator, who approves what Rowan Adeyemi asks for",
        ("Band B2+", "Service Manager", "Government Identity"),
        47_000,
        profession="Information Technology",
        roles=(Held(Role.PLATFORM_ADMINISTRATOR, None),),
    ),
    _colleague(
        "Zainab Yusuf",
        "zainab.yusuf@hmrc.gov.uk",
        "HMRC",
        "new to Lanyard: HMRC's HR invites her first",
        ("Higher Officer", "Tax Specialist", "Individuals Compliance"),
        34_900,
        profession="Tax Professionals",
        cleared_on=date(2022, 3, 14),
        has_password=False,
    ),
    _colleague(
        "Callum Reid",
        "callum.reid@hmrc.gov.uk",
        "HMRC",
        "HMRC security officer",
        ("Senior Officer", "Personnel Security Manager", "People and Places"),
        45_100,
        roles=(Held(Role.SECURITY_OFFICER, "HMRC"),),
    ),
    _colleague(
        "Megan Ellis",
        "megan.ellis@cabinetoffice.gov.uk",
        "CO",
        "sets up departments' sign-ins and policies",
        ("Band B2+", "Identity Administrator", "Government Identity"),
        46_800,
        profession="Information Technology",
        roles=(Held(Role.ORGANISATION_ADMINISTRATOR, "HMG"),),
    ),
    _colleague(
        "Tariq Shah",
        "tariq.shah@cabinetoffice.gov.uk",
        "CO",
        "confirms what Megan Ellis set up",
        ("Band B2+", "Identity Administrator", "Government Identity"),
        46_400,
        profession="Information Technology",
        roles=(Held(Role.ORGANISATION_ADMINISTRATOR, "HMG"),),
    ),
    _colleague(
        "Beth Morgan",
        "beth.morgan@hmrc.gov.uk",
        "HMRC",
        "line manager of Priya Patel at HMRC",
        ("Senior Officer", "Compliance Team Manager", "Individuals Compliance"),
        45_600,
        profession="Tax Professionals",
    ),
    _colleague(
        "Nadia Rahman",
        "nadia.rahman@hmrc.gov.uk",
        "HMRC",
        "of HMRC, on loan to the Home Office",
        ("Higher Officer", "Tax Specialist", "Individuals Compliance"),
        35_200,
        cleared_on=date(2023, 3, 20),
    ),
    _colleague(
        "Rhys Bevan",
        "rhys.bevan@hmrc.gov.uk",
        "HMRC",
        "of HMRC, on a career break",
        ("Higher Officer", "Tax Specialist", "Individuals Compliance"),
        35_600,
        cleared_on=date(2023, 9, 11),
    ),
    _colleague(
        "Siobhan Doyle",
        "siobhan.doyle@hmrc.gov.uk",
        "HMRC",
        "a second HMRC security officer: it takes two to lift a suspension",
        ("Higher Officer", "Personnel Security Adviser", "People and Places"),
        36_700,
        roles=(Held(Role.SECURITY_OFFICER, "HMRC"),),
    ),
    _colleague(
        "Kwame Asante",
        "kwame.asante@homeoffice.gov.uk",
        "HO",
        "a second Home Office security officer",
        ("HEO", "Personnel Security Adviser", "People Services"),
        36_300,
        roles=(Held(Role.SECURITY_OFFICER, "HO"),),
    ),
)
