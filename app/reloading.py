"""Pages that reload by themselves while something is under way, without JavaScript.

So a screen reader is not interrupted by a part that changes. A page that stands open is nobody's doing: it
does not keep its reader signed in.
"""

from urllib.parse import urlencode

from flask import Response, request, url_for

RELOADED = "reloaded"
"""The parameter of the address by which a page knows that it has reloaded itself."""


def reload_after(answer: Response, seconds: int) -> Response:
    """Let the page reload itself, with all that its address says."""
    answer.headers["Refresh"] = f"{seconds}; url={own_address(RELOADED, '1')}"
    return answer


def own_address(name: str, value: str | None) -> str:
    """The address of this page with a parameter set, or without it; that it has reloaded is left out.

    Anybody writes parameters, so none of them is taken for an option of how the address is made.
    """
    asked = [(key, one) for key, one in request.args.items(multi=True) if key not in (name, RELOADED)]
    if value is not None:
        asked.append((name, value))
    path = url_for(str(request.endpoint), **(request.view_args or {}))
    return f"{path}?{urlencode(asked)}" if asked else path


def has_reloaded() -> bool:
    """Whether this request is a page's own; one that says so falsely only shortens its reader's session."""
    return request.method == "GET" and RELOADED in request.args
