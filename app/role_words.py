"""What a role in Lanyard lets somebody see and do, in plain English, for whoever gives it."""

from collections.abc import Mapping

from app.translation import gettext as _
from profiles.roles.models import Role
from profiles.roles.permissions import ALLOWED, Permission


def allowed_in_words(role: Role) -> list[str]:
    """Each thing once, what they see first."""
    if role is Role.LINE_MANAGER:
        return [_("do what moves ask of a line manager who is away")]
    words = _words()
    return list(dict.fromkeys(words[one] for one in words if one in ALLOWED[role]))


def _words() -> Mapping[Permission, str]:
    return {
        Permission.SEE_PEOPLE: _("see who works there, and each person’s record"),
        Permission.SEE_ACCESS: _("see which apps people may use, and how they sign in"),
        Permission.SEE_PAY: _("see what people are paid, and were"),
        Permission.SEE_CLEARANCES: _("see people’s security clearances"),
        Permission.SEE_BIRTH_DATES: _("see people’s dates of birth, and how their identity was checked"),
        Permission.SEE_ABSENCE: _("see people’s leave and absence"),
        Permission.SEE_TRANSFERS: _("see moves, loans and bulk moves"),
        Permission.SEE_APPS: _("see the apps, their rules and their agreements"),
        Permission.SEE_AUDIT: _("read the audit trail"),
        Permission.SEE_OFFICERS: _("see who holds which role in Lanyard"),
        Permission.SEE_RECEIPTS: _("see what apps confirmed when access ended"),
        Permission.SEE_FIGURES: _("see figures, which name nobody"),
        Permission.SEE_IMPORTS: _("see imports of records"),
        Permission.CHANGE_RECORDS: _("change people’s records, and approve changes of colleagues"),
        Permission.MAINTAIN_PAY_SCALES: _("keep pay scales"),
        Permission.MANAGE_CLEARANCES: _("record clearances and how they are shared, and approve that"),
        Permission.MARK_SENSITIVE: _("mark people as sensitive, so that no list names them"),
        Permission.OFFER_POSTS: _("offer posts to people of other organisations"),
        Permission.PREPARE_TRANSFER: _("prepare and approve moves and loans"),
        Permission.APPROVE_TRANSFER: _("prepare and approve moves and loans"),
        Permission.CONFIRM_PAY: _("confirm the first pay after a move"),
        Permission.IMPORT_RECORDS: _("import records, and approve imports of colleagues"),
        Permission.APPROVE_IMPORTS: _("import records, and approve imports of colleagues"),
        Permission.HELP_SIGN_IN: _("help people who cannot sign in"),
        Permission.REQUEST_RECOVERY: _("help people who cannot sign in"),
        Permission.CONFIRM_RECOVERY: _("confirm that a colleague may give somebody new ways to sign in"),
        Permission.ALLOW_HELP: _("let a colleague help an officer who cannot sign in"),
        Permission.UNDO_LINKS: _("undo links between accounts and departments’ sign-ins"),
        Permission.SUSPEND_ACCOUNTS: _("suspend accounts at once, and lift that with a colleague"),
        Permission.HANDLE_SECURITY_REPORTS: _("deal with sign-ins that people report"),
        Permission.MANAGE_CLIENTS: _("set up apps, and change who may use them"),
        Permission.CHANGE_RULES: _("set up apps, and change who may use them"),
        Permission.GRANT_ACCESS: _("give roles of apps by hand, with a colleague"),
        Permission.APPROVE_ACCESS: _("approve what changes access to apps"),
        Permission.PROPOSE_AGREEMENTS: _("propose what an app is told of people"),
        Permission.CONFIRM_AGREEMENTS: _("confirm what an app is told of people"),
        Permission.ANSWER_QUESTIONS: _("answer people’s questions about their data"),
        Permission.REVIEW_ACCESS_REQUESTS: _("read what is held about somebody who asks for it"),
        Permission.DECIDE_RETENTION: _("decide on deleting what is due"),
        Permission.ANSWER_CONCERNS: _("answer what people say is wrong"),
        Permission.MANAGE_SIGN_IN: _("decide how people sign in"),
        Permission.CHANGE_ORGANISATION: _("change the organisation’s name, place and e-mail domains"),
        Permission.GIVE_ROLES: _("ask for roles in Lanyard for people"),
        Permission.CONFIRM_ROLES: _("confirm that people get roles in Lanyard, and end roles"),
        Permission.INVITE_ADMINISTRATORS: _("administer Lanyard itself"),
        Permission.SET_ASSUMPTIONS: _("set what the figures assume"),
        Permission.REINSTATE_ORGANISATIONS: _("lift suspensions of organisations, with a colleague"),
    }
