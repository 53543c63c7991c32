"""Facts and rules read from the database, and what follows from them.

Signing in asks these questions all day long: the statements are built once and read columns, not objects.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, Executable, Row, Select, bindparam, select
from sqlmodel import Session, col

from profiles.apps.models import AccessRule, Agreement, App, AppRole
from profiles.clearances.service import clearance_facts, sponsorship_facts
from profiles.employments.models import Posting
from profiles.entitlements.facts import (
    AgreementFact,
    AppRules,
    GradeFact,
    GrantFact,
    OrganisationFact,
    PersonFacts,
    PostingFact,
    RoleView,
    RuleFact,
    Surroundings,
)
from profiles.entitlements.models import Entitlement
from profiles.entitlements.policy import Decision, decide_all
from profiles.entitlements.preview import AccessChange, compare
from profiles.errors import NotFound
from profiles.organisations.models import LocalGrade, OrganisationDetail
from profiles.temporal import Fact, known

_KNOWN_AT = cast(datetime, bindparam("known_at"))


def _columns(model: type[Fact], *names: str, **labelled: str) -> list[Any]:
    chosen = {name: name for name in ("valid_from", "valid_to", *names)} | labelled
    return [col(getattr(model, name)).label(label) for label, name in chosen.items()]


_POSTINGS = select(
    *_columns(Posting, "employment_id", "organisation_id", "kind", "local_grade", "job_title", "profession")
).where(col(Posting.person_id) == bindparam("person_id"), known(Posting, _KNOWN_AT))

_GRANTS = select(*_columns(Entitlement, "app_id", "role_name")).where(
    col(Entitlement.person_id) == bindparam("person_id"), known(Entitlement, _KNOWN_AT)
)

_ORGANISATIONS = select(*_columns(OrganisationDetail, "organisation_id", "name", "parent_id")).where(
    known(OrganisationDetail, _KNOWN_AT)
)

_THESE = col(OrganisationDetail.organisation_id).in_(bindparam("organisation_ids", expanding=True))


def _and_those_above() -> Select[Any]:
    """The organisations with these ids and, over all of valid time, everything above them."""
    step = select(col(OrganisationDetail.organisation_id), col(OrganisationDetail.parent_id))
    chain = step.where(_THESE, known(OrganisationDetail, _KNOWN_AT)).cte("chain", recursive=True)
    # UNION, not UNION ALL: a tree that was by mistake recorded with a loop must not be walked for ever.
    chain = chain.union(
        step.join(chain, col(OrganisationDetail.organisation_id) == chain.c.parent_id).where(
            known(OrganisationDetail, _KNOWN_AT)
        )
    )
    return _ORGANISATIONS.where(col(OrganisationDetail.organisation_id).in_(select(chain.c.organisation_id)))


_CHAINS = _and_those_above()

_GRADES = select(*_columns(LocalGrade, "organisation_id", "label", "common_grade")).where(
    col(LocalGrade.organisation_id).in_(bindparam("organisation_ids", expanding=True)),
    known(LocalGrade, _KNOWN_AT),
)

_GRADES_CALLED = _GRADES.where(col(LocalGrade.label).in_(bindparam("labels", expanding=True)))

_APP_COLUMNS: list[Any] = [
    col(App.id).label("app_id"),
    col(App.name).label("app_name"),
    col(App.home_url),
    col(App.contact),
    col(App.organisation_id),
]
_APPS = select(*_APP_COLUMNS).order_by(col(App.name), col(App.id))

_ROLES = select(col(AppRole.app_id), col(AppRole.name), col(AppRole.label), col(AppRole.rank)).order_by(
    col(AppRole.rank).desc(), col(AppRole.name)
)

_RULES = (
    select(
        col(AccessRule.app_id),
        *_columns(
            AccessRule,
            "role_name",
            "organisation_id",
            "include_subtree",
            "grade_from",
            "grade_to",
            "profession",
            "posting_kind",
            "least_clearance",
            rule_id="fact_id",
        ),
    )
    .where(known(AccessRule, _KNOWN_AT))
    .order_by(col(AccessRule.id))
)

_AGREEMENTS = select(
    col(Agreement.app_id),
    *_columns(Agreement, "purpose", "lawful_basis", "claims", "retention", "contact", agreement_id="id"),
).where(known(Agreement, _KNOWN_AT))

_OF_ONE_APP: tuple[Any, ...] = (
    _APPS.where(col(App.id) == bindparam("app_id")),
    _ROLES.where(col(AppRole.app_id) == bindparam("app_id")),
    _RULES.where(col(AccessRule.app_id) == bindparam("app_id")),
    _AGREEMENTS.where(col(Agreement.app_id) == bindparam("app_id")),
)
_NAMES = _ORGANISATIONS.where(_THESE)


def _read(session: Session, query: Executable, parameters: Mapping[str, Any]) -> CursorResult[Any]:
    """The rows of a statement over columns, without what a session does for objects: a third of the time."""
    session.flush()
    return session.connection().execute(query, parameters)


def facts_of(session: Session, person_id: UUID, known_at: datetime) -> PersonFacts:
    """A person's facts as known at ``known_at``, over all of valid time. An unknown person has none."""
    who = {"person_id": person_id, "known_at": known_at}
    postings = tuple(PostingFact(**row._mapping) for row in _read(session, _POSTINGS, who))
    sponsorships = sponsorship_facts(session, person_id, known_at)
    spoken_of = {posting.organisation_id for posting in postings}
    spoken_of |= {sponsorship.organisation_id for sponsorship in sponsorships}
    return PersonFacts(
        person_id=person_id,
        postings=postings,
        clearances=clearance_facts(session, person_id, known_at),
        sponsorships=sponsorships,
        grants=tuple(GrantFact(**row._mapping) for row in _read(session, _GRANTS, who)),
        surroundings=surroundings_of(
            session, spoken_of, known_at, labels={posting.local_grade for posting in postings}
        ),
    )


