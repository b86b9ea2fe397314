"""Many ids at once are ids like any other."""

from datetime import UTC, datetime

from core.clock import frozen

AT = datetime(2026, 11, 20, tzinfo=UTC)


def test_ids_drawn_together_are_distinct_ordered_and_of_version_7() -> None:
    ids = frozen(AT, 1).new_ids(1000)
    assert len(set(ids)) == 1000 and ids == sorted(ids)
    assert {(one.version, one.int >> 62 & 3, one.int >> 80) for one in ids} == {(7, 2, int(AT.timestamp() * 1000))}


def test_the_same_seed_draws_the_same_ids() -> None:
    assert frozen(AT, 1).new_ids(5) == frozen(AT, 1).new_ids(5) != frozen(AT, 2).new_ids(5)


def test_none_are_drawn_where_none_are_asked_for() -> None:
    assert frozen(AT, 1).new_ids(0) == []
