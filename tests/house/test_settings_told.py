"""Every setting, and what a list has room for, stands in the guide; no guide tells of a setting that is not there."""

import re

from core.reference import list_parameters
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


def test_the_guide_tells_the_capacity_that_holds_where_none_is_given_and_how_to_give_one() -> None:
    _, section = (ROOT / "docs" / "operator.md").read_text(encoding="utf-8").split("### La capacidad de la oficina\n")
    told = " ".join(section.split("\n#")[0].split())
    default = list_parameters()["OFFICE_MONTHLY_CAPACITY"].value
    assert f"Si no se dice, son {default}:" in told
    assert all(word in told for word in ("--capacity", "`capacity` de `publishNomina`", "OFFICE_MONTHLY_CAPACITY"))