def surroundings_of(
    session: Session,
    organisation_ids: Collection[UUID],
    known_at: datetime,
    *,
    labels: Collection[str] | None = None,
) -> Surroundings:
    """These organisations' names, all those above them and what their grades stand for.

    ``labels`` limits it to the grades called so: a department may have more than a hundred.
    """
    if not organisation_ids:
        return Surroundings()
    which: dict[str, Any] = {"organisation_ids": list(organisation_ids), "known_at": known_at}
    organisations = _read(session, _CHAINS, which)
    grades = (
        _read(session, _GRADES, which)
        if labels is None
        else _read(session, _GRADES_CALLED, which | {"labels": list(labels)})
    )
    return Surroundings(
        tuple(OrganisationFact(**row._mapping) for row in organisations),
        tuple(GradeFact(**row._mapping) for row in grades),
    )


def rules_of(session: Session, app_id: UUID, known_at: datetime) -> AppRules:
    """An app with its rules as known at ``known_at``, over all of valid time. Raises NotFound."""
    which = {"app_id": app_id, "known_at": known_at}
    apps, roles, rules, agreements = (_read(session, query, which).all() for query in _OF_ONE_APP)
    if not apps:
        raise NotFound("There is no such app.")
    spoken_of = {apps[0].organisation_id} | {row.organisation_id for row in rules if row.organisation_id}
    names = _read(session, _NAMES, {"organisation_ids": list(spoken_of), "known_at": known_at}).all()
    return _assembled(apps, roles, rules, agreements, names)[0]


def all_rules(session: Session, known_at: datetime) -> list[AppRules]:
    """Every app with its rules, by name, in five statements."""
    when = {"known_at": known_at}
    queries = (_APPS, _ROLES, _RULES, _AGREEMENTS, _ORGANISATIONS)
    return _assembled(*(_read(session, query, when).all() for query in queries))


def access_of(session: Session, person_id: UUID, at: datetime) -> list[tuple[AppRules, Decision]]:
    """Every app, by name, with the decision on this person at ``at``: allowed and refused alike."""
    return decide_all(facts_of(session, person_id, at), all_rules(session, at), at)


def preview(
    session: Session,
    before: PersonFacts,
    after: PersonFacts,
    at_before: datetime,
    at_after: datetime,
    *,
    known_at: datetime,
    organisation_ids: Collection[UUID] | None = None,
) -> list[AccessChange]:
    """What would change between two instants, were ``after`` the facts, by the rules known at ``known_at``.

    ``organisation_ids`` limits it to the apps of an HR officer's organisations; None is for the employee.
    """
    return compare(
        before,
        after,
        at_before,
        at_after,
        [
            rules
            for rules in all_rules(session, known_at)
            if organisation_ids is None or rules.organisation_id in organisation_ids
        ],
    )


def _assembled(
    apps: Iterable[Row[Any]],
    roles: Iterable[Row[Any]],
    rules: Iterable[Row[Any]],
    agreements: Iterable[Row[Any]],
    organisations: Iterable[Row[Any]],
) -> list[AppRules]:
    roles_by_app, rules_by_app = _grouped(roles, "app_id"), _grouped(rules, "app_id")
    agreements_by_app = _grouped(agreements, "app_id")
    names: dict[UUID, list[OrganisationFact]] = {}
    for row in organisations:
        names.setdefault(row.organisation_id, []).append(OrganisationFact(**row._mapping))
    made: list[AppRules] = []
    for app in apps:
        its_rules = tuple(RuleFact(**values) for values in rules_by_app.get(app.app_id, ()))
        spoken_of = dict.fromkeys([app.organisation_id, *(rule.organisation_id for rule in its_rules)])
        made.append(
            AppRules(
                **app._mapping,
                roles=tuple(RoleView(**values) for values in roles_by_app.get(app.app_id, ())),
                rules=its_rules,
                agreements=tuple(
                    AgreementFact(**(values | {"claims": tuple(values["claims"])}))
                    for values in agreements_by_app.get(app.app_id, ())
                ),
                surroundings=Surroundings(
                    tuple(fact for each in spoken_of if each for fact in names.get(each, ()))
                ),
            )
        )
    return made


def _grouped(rows: Iterable[Row[Any]], by: str) -> dict[UUID, list[dict[str, Any]]]:
    groups: dict[UUID, list[dict[str, Any]]] = {}
    for row in rows:
        values = dict(row._mapping)
        groups.setdefault(values.pop(by), []).append(values)
    return groups
