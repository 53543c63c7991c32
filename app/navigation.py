"""The links in the header: what a person may open, and nothing that would answer with a refusal."""

from datetime import datetime
from uuid import UUID

from flask import current_app, request, url_for
from flask_babel import gettext as _
from sqlmodel import Session

from app.look import NavigationItem, show_account
from identity.recovery import service as recoveries
from profiles.errors import NotFound
from profiles.people.service import display_name, name_of
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions


def show_account_of(session: Session, person_id: UUID, permissions: Permissions, now: datetime) -> None:
    """Show on this page who is signed in and where they may go."""
    try:
        name = display_name(name_of(session, person_id, now))
    except NotFound:
        name = _("Your account")
    recovery = recoveries.find_open(session, person_id)
    show_account(
        name,
        sign_out_url=url_for("sign_in.sign_out"),
        navigation=_links(permissions),
        is_being_recovered=recovery is not None and recovery.expires_at > now,
    )


def _links(permissions: Permissions) -> list[NavigationItem]:
    sections: list[tuple[str, str, Permission | None]] = [
        (_("Your profile"), "my_profile.profile", None),
        (_("Your apps"), "my_profile.apps", None),
        (_("People"), "people.people", Permission.SEE_PEOPLE),
        (_("Imports"), "imports.imports", Permission.SEE_IMPORTS),
        (_("Dashboard"), "figures.figures", Permission.SEE_FIGURES),
        (_("Transfers"), "transfers.transfers", Permission.SEE_TRANSFERS),
        *_offers(permissions),
        (_("Loans"), "loans.loans", Permission.SEE_TRANSFERS),
        (_("Bulk moves"), "bulk_moves.bulk_moves", Permission.SEE_TRANSFERS),
        (_("First pays"), "bulk_moves.first_pays", Permission.CONFIRM_PAY),
        (_("Payroll"), "transfers.own_cut_offs", Permission.CONFIRM_PAY),
        (_("Apps and agreements"), "apps.apps", Permission.SEE_APPS),
        (_("Data protection"), "data_protection.desk", Permission.ANSWER_QUESTIONS),
        (_("Recoveries"), "recovery.recoveries", Permission.CONFIRM_RECOVERY),
        (_("Sign-in set-up"), "organisations.sign_in_providers", Permission.MANAGE_SIGN_IN),
        (_("Organisations"), "organisations.register", Permission.CHANGE_ORGANISATION),
        (_("Roles"), "organisations.officers", Permission.CONFIRM_ROLES),
        (_("Security reports"), "security_reports.reports", Permission.HANDLE_SECURITY_REPORTS),
        (_("Audit"), "audit.entries", Permission.SEE_AUDIT),
        (_("Receipts"), "audit.receipts", Permission.SEE_RECEIPTS),
    ]
    links = [
        (text, url_for(endpoint))
        for text, endpoint, permission in sections
        if endpoint in current_app.view_functions and (permission is None or permissions.anywhere(permission))
    ]
    return [{"text": text, "href": href, "current": href == _section(links)} for text, href in links]


def _offers(permissions: Permissions) -> list[tuple[str, str, Permission | None]]:
    """HR find what they offered among all transfers; vacancy holders see no others."""
    if permissions.anywhere(Permission.SEE_TRANSFERS):
        return []
    return [(_("Posts you offer"), "transfers.offered", Permission.OFFER_POSTS)]


def _section(links: list[tuple[str, str]]) -> str:
    """The address of the section that this page belongs to: the longest that its own begins with."""
    above = [href for _text, href in links if f"{request.path}/".startswith(f"{href}/")]
    return max(above, key=len, default="")
