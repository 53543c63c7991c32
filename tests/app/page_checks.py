"""What holds for every page that Lanyard shows; each test of a page ends with `check_page(response.text)`."""

from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib
from html5lib.html5parser import ParseError

_NEEDS_LABEL = {"input", "select", "textarea"}
_LABELS_ITSELF = {"hidden", "submit", "button", "image", "reset"}
# Attributes by which a browser loads something by itself; a link that a person follows may lead anywhere.
_LOADS = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src", "object": "data"}


def check_page(html: str) -> None:
    """Fail with every fault of the page at once: syntax, title, heading, labels, ids, links, lang, CSP."""
    faults = list(find_faults(html))
    assert not faults, "\n".join(faults)


def find_faults(html: str) -> Iterator[str]:
    """The page's faults, as sentences; none for a good page."""
    try:
        page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    except ParseError as error:
        yield f"not valid HTML: {error}"
        return
    yield from _title_and_headings(page)
    yield from _ids_and_what_points_to_them(page)
    yield from _labels(page)
    yield from _what_the_policy_blocks(page)


def _title_and_headings(page: Element) -> Iterator[str]:
    if not page.get("lang"):
        yield "the html element has no lang"
    title = _text(page.find("head/title"))
    name, separator, service = title.rpartition(" – ")
    if not (separator and service == "Lanyard" and name.strip().removeprefix("Error:").strip()):
        yield f"the title must be a name followed by ' – Lanyard', not {title!r}"
    headings = [_text(heading) for heading in page.iter("h1")]
    if len(headings) != 1 or not headings[0]:
        yield f"there must be one h1 with text, not {headings}"
    has_error = any(
        element.get("class", "").startswith("govuk-error-summary") for element in page.iter("div")
    )
    if has_error != title.startswith("Error:"):
        yield "the title begins with 'Error:' when, and only when, there is an error summary"


def _ids_and_what_points_to_them(page: Element) -> Iterator[str]:
    ids = Counter(element.get("id") for element in page.iter() if element.get("id") is not None)
    for identifier, times in ids.items():
        if times > 1 or not identifier:
            yield f"the id {identifier!r} is there {times} times"
    for element in page.iter():
        for attribute in ("aria-labelledby", "aria-describedby", "aria-controls", "for"):
            for target in element.get(attribute, "").split():
                if target not in ids:
                    yield f"{attribute} of a {element.tag} names no element: {target!r}"
        href = element.get("href", "")
        if element.tag == "a" and href.startswith("#") and href[1:] not in ids:
            yield f"a link leads to no element of the page: {href!r}"


def _labels(page: Element) -> Iterator[str]:
    labelled = {label.get("for") for label in page.iter("label") if _text(label)}
    wrapped = {control for label in page.iter("label") if _text(label) for control in label.iter()}
    for element in page.iter():
        named = element.get("aria-label") or element.get("aria-labelledby")
        if element.tag in _NEEDS_LABEL and element.get("type") not in _LABELS_ITSELF:
            if not (named or element.get("id") in labelled or element in wrapped):
                yield f"{element.tag} {element.get('name')!r} has no label"
        elif element.tag in {"a", "button"} and not (_text(element) or named):
            yield f"a {element.tag} has no text: {element.attrib}"
        elif element.tag == "img" and element.get("alt") is None:
            yield f"an image has no alt: {element.get('src')!r}"


def _what_the_policy_blocks(page: Element) -> Iterator[str]:
    for element in page.iter():
        if element.tag == "style" or element.get("style") is not None:
            yield f"inline style at a {element.tag}"
        for attribute in element.attrib:
            if attribute.startswith("on"):
                yield f"inline script {attribute} at a {element.tag}"
        if element.tag == "script" and not element.get("nonce"):
            yield "a script without nonce"
        loaded = element.get(_LOADS.get(str(element.tag), ""), "")
        if loaded.startswith("//") or (":" in loaded.split("/")[0] and not loaded.startswith("data:")):
            yield f"a {element.tag} is loaded from elsewhere: {loaded!r}"


def _text(element: Element | None) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())
