"""The pieces that pages are made of, each shown in a whole page."""

from datetime import UTC, datetime
from typing import Any

import pytest
from markupsafe import Markup

from tests.app.page_app import show
from tests.app.page_checks import check_page

APRIL = datetime(2026, 3, 31, 23, 0, tzinfo=UTC)
TRANSFER_STATES = [
    "draft",
    "offered",
    "accepted",
    "in_progress",
    "scheduled",
    "left",
    "joined",
    "reconciling",
    "completed",
    "blocked",
    "on_hold",
    "objected",
    "declined",
    "withdrawn",
    "cancelled",
    "expired",
]


def page_of(template: str, imports: str, **values: Any) -> str:
    html = show(template, imports=imports, **values)
    check_page(html)
    return html


def test_a_heading_has_its_caption() -> None:
    html = show('{{ page_heading("<Me>", "Profile") }}', imports="page.page_heading")
    assert "&lt;Me&gt;" in html
    assert '<span class="govuk-caption-l">Profile</span>' in html


def test_a_confirmation_panel_holds_the_heading() -> None:
    html = show('{{ confirmation_panel("Done", "TR-1") }}', imports="page.confirmation_panel")
    assert '<h1 class="govuk-panel__title">' in html
    assert "TR-1" in html


def test_a_warning_says_so_to_screen_readers() -> None:
    html = page_of('{{ warning_text("Mind this") }}', "page.warning_text")
    assert '<span class="govuk-visually-hidden">Warning</span> Mind this' in html


def test_an_empty_list_says_what_would_fill_it() -> None:
    html = page_of('{{ empty_text("Nothing yet", "Make one") }}', "page.empty_text")
    assert "Nothing yet" in html
    assert "Make one" in html


def test_a_summary_list_shows_values_escaped_and_absent_ones_in_words() -> None:
    pairs = [
        ("Name", "<b>"),
        ("Grade", None),
        ("Leave", 0),
        ("Tag", Markup("<em>x</em>")),
        ("E-mail", "a@b", {"href": "/change", "text": "Change"}),
    ]
    html = page_of("{{ summary_list(pairs) }}", "data.summary_list", pairs=pairs)
    assert "&lt;b&gt;" in html
    assert "Not recorded" in html
    assert "<em>x</em>" in html
    assert " 0\n" in html
    assert 'href="/change">Change<span class="govuk-visually-hidden"> E-mail</span>' in html


def test_a_summary_card_has_a_title() -> None:
    html = page_of(
        '{{ summary_list([("A", "b")], card_title="Post", heading_level=2) }}', "data.summary_list"
    )
    assert '<h2 class="govuk-summary-card__title">' in html


def test_a_table_scrolls_by_itself_and_can_be_reached_by_keyboard() -> None:
    html = page_of(
        '{{ data_table("Pay", ["From", "Salary"], [["1 April", "£1"], ["<x>", ""]], numeric=[1]) }}',
        "data.data_table",
    )
    assert '<div class="app-table-scroll" role="region" tabindex="0" aria-label="Pay">' in html
    assert '<td class="govuk-table__cell govuk-table__cell--numeric">£1</td>' in html
    assert '<th scope="row" class="govuk-table__header">&lt;x&gt;</th>' in html


def test_history_shows_first_and_last_days_and_when_it_was_recorded() -> None:
    entries = [
        {"what": "HEO", "starts": APRIL, "ends": None, "recorded": APRIL},
        {"what": "EO", "starts": datetime(2020, 1, 6, tzinfo=UTC), "ends": APRIL, "recorded": APRIL},
    ]
    html = page_of('{{ history_table("Posts", entries) }}', "data.history_table", entries=entries)
    cells = [part.split("<")[0] for part in html.split('<td class="govuk-table__cell">')[1:]]
    assert cells == [
        "1 April 2026",
        "No end date",
        "1 April 2026 at 12:00am",
        "6 January 2020",
        "31 March 2026",
        "1 April 2026 at 12:00am",
    ]


def test_an_allowed_app_is_a_link_with_roles_and_reason() -> None:
    apps = [
        {"name": "Cases", "allowed": True, "roles": ["Reader", "Writer"], "reasons": ["Post"], "href": "/a"}
    ]
    html = page_of("{{ access_list(apps, 2) }}", "access.access_list", apps=apps)
    assert '<a class="govuk-link" href="/a">Cases</a>' in html
    assert "Roles: Reader, Writer" in html
    assert "Allowed" in html
    assert "Post" in html


