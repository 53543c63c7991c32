"""Imports every model, so that ``metadata`` knows every table."""

import importlib
import pkgutil
from functools import cache

from sqlalchemy import MetaData
from sqlmodel import SQLModel

import identity
import profiles


@cache
def metadata() -> MetaData:
    """The tables of ``profiles`` and ``identity``: any module named ``models`` or the like, and loads."""
    for package in (profiles, identity):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.rpartition(".")[2].rpartition("_")[2] in {"models", "model", "loads"}:
                importlib.import_module(module.name)
    return SQLModel.metadata
