"""Every setting stands in the operator's guide, and no guide tells of one that is not there."""

import re

from core.settings import Settings
from tests.house.markdown import documents
from tests.house.tree import ROOT, kept

NAME = re.compile(r"\bOLN_[A-Z_]+\b")
THERE = {f"OLN_{name.upper()}" for name in Settings.model_fields}


def test_the_guide_tells_every_setting() -> None:
    told = set(NAME.findall((ROOT / "docs" / "operator.md").read_text(encoding="utf-8")))
    assert sorted(THERE - told) == []


def test_no_guide_tells_of_a_setting_that_is_not_there() -> None:
    told = {name for path in documents(ROOT, kept()) for name in NAME.findall(path.read_text(encoding="utf-8"))}
    assert sorted(told - THERE) == []
