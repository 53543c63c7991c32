"""A small Flask app with the look and nothing else, to show one template or component as a page."""

from typing import Any

from flask import Flask, render_template_string
from flask_wtf.csrf import CSRFProtect

from app import look, security_headers

_TOP = '{% extends "layout.html" %}'
_MIDDLE = "{% block page_title %}A page{% endblock %}{% block page %}<h1>A page</h1>"
_BOTTOM = "{% endblock %}"


def page_app(*, https: bool = False, **look_options: Any) -> Flask:
    """An app with the look, the headers and CSRF, in the order that create_app uses."""
    app = Flask("app")
    app.secret_key = "only for these tests"
    security_headers.init_app(app, https=https)
    look.init_app(app, **look_options)
    CSRFProtect(app)
    app.add_template_global(lambda _team: None, "my_contact")
    return app


def show(template: str, *, imports: str = "", **values: Any) -> str:
    """The whole page around a piece of template that is its main content, below an h1.

    `imports` names components, as "data.summary_list data.data_table".
    """
    named = [name.split(".") for name in imports.split()]
    lines = [f'{{% from "components/{file}.html" import {macro} %}}' for file, macro in named]
    source = "".join((_TOP, *lines, _MIDDLE, template, _BOTTOM))
    app = page_app()

    @app.route("/shown", methods=["GET", "POST"])
    def shown() -> str:
        return render_template_string(source, **values)

    return app.test_client().get("/shown").text
