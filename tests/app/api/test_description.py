"""The API describes itself."""

from flask import Flask

from app.api.models import PayHistory


def test_every_resource_is_described(app: Flask) -> None:
    described = app.test_client().get("/api/v1/openapi.json").json or {}
    assert described["openapi"] == "3.1.0"
    served = {
        str(rule).removeprefix("/api/v1").replace("<uuid:", "{").replace("<", "{").replace(">", "}")
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.") and not str(rule).endswith("/openapi.json")
    }
    assert set(described["paths"]) == served


def test_the_schemas_are_those_of_the_answers(app: Flask) -> None:
    described = app.test_client().get("/api/v1/openapi.json").json or {}
    schema = described["components"]["schemas"]["PayHistory"]
    assert set(schema["properties"]) == set(PayHistory.model_fields)
    assert described["components"]["schemas"]["PayRecord"]["required"][:2] == ["employer", "from"]