def test_a_refused_app_is_no_link_and_says_how_to_ask() -> None:
    apps = [{"name": "Cases", "allowed": False, "reasons": ["No post", "<x>"], "href": "/open"}]
    html = page_of("{{ access_list(apps, 2) }}", "access.access_list", apps=apps)
    assert 'href="/open"' not in html
    assert "Refused" in html
    assert "&lt;x&gt;" in html
    assert "No post" in html


def test_a_refused_app_names_its_contact_as_a_link() -> None:
    apps = [{"name": "Cases", "allowed": False, "reasons": [], "how_to_ask": "Write to <b> a@b.example"}]
    html = page_of("{{ access_list(apps, 2) }}", "access.access_list", apps=apps)
    assert 'To ask for access: Write to &lt;b&gt; <a href="mailto:a@b.example">' in html


def change(app_name: str, change: str, **more: Any) -> dict[str, Any]:
    """One change of a preview, with the names of profiles.entitlements.preview.AccessChange."""
    nothing = {"at": None, "roles_before": (), "roles_after": (), "reasons": ()}
    return nothing | {"app_name": app_name, "organisation_name": "HMRC", "change": change} | more


def test_a_preview_says_what_ends_and_begins_and_when() -> None:
    changes = [
        change("Old", "ends", at=APRIL, roles_before=("Reader",), reasons=("post ends",)),
        change("New", "begins", at=APRIL, roles_after=("Writer",), reasons=("post begins",)),
        change("Both", "changes", roles_before=("A",), roles_after=("B",)),
        change("All", "stays"),
    ]
    html = page_of(
        "{{ access_preview(changes, explain, 2) }}",
        "access.access_preview",
        changes=changes,
        explain=str.capitalize,
    )
    for text in (
        "Last day: 31 March 2026",
        "Now: Reader",
        "Post ends",
        "From 1 April 2026",
        "Role: Writer",
        "Post begins",
        "Then: B",
        "Stays the same",
    ):
        assert text in html


def test_every_state_of_a_transfer_has_a_tag() -> None:
    template = "{% for state in states %}{{ transfer_tag(state) }}{% endfor %}"
    html = page_of(template, "transfers.transfer_tag", states=TRANSFER_STATES)
    assert html.count("govuk-tag--") == len(TRANSFER_STATES)


def test_tasks_show_their_status_and_lead_to_the_work() -> None:
    tasks = [
        {"title": "Terms", "status": "to_do", "href": "/terms", "hint": "Home Office HR"},
        {"title": "Release", "status": "waiting"},
        {"title": "Details", "status": "done"},
    ]
    html = page_of("{{ task_list(tasks) }}", "transfers.task_list", tasks=tasks)
    assert 'href="/terms" aria-describedby="tasks-1-hint tasks-1-status"' in html
    assert "Waiting for others" in html
    assert "Completed" in html


@pytest.mark.parametrize(
    ("page", "last", "numbers"),
    [(1, 3, "1 2 3"), (1, 9, "1 2 ⋯ 9"), (5, 9, "1 ⋯ 4 5 6 ⋯ 9"), (9, 9, "1 ⋯ 8 9")],
)
def test_pagination_names_the_pages_near_by(page: int, last: int, numbers: str) -> None:
    html = page_of(
        "{{ pagination(page, last, href_of) }}",
        "pagination.pagination",
        page=page,
        last=last,
        href_of="/people?page={}".format,
    )
    items = html[html.index('<ul class="govuk-pagination__list">') :]
    items = items[: items.index("</ul>")].replace("&ctdot;", "⋯")
    shown = [part.split(">", 1)[1] for part in items.split("<") if ">" in part]
    assert " ".join(" ".join(shown).split()) == numbers
    assert ('rel="prev"' in html, 'rel="next"' in html) == (page > 1, page < last)


def test_one_page_needs_no_pagination() -> None:
    html = page_of("{{ pagination(1, 1, none) }}", "pagination.pagination")
    assert "govuk-pagination" not in html


def test_a_post_form_and_a_post_button_carry_the_csrf_token() -> None:
    html = page_of(
        '{% call post_form("/do") %}<p>x</p>{% endcall %}'
        '{{ post_button("/end", "End", "on Firefox", style="warning", values={"sid": "1"}) }}',
        "forms.post_form forms.post_button",
    )
    assert html.count('name="csrf_token" value="') == 2
    assert '<input type="hidden" name="sid" value="1">' in html
    assert '<span class="govuk-visually-hidden"> on Firefox</span>' in html


def test_a_search_keeps_what_was_asked() -> None:
    html = page_of('{{ search_form("/people", "Search", "O\'Neill", hint="Name") }}', "forms.search_form")
    assert 'value="O&#39;Neill"' in html
    assert 'method="get"' in html
