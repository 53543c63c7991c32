"""Every error as a page in plain English; what went wrong inside goes to the log."""

from __future__ import annotations

import logging

from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

log = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """Answer every exception of the app with a page."""
    app.register_error_handler(CSRFError, _form_too_old)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _form_too_old(error: Exception) -> ResponseReturnValue:
    return _page(
        _("This page was open too long"), _("Nothing was changed. Go back, reload the page, try again."), 400
    )


def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status >= 500:
        return _unexpected(error.original_exception if isinstance(error, InternalServerError) else None)
    if status == 403:
        return _page(_("Your role does not allow this"), _("Ask a caseworker of your organisation."), status)
    if status == 404:
        return _page(
            _("There is no such page"), _("If it was a case, it is not one of your organisation's."), status
        )
    return _page(_("That did not work"), _("Nothing was changed. Go back and try again."), status)


def _unexpected(error: BaseException | None) -> ResponseReturnValue:
    log.error("unexpected error", exc_info=error)
    return _page(_("Something went wrong here"), _("It is not your fault. Try again in a few minutes."), 500)


def _page(title: str, text: str, status: int) -> ResponseReturnValue:
    return render_template("error.html", title=title, text=text), status
