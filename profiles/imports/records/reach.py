"""Which organisations below the importing one an import is about, and who reaches all of them.

Whoever reads an import, decides on it or is told of it may do so at each of these: a role that is held
without what is below tells nobody what is recorded there.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, insert, or_
from sqlmodel import Session, col, select

from profiles.employments.models import Employment
from profiles.imports.records.checking import Place, in_batches
from profiles.imports.records.kinds import EMPLOYMENT, ORGANISATION, PERSON
from profiles.imports.records.models import Import, ImportOrganisation
from profiles.imports.records.workbook import Workbook
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.temporal import known_of_few


def organisations_below(session: Session, workbook: Workbook, place: Place, now: datetime) -> set[UUID]:
    """Those that the lines name, a refused one too, whose employments, or that employ whom they name."""
    below = {code: one for code, one in place.codes.items() if one != place.organisation.id}
    if not below:
        return set()
    named = workbook.column(
        "SELECT DISTINCT json_extract(content, '$.organisation') FROM records"
        " UNION SELECT DISTINCT organisation FROM sent_keys"
        " UNION SELECT key FROM known WHERE kind = ?",
        ORGANISATION,
    )
    found = {below[code] for code in named if code in below}
    for batch in in_batches(_known(workbook, EMPLOYMENT)):
        employers = select(Employment.organisation_id).where(
            known_of_few(Employment, now), col(Employment.fact_id).in_(batch)
        )
        found |= set(session.exec(employers.distinct()))
    for batch in in_batches(_known(workbook, PERSON)):
        found |= _employers(session, place, batch, now)
    return found & set(below.values())


def note(session: Session, one: Import, organisation_ids: Iterable[UUID]) -> None:
    """Keep which they are; what was noted by an earlier check is forgotten."""
    session.execute(delete(ImportOrganisation).where(col(ImportOrganisation.import_id) == one.id))
    rows = [{"import_id": one.id, "organisation_id": organisation_id} for organisation_id in organisation_ids]
    if rows:
        session.execute(insert(ImportOrganisation), rows)


def organisations_of(session: Session, one: Import) -> list[UUID]:
    """The importing organisation, and those below it that the import is about."""
    below = select(ImportOrganisation.organisation_id).where(ImportOrganisation.import_id == one.id)
    return [one.organisation_id, *session.exec(below)]


def allows(session: Session, one: Import, permissions: Permissions, permission: Permission) -> bool:
    """Whether the permission is held at all of them."""
    return permissions.organisations(permission).issuperset(organisations_of(session, one))


def reached(permissions: Permissions, permission: Permission) -> ColumnElement[bool]:
    """The imports of which ``allows`` is true, as a condition."""
    theirs = permissions.organisations(permission)
    beyond = exists().where(
        col(ImportOrganisation.import_id) == col(Import.id),
        col(ImportOrganisation.organisation_id).not_in(theirs),
    )
    return and_(col(Import.organisation_id).in_(theirs), ~beyond)


def seen_by(permissions: Permissions) -> ColumnElement[bool]:
    """The imports that an officer sees: by HR, by who looks after clearances, or by payroll."""
    hr, security, payroll = (
        reached(permissions, permission)
        for permission in (Permission.IMPORT_RECORDS, Permission.MANAGE_CLEARANCES, Permission.SEE_PAY)
    )
    return or_(hr, and_(security, col(Import.of_vetting)), and_(payroll, _of_pay_alone()))


def _of_pay_alone() -> ColumnElement[bool]:
    """Whether there is nothing but pay in it, once it was checked and nothing is wrong with it."""
    of_pay = col(Import.counts)["pay"].as_integer()
    return and_(of_pay > 0, of_pay == col(Import.counts)["records"].as_integer(), col(Import.problems) == 0)


def _known(workbook: Workbook, kind: str) -> list[UUID]:
    """Whom, or which employments, the records name that are recorded already."""
    column = "person_id" if kind == PERSON else "fact_id"
    return [
        UUID(bytes=one)
        for one in workbook.column(
            f"SELECT DISTINCT {column} FROM known WHERE is_new = 0 AND {column} IS NOT NULL"  # noqa: S608
            " AND (kind = ? OR ?)",
            *(kind, kind == PERSON),
        )
    ]


def _employers(session: Session, place: Place, people: Collection[UUID], now: datetime) -> set[UUID]:
    """Who of the place employs each, where the importing organisation does not; of leavers, who did."""
    rows = session.exec(
        select(Employment.person_id, Employment.organisation_id, Employment.valid_to).where(
            known_of_few(Employment, now), col(Employment.person_id).in_(people)
        )
    ).all()
    organisations = set(place.codes.values())
    ever: dict[UUID, set[UUID]] = {}
    still: dict[UUID, set[UUID]] = {}
    for person_id, organisation_id, valid_to in rows:
        if organisation_id not in organisations:
            continue
        ever.setdefault(person_id, set()).add(organisation_id)
        if valid_to is None or valid_to > now:
            still.setdefault(person_id, set()).add(organisation_id)
    employers = [still.get(person_id, them) for person_id, them in ever.items()]
    return {each for them in employers if place.organisation.id not in them for each in them}
