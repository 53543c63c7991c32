"""Somebody proved an account at their department that opens no profile: on this page they say whose it is.

The account is remembered in the signed cookie of this browser for some minutes. No row is written for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import make_response, render_template, session, url_for
from werkzeug.wrappers import Response

from identity.context import current
from identity.federation.kinds import UpstreamIdentity
from identity.federation.levels import believed_amr, level_of
from identity.federation.models import UpstreamProvider
from identity.federation.plain_text import is_plain
from identity.form_redirects import allow_form_redirect_after
from identity.sessions.upstream_session import UpstreamSession
from identity.sign_in import passkey_sign_in
from identity.sign_in.forms import CodeForm

GOOD_FOR = timedelta(minutes=10)
_COOKIE_KEY = "proven_account"
_LABELS = ("email", "preferred_username", "name")
_LONGEST_LABEL = 100


@dataclass(frozen=True)
class ProvenAccount:
    """What the department's provider proved of an account, and how strongly."""

    provider_id: UUID
    issuer: str
    subject: str
    label: str
    """What its holder knows it by, for them alone."""
    level: str
    amr: tuple[str, ...]
    auth_time: datetime | None
    there: UpstreamSession

    @classmethod
    def of(cls, identity: UpstreamIdentity, provider: UpstreamProvider) -> "ProvenAccount":
        """The account that has just signed in there."""
        return cls(
            provider.id,
            identity.issuer,
            identity.subject,
            _label(identity.claims),
            level_of(identity, provider),
            believed_amr(identity, provider),
            identity.auth_time,
            identity.there,
        )


def remember(account: ProvenAccount, now: datetime) -> None:
    """Keep it in this browser, until somebody is signed in."""
    auth_time = account.auth_time.isoformat() if account.auth_time else None
    session[_COOKIE_KEY] = [
        now.isoformat(),
        str(account.provider_id),
        account.issuer,
        account.subject,
        account.label,
        account.level,
        list(account.amr),
        auth_time,
        [account.there.sub_hash, account.there.sid_hash],
    ]


def find_proven() -> ProvenAccount | None:
    """The account that was proved in this browser; None when none was, or too long ago."""
    kept = session.get(_COOKIE_KEY)
    if kept is None:
        return None
    proven_at, provider_id, issuer, subject, label, level, amr, auth_time, there = kept
    if current().now() - _moment(proven_at) >= GOOD_FOR:
        return None
    when = _moment(auth_time) if auth_time else None
    upstream_session = UpstreamSession(UUID(provider_id), *there)
    return ProvenAccount(UUID(provider_id), issuer, subject, label, level, tuple(amr), when, upstream_session)


def show_unknown(
    provider: UpstreamProvider,
    label: str,
    next_path: str,
    *,
    can_link: bool,
    form: CodeForm | None = None,
    status: int = 403,
) -> Response:
    """The page. Unless ``can_link``, the department is to be asked anew before anything is linked."""
    allow_form_redirect_after(next_path)
    page = render_template(
        "sign_in/department_account.html",
        form=form or CodeForm(formdata=None),
        provider=provider,
        label=label,
        can_link=can_link,
        passkey=passkey_sign_in.offer(current()) if can_link else None,
        code_action=url_for("first_sign_in.link_with_code", next=next_path),
        passkey_action=url_for("first_sign_in.link_with_passkey", next=next_path),
        again_action=url_for(
            "departments.leave_for_department", provider_id=provider.id, next=next_path, fresh="1"
        ),
        other_path=url_for("sign_in.sign_in", next=next_path),
    )
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _label(claims: Mapping[str, Any]) -> str:
    verified = {name: value for name, value in claims.items() if name != "email" or _is_verified(claims)}
    found = [verified.get(name) for name in _LABELS]
    texts = [text for text in found if isinstance(text, str) and text and is_plain(text)]
    return texts[0][:_LONGEST_LABEL] if texts else ""


def _is_verified(claims: Mapping[str, Any]) -> bool:
    """Whether the department does not say that it never checked the address."""
    return claims.get("email_verified", True) is True


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
