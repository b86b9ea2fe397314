import string
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from authz.actor import DataClass, Role
from core.reference import (
    AlertKind,
    Commune,
    ListBlock,
    MalformedCatalogue,
    Sector,
    access_parameters,
    alert_type,
    alert_types,
    catalogue_hash,
    catalogue_version,
    catalogues,
    chcc_alert_types,
    commune,
    commune_aliases,
    communes,
    exit_reasons,
    find_commune,
    institution_types,
    list_parameters,
    list_rules,
    pilot_communes,
    pilot_communes_on,
    provinces,
    regions,
    roles,
    sectors,
    territorial_alert_types,
)
from core.reference.files import load
from core.text import fold


def test_chile_has_16_regions_56_provinces_and_346_communes() -> None:
    assert (len(regions()), len(provinces()), len(communes())) == (16, 56, 346)
    by_region = Counter(one.region_code for one in communes())
    assert [by_region[f"{region:02}"] for region in range(1, 17)] == [
        *(7, 9, 9, 15, 38, 33, 30, 33, 32, 30, 10, 11, 52, 12, 4, 21)
    ]


def test_every_commune_belongs_to_the_province_and_region_that_its_code_begins_with() -> None:
    known = {one.code: one.region_code for one in provinces()}
    for one in communes():
        assert one.code.startswith(one.province_code)
        assert known[one.province_code] == one.region_code == one.code[:2]


def test_every_commune_is_found_by_its_name_and_code_however_written() -> None:
    for one in communes():
        for text in (one.name, one.name.upper(), fold(one.name), one.code, one.code.lstrip("0")):
            assert find_commune(f"  {text} ") == one


def test_every_alias_finds_its_commune_and_is_not_its_name() -> None:
    for one in commune_aliases():
        assert find_commune(one.alias) == commune(one.commune_code)
        assert fold(one.alias) != fold(commune(one.commune_code).name)


@pytest.mark.parametrize("text", ["", "Atlántida", "99999", "13"])
def test_what_is_no_commune_is_not_found(text: str) -> None:
    assert find_commune(text) is None


def test_the_pilot_has_twelve_communes_on_any_day_of_it() -> None:
    before, after = pilot_communes_on(date(2020, 5, 31)), pilot_communes_on(date(2020, 6, 1))
    assert len(before) == len(after) == 12
    assert {one.name for one in set(before) ^ set(after)} == {"Iquique", "Alto Hospicio"}
    assert all(commune(one.commune_code) for one in pilot_communes())


def test_there_are_18_territorial_alerts_in_order_and_16_of_chile_crece_contigo() -> None:
    assert [one.number for one in territorial_alert_types()] == list(range(1, 19))
    assert len(chcc_alert_types()) == 16
    assert sum(len(alert_types(kind)) for kind in AlertKind) == 34
    assert alert_type("EARLY_SEXUAL_ACTIVITY").data_class is DataClass.HEALTH


def test_no_code_of_an_alert_has_two_meanings() -> None:
    codes = [one.code for kind in AlertKind for one in alert_types(kind)]
    assert len(codes) == len(set(codes))


def test_a_caregiver_in_prison_is_judicial_whoever_tells_it() -> None:
    assert alert_type("CAREGIVER_DEPRIVED_OF_LIBERTY").data_class is DataClass.JUDICIAL
    assert alert_type("CAREGIVER_IMPRISONED").data_class is DataClass.JUDICIAL


def test_the_roles_are_those_that_may_be_assigned() -> None:
    assert {one.code for one in roles()} == set(Role)
    assert {one.code: one.caseload for one in roles()}["CASE_MANAGER"] == list_parameters()[
        "CASE_MANAGER_CASELOAD"
    ].value


def test_the_other_catalogues_are_whole() -> None:
    assert (len(sectors()), len(institution_types()), len(exit_reasons())) == (21, 27, 28)


def test_the_first_three_keys_of_the_list_compare_everyone_and_then_each_block_has_its_own() -> None:
    keys = {
        block: [rule.key for rule in list_rules() if rule.block in (block, ListBlock.BOTH)]
        for block in (ListBlock.WITH_TERRITORIAL, ListBlock.WITHOUT_TERRITORIAL)
    }
    common = ["has_address", "is_last_priority", "territorial_alerts"]
    assert keys[ListBlock.WITH_TERRITORIAL] == [*common, "score_rank", "score", "record_id"]
    assert keys[ListBlock.WITHOUT_TERRITORIAL] == [
        *common,
        *("has_chcc_alert", "score_percentile", "chcc_alerts", "score_rank", "score"),
        "record_id",
    ]
    assert all("Elaboración propia" in rule.source for rule in list_rules() if rule.block is ListBlock.BOTH)


def test_a_reason_is_a_sentence_that_needs_only_the_two_values() -> None:
    for rule in list_rules():
        named = {name for _, name, _, _ in string.Formatter().parse(rule.reason_es) if name is not None}
        assert named <= {"value", "other"}
        assert rule.reason_es.format(value=3, other=1).endswith(".")


def test_an_unknown_version_of_the_list_is_refused() -> None:
    assert list_rules(catalogue_version("list_rules")) == list_rules()
    for unknown in (list_rules, list_parameters, access_parameters):
        with pytest.raises(KeyError):
            unknown("1900.1")


def test_every_catalogue_has_a_version_a_source_and_a_hash() -> None:
    for name, one in catalogues().items():
        assert one.version and one.source and one.licence
        assert len(catalogue_hash(name)) == 64
    with pytest.raises(KeyError):
        catalogue_hash("../settings")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("order,code,label_es\n1,A,a\n", "columns must be"),
        ("order,code,label_es,source\nuno,A,a,s\n", "line 2, order: 'uno' is not a int"),
        ("order,code,label_es,source\n1,A,a,s\n2,A,b,s\n", "line 3.*same code twice"),
        ("order,code,label_es,source\n1,A,a,s,more\n", "too many cells"),
        ("order,code,label_es,source\n1,A,a\n", "cell is missing"),
    ],
)
def test_a_malformed_file_is_refused_with_its_place(tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "sectors.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(MalformedCatalogue, match=complaint):
        load(path, Sector, "code")


def test_rows_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        commune("13101").name = "Otra"  # type: ignore[misc]
    assert isinstance(communes(), tuple)
    assert isinstance(communes()[0], Commune)
