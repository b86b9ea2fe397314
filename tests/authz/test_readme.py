"""The role table that people read says what the policy says."""

import os
from pathlib import Path

import authz.guard
from authz.actor import Ambit, DataClass, Purpose, Role
from authz.guard import read_policy
from authz.table import AMBITS, CLASSES, PURPOSES, ROLES, policy_page
from core.models.scopes import RESOURCES, SCOPES

FOLDER = Path(authz.guard.__file__).parent
README = FOLDER / "README.md"


def test_the_role_table_is_that_of_the_policy() -> None:
    rules, inherits = read_policy(FOLDER / "policy.csv")
    page = policy_page(rules, inherits, RESOURCES, SCOPES)
    if os.environ.get("OLN_WRITE"):
        README.write_text(page, encoding="utf-8")
    assert README.read_text(encoding="utf-8") == page


def test_what_every_account_reads_is_told_and_whose_it_is_to_change() -> None:
    _, told = README.read_text(encoding="utf-8").split("## Lo que lee toda cuenta\n\n")
    listed = told.split("\n\n")[1].splitlines()
    assert listed == [
        "- territorio, sin personas",
        "- `organization`: directorio de instituciones, sin personas",
        "- `module`: qué módulos usa cada comuna, sin personas",
    ]


def test_every_word_of_the_policy_has_a_spanish_name() -> None:
    for words, kind in ((ROLES, Role), (CLASSES, DataClass), (AMBITS, Ambit), (PURPOSES, Purpose)):
        assert set(words) == set(kind)
