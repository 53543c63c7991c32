"""Whom people ask who cannot sign in: what each organisation publishes of its HR and its security team."""

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Invalid
from profiles.organisations import service as organisations
from profiles.organisations.models import Team, TeamContact
from profiles.outbox.service import send_mail
from profiles.people import service as people
from profiles.people.models import WorkPhone
from profiles.people.service import normal_address
from profiles.roles.permissions import Permission
from profiles.roles.service import who_may
from profiles.sign_in.service import employer_of, find_person_by_address
from profiles.temporal import Provenance, as_of, current, end, record

__all__ = ["Contact", "Reached", "Team", "find_contact", "find_contact_for", "find_own", "publish"]

_PHONE = re.compile(r"\+?[0-9(][0-9 ()-]{4,34}(?:,? ext\.? [0-9]{1,6})?")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
_IN_PAGES = re.compile(r"[\x21-\x7e]{1,500}")


@dataclass(frozen=True)
class Reached:
    """By what a team is reached; what there is not is empty."""

    phone: str = ""
    email: str = ""
    web_page: str = ""

    @property
    def dialled(self) -> str:
        """The number as a telephone takes it (RFC 3966), without the extension."""
        return re.sub(r"[^0-9+]", "", self.phone.partition("ext")[0])


@dataclass(frozen=True)
class Contact:
    """A team of a named organisation, and by what it is reached."""

    organisation_name: str
    team: Team
    by: Reached


def find_contact(session: Session, organisation_id: UUID, team: Team, at: datetime) -> Contact | None:
    """What the organisation publishes, or else the nearest above it; None when nobody does."""
    tree = organisations.tree(session, at)
    above = tree.ancestors_of(organisation_id)
    found = session.exec(
        select(TeamContact).where(
            as_of(TeamContact, at, at),
            col(TeamContact.organisation_id).in_(above),
            col(TeamContact.team) == team,
        )
    ).all()
    nearest = min(found, key=lambda one: above.index(one.organisation_id), default=None)
    if nearest is None:
        return None
    name = tree.organisations[nearest.organisation_id].name
    return Contact(name, team, Reached(nearest.phone, nearest.email, nearest.web_page))


def find_contact_for(session: Session, person_id: UUID, team: Team, at: datetime) -> Contact | None:
    """The same for whoever employs the person; for showing to that person alone."""
    organisation_id = employer_of(session, person_id, at)
    return find_contact(session, organisation_id, team, at) if organisation_id else None


def find_own(
    session: Session, organisation_id: UUID, team: Team, at: datetime, known_at: datetime | None = None
) -> Reached | None:
    """What the organisation itself publishes at ``at``, as known at ``known_at``."""
    which = {"organisation_id": organisation_id, "team": team}
    held = current(session, TeamContact, at, known_at or at, **which)
    return Reached(held[0].phone, held[0].email, held[0].web_page) if held else None


def publish(
    session: Session,
    now: datetime,
    *,
    organisation_id: UUID,
    team: Team,
    unverified: Reached,
    person_id: UUID,
) -> None:
    """Let people be sent there from now on; with nothing to reach it by, nothing is published any more.

    Security officers are told: who says which number to ring can take the calls. Raises Invalid, naming the
    field, for what is no team's or not the organisation's.
    """
    by = _checked(session, organisation_id, unverified, now)
    held = current(session, TeamContact, now, now, organisation_id=organisation_id, team=team)
    before = held[0] if held else None
    if by == (Reached(before.phone, before.email, before.web_page) if before else Reached()):
        return
    provenance = Provenance(person_id, "sign-in set-up", "Published by an administrator")
    if before is not None:
        end(session, before, now, now, provenance)
    if by != Reached():
        _record(session, organisation_id, team, by, provenance, now)
    append(
        session,
        Event.TEAM_CONTACT_PUBLISHED,
        Initiator.person(person_id),
        now,
        organisation_id=organisation_id,
        details={"team": team.value, "phone": by.phone, "email": by.email, "web_page": by.web_page},
    )
    _tell_security(session, organisation_id, team, by, now)


def _record(
    session: Session, organisation_id: UUID, team: Team, by: Reached, provenance: Provenance, now: datetime
) -> None:
    stamp = provenance.stamp(now, now)
    record(
        session,
        TeamContact(
            organisation_id=organisation_id,
            team=team,
            phone=by.phone,
            email=by.email,
            web_page=by.web_page,
            **stamp,
        ),
    )


def _checked(session: Session, organisation_id: UUID, unverified: Reached, now: datetime) -> Reached:
    phone = " ".join(unverified.phone.split())
    if phone and not _PHONE.fullmatch(phone):
        raise Invalid("Enter a phone number, like 0300 123 4567 or +44 20 7946 0123 ext 12.", field="phone")
    _refuse_personal(session, Reached(phone).dialled, now)
    return Reached(phone, _email(session, organisation_id, unverified.email, now), _page(unverified.web_page))


def _refuse_personal(session: Session, dialled: str, now: datetime) -> None:
    number = f"+44{dialled[1:]}" if dialled.startswith("0") else dialled
    if number and current(session, WorkPhone, now, now, number=number):
        raise Invalid("This is one person's own number. Enter that of the team.", field="phone")


def _email(session: Session, organisation_id: UUID, unverified_address: str, now: datetime) -> str:
    """A team's mailbox at a domain of the organisation's, or of one above it."""
    if not unverified_address.strip():
        return ""
    try:
        address = normal_address(unverified_address)
    except Invalid as refused:
        raise Invalid(refused.message, field="email") from None
    tree = organisations.tree(session, now)
    domains = {
        domain
        for one in tree.ancestors_of(organisation_id)
        for domain in organisations.domains_of(session, one, now)
    }
    if address.partition("@")[2] not in domains:
        raise Invalid("The domain is not your organisation's.", field="email")
    if find_person_by_address(session, address, now) is not None:
        raise Invalid("This is one person's own address. Enter that of the team.", field="email")
    return address


def _page(unverified_address: str) -> str:
    address = unverified_address.strip()
    if not address:
        return ""
    try:
        parts = urlsplit(address) if _IN_PAGES.fullmatch(address) else None
        fits = parts is not None and parts.scheme == "https" and _HOST.fullmatch(parts.netloc.lower())
    except ValueError:
        fits = None
    if not fits:
        raise Invalid("Enter a whole address that begins with https://.", field="web_page")
    return address


def _tell_security(session: Session, organisation_id: UUID, team: Team, by: Reached, now: datetime) -> None:
    whose = organisations.get(session, organisation_id, now).name
    which = {Team.HR: "HR team", Team.SECURITY: "security team"}[team]
    said = ", ".join(one for one in (by.phone, by.email, by.web_page) if one) or "nothing"
    body = (
        f"People who cannot sign in to Lanyard are now told to reach the {which} of {whose} by: {said}.\n\n"
        "If you do not know of this change, find out who made it at once: whoever answers there can "
        "pretend to be the team.\n"
    )
    for officer_id in who_may(session, Permission.HANDLE_SECURITY_REPORTS, organisation_id, now):
        for address in people.addresses_of(session, officer_id, now):
            send_mail(session, address, "Whom to ask was changed", body, now=now, person_id=officer_id)
