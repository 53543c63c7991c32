"""Makes apps, their roles, access rules and data-sharing agreements, and lists them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.apps.claims import normal_claims
from profiles.apps.models import AccessRule, Agreement, App, AppRole, LawfulBasis
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Invalid, NotFound
from profiles.organisations.grades import CommonGrade
from profiles.temporal import Provenance, current, end, record

# The words that a rule may use; the enumerations that they name live in higher packages.
POSTING_KINDS = frozenset({"home", "host"})
CLEARANCE_LEVELS = frozenset({"BPSS", "CTC", "SC", "eSC", "DV", "eDV", "AC"})


def create_app(
    session: Session,
    now: datetime,
    initiator: Initiator,
    *,
    organisation_id: UUID,
    name: str,
    home_url: str,
    contact: str,
) -> App:
    """Make an app; nobody may use it before it has a rule and an agreement.

    Raises Invalid for an empty name or contact, or a home that is no web address.
    """
    if not name.strip():
        raise Invalid("Enter the app's name.", field="name")
    if not contact.strip():
        raise Invalid("Say whom people can ask for access.", field="contact")
    home = urlsplit(home_url)
    if home.scheme not in {"http", "https"} or not home.hostname:
        raise Invalid("Enter the app's address, like https://app.department.gov.uk/.", field="home_url")
    app = App(
        organisation_id=organisation_id,
        name=name.strip(),
        home_url=home_url,
        contact=contact.strip(),
        created_at=now,
    )
    session.add(app)
    session.flush()
    append(session, Event.APP_CREATED, initiator, now, organisation_id=organisation_id, app_id=app.id)
    return app


def get(session: Session, app_id: UUID) -> App:
    """The app with this id. Raises NotFound."""
    app = session.get(App, app_id)
    if app is None:
        raise NotFound("There is no such app.")
    return app


def apps_of(session: Session, organisation_ids: Collection[UUID] | None = None) -> Sequence[App]:
    """The apps of these organisations, or all there are, by name."""
    query = select(App).order_by(col(App.name), col(App.id))
    if organisation_ids is not None:
        query = query.where(col(App.organisation_id).in_(organisation_ids))
    return session.exec(query).all()


def roles_of(session: Session, app_id: UUID) -> Sequence[AppRole]:
    """The roles that an app knows, the most powerful first."""
    query = select(AppRole).where(col(AppRole.app_id) == app_id)
    return session.exec(query.order_by(col(AppRole.rank).desc(), col(AppRole.name))).all()


def find_agreement(
    session: Session, app_id: UUID, at: datetime, known_at: datetime | None = None
) -> Agreement | None:
    """The agreement in force at ``at``, as known at ``known_at``."""
    return next(iter(current(session, Agreement, at, known_at or at, app_id=app_id)), None)


def check_conditions(
    session: Session,
    app_id: UUID,
    *,
    role_name: str,
    grade_from: CommonGrade | None,
    grade_to: CommonGrade | None,
    posting_kind: str | None,
    least_clearance: str | None,
) -> None:
    """Whether a rule can say so. Raises Invalid as ``add_rule`` does."""
    if role_name not in {role.name for role in roles_of(session, app_id)}:
        raise Invalid(f"The app has no role called {role_name!r}.", field="role_name")
    if grade_from is not None and grade_to is not None and grade_from.rank > grade_to.rank:
        raise Invalid("The lowest grade must not be above the highest.", field="grade_from")
    if posting_kind is not None and posting_kind not in POSTING_KINDS:
        raise Invalid("The posting must be 'home' or 'host'.", field="posting_kind")
    if least_clearance is not None and least_clearance not in CLEARANCE_LEVELS:
        raise Invalid(f"There is no clearance called {least_clearance!r}.", field="least_clearance")


def add_rule(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    app_id: UUID,
    role_name: str,
    valid_from: datetime,
    valid_to: datetime | None = None,
    organisation_id: UUID | None = None,
    include_subtree: bool = True,
    grade_from: CommonGrade | None = None,
    grade_to: CommonGrade | None = None,
    profession: str | None = None,
    posting_kind: str | None = None,
    least_clearance: str | None = None,
) -> AccessRule:
    """Give a role to everybody who meets all conditions that are given.

    Raises Invalid, naming the field, for a role that the app does not know, grades upside down, or a posting
    kind or level that does not exist.
    """
    check_conditions(
        session,
        app_id,
        role_name=role_name,
        grade_from=grade_from,
        grade_to=grade_to,
        posting_kind=posting_kind,
        least_clearance=least_clearance,
    )
    rule = record(
        session,
        AccessRule(
            app_id=app_id,
            role_name=role_name,
            organisation_id=organisation_id,
            include_subtree=include_subtree,
            grade_from=grade_from,
            grade_to=grade_to,
            profession=profession,
            posting_kind=posting_kind,
            least_clearance=least_clearance,
            **provenance.stamp(now, valid_from, valid_to),
        ),
    )
    append(session, Event.APP_RULE_ADDED, initiator, now, app_id=app_id, details={"role": role_name})
    return rule


def end_rule(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    rule: AccessRule,
    ends_at: datetime,
) -> None:
    """Let a rule hold only until then; one that would never have held is retracted. Raises Conflict."""
    app_id, details = rule.app_id, {"role": rule.role_name}
    end(session, rule, ends_at, now, provenance)
    append(session, Event.APP_RULE_ENDED, initiator, now, app_id=app_id, details=details)


def agree(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    app_id: UUID,
    purpose: str,
    lawful_basis: LawfulBasis,
    claims: Collection[str],
    retention: str,
    contact: str,
    valid_from: datetime,
    valid_to: datetime | None,
    dpia_reference: str = "",
    suppliers: str = "",
    acknowledge_within_seconds: int = 60,
    stop_tokens_when_overdue: bool = False,
) -> Agreement:
    """Record what an app may be told, why and until when.

    Raises Invalid for a claim that does not exist or an empty purpose, Conflict when another agreement covers
    part of the time.
    """
    if not purpose.strip():
        raise Invalid("Say what the app needs the data for.", field="purpose")
    agreement = record(
        session,
        Agreement(
            app_id=app_id,
            purpose=purpose.strip(),
            lawful_basis=lawful_basis,
            claims=normal_claims(claims, CLEARANCE_LEVELS),
            retention=retention,
            contact=contact,
            dpia_reference=dpia_reference.strip(),
            suppliers=suppliers.strip(),
            acknowledge_within_seconds=acknowledge_within_seconds,
            stop_tokens_when_overdue=stop_tokens_when_overdue,
            **provenance.stamp(now, valid_from, valid_to),
        ),
    )
    append(
        session,
        Event.APP_AGREEMENT_RECORDED,
        initiator,
        now,
        app_id=app_id,
        details={
            "agreement_id": str(agreement.id),
            "claims": agreement.claims,
            "acknowledge_within_seconds": agreement.acknowledge_within_seconds,
            "stop_tokens_when_overdue": agreement.stop_tokens_when_overdue,
        },
    )
    return agreement
