"""What every page shares: templates, languages, formats, the account in the header, static files."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypedDict

from flask import Flask, current_app, g, has_request_context, request, url_for
from flask_babel import Babel, get_locale
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader

from app.display_formats import civil_date, civil_datetime, last_day, money
from app.security_headers import csp_nonce
from app.widgets import error_list

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
# Languages that have a complete catalogue in app/translations; a page never claims to be in another.
LANGUAGES = ("en",)


class NavigationItem(TypedDict):
    """One link of the account navigation; `current` marks the section that the page belongs to."""

    text: str
    href: str
    current: bool


@dataclass(frozen=True)
class FooterLink:
    """A link of the footer. `text` may be a lazy translation; `endpoint` is a route without arguments."""

    text: Any
    endpoint: str
    signed_in_only: bool = False


def init_app(
    app: Flask,
    *,
    branded: bool = False,
    service_name: str = "Lanyard",
    development: bool = False,
    footer: Sequence[FooterLink] = (),
) -> None:
    """Give the app its look. Comes before CSRFProtect, which already builds the Jinja environment.

    `branded` shows the crown and GDS Transport, which only services on gov.uk may do
    (app/static/govuk-frontend/README.md). `development` puts a banner on every page.
    """
    app.jinja_loader = ChoiceLoader(
        [
            FileSystemLoader(TEMPLATES),
            PrefixLoader(
                {
                    "govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja"),
                    "govuk_frontend_wtf": PackageLoader("govuk_frontend_wtf"),
                }
            ),
        ]
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(asset_url=asset_url, error_list=error_list)
    app.jinja_env.filters.update(
        civil_date=civil_date, civil_datetime=civil_datetime, last_day=last_day, money=money
    )
    Babel(app, locale_selector=_choose_language, default_timezone="Europe/London")

    @app.context_processor
    def page_variables() -> dict[str, Any]:
        signed_in_name = g.get("signed_in_name")
        return {
            "branded": branded,
            "development": development,
            "service_name": service_name,
            "htmlLang": str(get_locale() or "en"),
            "csp_nonce": csp_nonce,
            "cspNonce": csp_nonce(),
            "navigation": g.get("navigation", ()),
            "is_being_recovered": g.get("is_being_recovered", False),
            "signed_in_name": signed_in_name,
            "sign_out_url": g.get("sign_out_url"),
            "footer_links": [
                {"text": link.text, "href": url_for(link.endpoint)}
                for link in footer
                if signed_in_name or not link.signed_in_only
            ],
        }


def show_account(
    name: str,
    *,
    sign_out_url: str,
    navigation: Sequence[NavigationItem] = (),
    is_being_recovered: bool = False,
) -> None:
    """Show on this request's page who is signed in, where they may go, and the button that signs them out.

    ``is_being_recovered`` warns them that somebody asked HR for new ways to sign in as them.
    """
    g.signed_in_name = name
    g.sign_out_url = sign_out_url
    g.navigation = list(navigation)
    g.is_being_recovered = is_being_recovered


def asset_url(filename: str) -> str:
    """The address of a file in app/static; it changes with the content, so that it may be cached for long."""
    path = f"{current_app.static_folder}/{filename}"
    version = _content_version(path, os.stat(path).st_mtime_ns)
    return f"{current_app.static_url_path}/{filename}?v={version}"


@lru_cache(maxsize=64)
def _content_version(path: str, modified: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def _choose_language() -> str:
    if not has_request_context():  # commands and the worker write too, mail for instance
        return LANGUAGES[0]
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]
