"""One person's browser, and the three ways in which they sign in there; every answer is checked."""

import base64
import json
import re
from collections.abc import Callable
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

from bench.http_connection import Answer, HttpConnection
from bench.relying_party import check
from bench.server import ISSUER
from bench.sign_ins.people import PASSWORD, SomebodyThere

SESSION = "__Host-lanyard_session"
NEXT = "/profile"
PAGE = f"/sign-in?{urlencode({'next': NEXT})}"
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Referer": f"{ISSUER}/sign-in"}
_AGENT = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"}
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_OPTIONS = re.compile(r'data-options="([^"]+)"')
_NOTE = re.compile(r'name="note" value="([^"]+)"')
_DEPARTMENT = re.compile(r'action="(/sign-in/departments/[^"]+)"')
_LEAVING = re.compile(r'http-equiv="refresh" content="0;url=([^"]+)"')


class Browser:
    """Keeps its cookies; what was not given for longer goes when it is closed."""

    def __init__(self, person: SomebodyThere) -> None:
        self.person = person
        self._cookies: dict[str, str] = {}
        self._lasting: set[str] = set()

    @property
    def session_cookie(self) -> str:
        """Of the session that the last sign-in began; empty when there is none."""
        return self._cookies.get(SESSION, "")

    def close(self) -> None:
        """Forget the session, but not that the person was here before."""
        self._cookies = {name: value for name, value in self._cookies.items() if name in self._lasting}

    def open(self, connection: HttpConnection, target: str) -> Answer:
        """Open a page."""
        return self._keep(connection.ask("GET", target, self._headers()))

    def send(self, connection: HttpConnection, target: str, fields: dict[str, str]) -> Answer:
        """Send a form."""
        return self._keep(connection.ask("POST", target, self._headers() | _FORM, urlencode(fields)))

    def read(self, connection: HttpConnection, target: str) -> str:
        """Open a page that must be there. Raises BadAnswer."""
        return _text(self.open(connection, target), target)

    def _headers(self) -> dict[str, str]:
        if not self._cookies:
            return _AGENT
        return {**_AGENT, "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}

    def _keep(self, answer: Answer) -> Answer:
        for cookie in answer.cookies:
            pair, _, attributes = cookie.partition(";")
            name, _, value = pair.partition("=")
            if not value:
                self._cookies.pop(name, None)
                continue
            self._cookies[name] = value
            if "max-age" in attributes.lower():
                self._lasting.add(name)
        return answer


Walk = Callable[[Browser, HttpConnection], None]
"""One whole sign-in of a browser's person. Raises BadAnswer, OSError, ValueError, KeyError."""


def by_passkey(browser: Browser, connection: HttpConnection) -> None:
    """The page with its challenge, and the answer."""
    browser.close()
    page = browser.read(connection, PAGE)
    answer = browser.person.device.answer(json.loads(_found(_OPTIONS, page)))
    fields = {"csrf_token": _found(_TOKEN, page), "note": _found(_NOTE, page), "answer": answer}
    _check_entered(browser, browser.send(connection, PAGE.replace("/sign-in", "/sign-in/passkey"), fields))


def by_password(browser: Browser, connection: HttpConnection) -> None:
    """The page, and the form."""
    _check_entered(browser, send_password(browser, connection))


def send_password(browser: Browser, connection: HttpConnection) -> Answer:
    """Whatever comes of it."""
    browser.close()
    page = browser.read(connection, PAGE)
    fields = {"csrf_token": _found(_TOKEN, page), "address": browser.person.address, "password": PASSWORD}
    return browser.send(connection, PAGE, fields)


def by_department(browser: Browser, connection: HttpConnection) -> None:
    """The page, which offers the department that was used here last; off to it, and back with a code."""
    browser.close()
    page = browser.read(connection, PAGE)
    if not _DEPARTMENT.search(page):  # somebody who is here for the first time chooses from the list
        page = browser.read(connection, PAGE.replace("/sign-in", "/sign-in/departments"))
    left = browser.send(connection, _found(_DEPARTMENT, page), {"csrf_token": _found(_TOKEN, page)})
    asked = parse_qs(urlsplit(_found(_LEAVING, _text(left, "the department"))).query)
    come_back = urlsplit(asked["redirect_uri"][0]).path
    answer = {"code": code_for(browser.person.account, asked), "state": asked["state"][0]}
    _check_entered(browser, browser.open(connection, f"{come_back}?{urlencode(answer)}"))


def code_for(account: str, asked: dict[str, list[str]]) -> str:
    """What the department's pages would end with: who signed in, and what their token must say."""
    grant = {"sub": account, "nonce": asked["nonce"][0], "code_challenge": asked["code_challenge"][0]}
    return base64.urlsafe_b64encode(json.dumps(grant).encode()).decode()


def _check_entered(browser: Browser, answer: Answer) -> None:
    check(answer.status == 303, f"nobody was signed in: {answer.status} {answer.content[:2000]!r}")
    check(answer.headers.get("location") == NEXT, "led on to another page")
    check(bool(browser.session_cookie), "there is no session")


def _text(answer: Answer, target: str) -> str:
    check(answer.status == 200, f"{target} answered {answer.status}")
    return answer.content.decode()


def _found(pattern: re.Pattern[str], page: str) -> str:
    found = pattern.search(page)
    check(found is not None, f"the page has no {pattern.pattern}")
    return unescape(found.group(1)) if found else ""
