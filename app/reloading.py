"""Pages that reload by themselves while something is under way, without JavaScript.

So a screen reader is not interrupted by a part that changes. A page that stands open is nobody's doing: it
does not keep its reader signed in.
"""

from typing import Any

from flask import Response, request, url_for

RELOADED = "reloaded"
"""The parameter of the address by which a page knows that it has reloaded itself."""


def reload_after(answer: Response, seconds: int) -> Response:
    """Let the page reload itself, with all that its address says."""
    asked: dict[str, Any] = {name: request.args.getlist(name) for name in request.args}
    address = url_for(str(request.endpoint), **(asked | (request.view_args or {}) | {RELOADED: 1}))
    answer.headers["Refresh"] = f"{seconds}; url={address}"
    return answer


def has_reloaded() -> bool:
    """Whether this request is a page's own; one that says so falsely only shortens its reader's session."""
    return request.method == "GET" and RELOADED in request.args
