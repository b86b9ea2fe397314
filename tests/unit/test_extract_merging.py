"""Who has the last word: the extract or the office."""

from typing import Any

import polars as pl

from core.services.extracts import Counts
from core.services.extracts.merging import Merged, Precedence, merge

RULE = Precedence(following=("bracket",), kept=("name",), rising=("flag",))
TOLD: dict[str, Any] = {"key": "a", "bracket": 50, "name": "New", "flag": False}
STANDS: dict[str, Any] = {"key": "a", "bracket": 40, "name": "Old", "flag": False, "id": "1"}
STANDS |= {"version": 1, "owned": True, "newer": False}


def lay(told: dict[str, Any], stands: dict[str, Any] | None, rule: Precedence = RULE) -> Merged:
    incoming = pl.DataFrame([told], schema_overrides={"bracket": pl.Int64, "name": pl.String, "flag": pl.Boolean})
    stored = pl.DataFrame([stands or STANDS], schema_overrides={"newer": pl.Boolean, "owned": pl.Boolean})
    return merge(incoming, stored if stands else stored.clear(), ["key"], rule)


def test_what_nothing_corresponds_to_is_new() -> None:
    merged = lay(TOLD, None)
    assert (merged.counts.inserted, merged.counts.updated, merged.counts.unchanged) == (1, 0, 0)


def test_a_record_of_extracts_follows_the_newest() -> None:
    assert lay(TOLD, STANDS).changed.row(0, named=True)["name"] == "New"


def test_a_name_that_the_office_changed_is_the_offices() -> None:
    changed = lay(TOLD, STANDS | {"owned": False}).changed.row(0, named=True)
    assert (changed["name"], changed["bracket"]) == ("Old", 50)


def test_an_extract_fills_what_the_office_left_blank() -> None:
    assert lay(TOLD, STANDS | {"owned": False, "name": None}).changed.row(0, named=True)["name"] == "New"


def test_a_blank_cell_erases_nothing() -> None:
    assert lay(TOLD | {"name": None, "bracket": None}, STANDS).counts.unchanged == 1


def test_a_flag_rises_and_never_falls() -> None:
    quiet = TOLD | {"name": "Old", "bracket": 40}
    assert lay(quiet | {"flag": True}, STANDS | {"owned": False}).changed["flag"].to_list() == [True]
    assert lay(quiet | {"flag": False}, STANDS | {"flag": True}).counts == Counts(passed_over=1)


def test_an_earlier_month_changes_nothing() -> None:
    assert lay(TOLD, STANDS | {"newer": True}).counts == Counts(passed_over=1)


def test_rows_that_say_what_stands_are_not_counted_with_those_that_say_otherwise() -> None:
    same = TOLD | {"bracket": 40, "name": "Old"}
    assert lay(same, STANDS | {"newer": True}).counts == Counts(unchanged=1)
    edited = STANDS | {"owned": False}
    assert lay(same | {"name": "New"}, edited).counts == Counts(passed_over=1)
    assert lay(TOLD, edited).counts == Counts(updated=1)


def test_facts_are_copied_blanks_and_all() -> None:
    exact = Precedence(following=("bracket",), exact=True)
    stands = {name: STANDS[name] for name in ("key", "bracket", "id", "owned", "newer")}
    assert lay({"key": "a", "bracket": None}, stands, exact).changed["bracket"].to_list() == [None]
