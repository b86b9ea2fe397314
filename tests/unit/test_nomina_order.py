"""The order of the list, held against a second reading of the manual and against what it must never do."""

from dataclasses import replace
from functools import cmp_to_key

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.reference import list_rules
from scoring.nomina import Candidate, MalformedRules, Order, order

RULES = list_rules()

candidate = st.builds(
    Candidate,
    nna_id=st.uuids().map(lambda one: one.hex),
    family_id=st.sampled_from(["f1", "f2", "f3", None]),
    has_address=st.booleans(),
    last_priority=st.booleans(),
    territorial_alerts=st.integers(0, 2),
    chcc_alerts=st.integers(0, 2),
    percentile=st.sampled_from([None, 50.0, 99.0]),
    score=st.sampled_from([None, 0.25, 0.5]),
    rank=st.sampled_from([None, 1, 7]),
)
some = st.lists(candidate, max_size=12, unique_by=lambda one: one.nna_id)
strangers = some.map(lambda found: [replace(one, family_id=None) for one in found])


def compare(one: Candidate, other: Candidate) -> int:
    """Orientaciones Técnicas OLN 2020, pp. 38-40, written down a second time: negative where `one` goes first."""

    def more(a: float | None, b: float | None) -> int:
        if a == b:
            return 0
        return -1 if b is None or (a is not None and a > b) else 1

    steps = [
        more(one.has_address, other.has_address),
        more(not one.last_priority, not other.last_priority),
        more(one.territorial_alerts, other.territorial_alerts),
    ]
    if not one.territorial_alerts:  # and so the other has none, or the step before decides
        steps += [
            more(bool(one.chcc_alerts), bool(other.chcc_alerts)),
            more(one.percentile, other.percentile),
            more(one.chcc_alerts, other.chcc_alerts),
        ]
    ranks = [-rank if rank else None for rank in (one.rank, other.rank)]
    steps += [more(*ranks), more(one.score, other.score), -1 if one.nna_id < other.nna_id else 1]
    return next(step for step in steps if step)


def places(candidates: list[Candidate], capacity: int = 3) -> dict[str, int]:
    return {one.candidate.nna_id: one.position for one in order(candidates, RULES, capacity)}


@given(strangers)
def test_the_order_is_the_one_the_manual_says(candidates: list[Candidate]) -> None:
    expected = sorted(candidates, key=cmp_to_key(compare))
    assert [one.candidate for one in order(candidates, RULES, 3)] == expected


@given(some, st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_who_is_named_first(candidates: list[Candidate], luck: object) -> None:
    shuffled = list(candidates)
    luck.shuffle(shuffled)  # type: ignore[attr-defined]
    assert order(shuffled, RULES, 3) == order(candidates, RULES, 3)


@given(some)
def test_every_child_has_one_place_and_no_place_is_skipped(candidates: list[Candidate]) -> None:
    placed = order(candidates, RULES, 3)
    assert [one.position for one in placed] == list(range(1, len(candidates) + 1))
    assert {one.candidate for one in placed} == set(candidates)


@given(some)
def test_a_family_stands_together_where_its_first_child_would_stand(candidates: list[Candidate]) -> None:
    placed = order(candidates, RULES, 3)
    lines = [one.family_position for one in placed]
    assert lines == sorted(lines)
    heads = {one.family_position: one.candidate for one in reversed(placed)}
    assert len(set(lines)) == len({one.family_id or one.nna_id for one in candidates})
    for one in placed:
        head = heads[one.family_position]
        assert (one.candidate.family_id or one.candidate.nna_id) == (head.family_id or head.nna_id)
        assert one.candidate == head or compare(head, one.candidate) < 0
    assert all(compare(heads[line], heads[line + 1]) < 0 for line in range(1, len(heads)))


@given(some, st.integers(0, 6))
def test_the_capacity_line_counts_families(candidates: list[Candidate], capacity: int) -> None:
    placed = order(candidates, RULES, capacity)
    above = {one.family_position for one in placed if one.within_capacity}
    assert above == set(range(1, min(capacity, max((p.family_position for p in placed), default=0)) + 1))


@given(some, st.data())
def test_another_territorial_alert_never_costs_a_place(candidates: list[Candidate], data: st.DataObject) -> None:
    if not candidates:
        return
    child = data.draw(st.sampled_from(candidates))
    alerted = replace(child, territorial_alerts=child.territorial_alerts + 1)
    after = [alerted if one is child else one for one in candidates]
    assert places(after)[child.nna_id] <= places(candidates)[child.nna_id]


@given(some)
def test_the_deciding_key_is_the_first_in_which_two_lines_differ(candidates: list[Candidate]) -> None:
    way = Order(RULES)
    heads: list[Candidate] = []
    for one in order(candidates, RULES, 3):
        if len(heads) == one.family_position:
            assert one.deciding_key == "same_family"
            continue
        if heads:
            rules = [rule.key for rule in way.of(heads[-1])]
            at = rules.index(one.deciding_key)
            ahead, behind = way.key(heads[-1]), way.key(one.candidate)
            assert ahead[:at] == behind[:at]
            assert ahead[at] < behind[at]
        else:
            assert one.deciding_key == "first_line"
        heads.append(one.candidate)


def test_a_child_whom_nobody_scored_stands_behind_the_scored_ones() -> None:
    scored = Candidate("b", None, True, False, 0, 0, percentile=1.0, score=1.0)
    unscored = Candidate("a", None, True, False, 0, 0)
    assert places([unscored, scored]) == {"b": 1, "a": 2}


def test_the_reason_tells_nothing_of_the_family_before_but_that_it_goes_first() -> None:
    one = Candidate("a", None, True, False, 1, 0, score=87.5)
    other = Candidate("b", None, True, False, 1, 0, score=80.0)
    second = order([one, other], RULES, 1)[1]
    assert second.deciding_key == "score"
    assert second.deciding_reason == ("El NNA del lugar 1 va antes porque su puntaje es más alto que el de este NNA.")


@pytest.mark.parametrize(
    "broken",
    [
        [],
        RULES[:-1],
        [rule for rule in RULES if rule.key != "territorial_alerts"],
        [replace(rule, key="surname") if rule.key == "score" else rule for rule in RULES],
    ],
    ids=["nothing", "no last key", "no order of blocks", "unknown key"],
)
def test_rules_that_leave_the_order_open_are_refused(broken: list[object]) -> None:
    with pytest.raises(MalformedRules):
        order([], broken, 1)  # type: ignore[arg-type]


def test_the_reason_names_the_place_of_whom_it_compares_and_not_of_the_siblings_between() -> None:
    head = Candidate("a", "f", True, False, 2, 0, score=1.0)
    sibling = Candidate("b", "f", True, False, 0, 0)
    third, fourth = (Candidate(one, None, True, False, alerts, 0) for one, alerts in (("c", 1), ("d", 0)))
    placed = order([fourth, third, sibling, head], RULES, 1)
    assert [one.candidate.nna_id for one in placed] == ["a", "b", "c", "d"]
    assert [one.deciding_reason.partition(" va antes")[0] for one in placed[2:]] == [
        "El NNA del lugar 1",
        "El NNA del lugar 3",
    ]
