"""DEMO holds invented people; REAL starts only when it may hold true ones."""

import re

import pytest
from sqlalchemy import select, update

from authz.actor import Role
from authz.scope import table_of
from core.audit.digest import MARK
from core.errors import InvalidInput
from core.host import Host
from core.identity import KeyRing
from core.models.audit import AuditHead
from core.services.installation import CHECKLIST, AlreadySigned, check_open, check_start, ensure_installation, sign_item
from core.settings import InstallationKind
from tests.factories import a_user, actor

RUN = "12.531.909-2"
REAL = {"installation": InstallationKind.REAL, "issuer": "https://id.municipio.cl"}


def made_real(host: Host, signed: bool = True, **over: object) -> Host:
    host.settings = host.settings.model_copy(update=REAL | over)
    host.ring = KeyRing.generate()
    with host.transaction(None, "test") as uow:
        ensure_installation(uow, InstallationKind.REAL)
        for item in CHECKLIST if signed else ():
            sign_item(uow, item, "Ana Pérez, alcaldesa", "Decreto 12/2026")
    return host


def codes(host: Host, synthetic_model: bool = False) -> list[str]:
    return [problem.code for problem in check_start(host, synthetic_model=synthetic_model)]


def test_a_demo_starts_with_sample_keys_and_invented_people(host: Host) -> None:
    with host.unit_of_work(None, "test") as uow:
        ensure_installation(uow, InstallationKind.DEMO, demo_seed=7).demo_day = host.clock.today()
        a_user(uow, actor(Role.COORDINATOR))
        uow.session.commit()
    assert codes(host, synthetic_model=True) == []


def test_a_demo_that_was_not_made_to_its_end_does_not_start(host: Host) -> None:
    assert codes(host) == ["DEMO_UNFINISHED"]
    with_an_entry(host)
    (problem,) = check_start(host)
    assert "Para hacer otro, borre la carpeta" in problem.message


def test_a_real_one_starts_when_everything_is_signed(host: Host) -> None:
    assert codes(made_real(host)) == []


def test_a_real_one_without_its_checklist_says_each_missing_item(host: Host) -> None:
    problems = check_start(made_real(host, signed=False))
    assert {p.code for p in problems} == {"CHECKLIST_UNSIGNED"}
    assert len(problems) == len(CHECKLIST)
    assert "Ley 21.719" in problems[0].message


def test_a_real_one_refuses_demo_users(host: Host) -> None:
    made_real(host)
    with host.unit_of_work(None, "test") as uow:
        a_user(uow, demo=True)
        uow.session.commit()
    assert codes(host) == ["DEMO_USERS"]


def test_a_real_one_refuses_sample_keys(host: Host) -> None:
    made_real(host).ring = KeyRing.sample()
    assert codes(host) == ["SAMPLE_KEYS"]


@pytest.mark.parametrize(
    ("issuer", "code"), [("", "DEVELOPMENT_ISSUER"), ("http://id.municipio.cl", "INSECURE_ISSUER")]
)
def test_a_real_one_refuses_an_issuer_that_is_none_or_that_anybody_could_be(host: Host, issuer: str, code: str) -> None:
    (problem,) = check_start(made_real(host, issuer=issuer))
    assert problem.code == code
    assert issuer in problem.message


def test_a_real_one_refuses_a_model_trained_on_invented_people(host: Host) -> None:
    assert codes(made_real(host), synthetic_model=True) == ["SYNTHETIC_MODEL"]


def test_a_demo_never_becomes_real(host: Host) -> None:
    with host.transaction(None, "test") as uow:
        ensure_installation(uow, InstallationKind.DEMO)
    assert "KIND_CHANGED" in codes(made_real(host))


def with_an_entry(host: Host) -> Host:
    with host.transaction(None, "test", reason="something is written") as uow:
        ensure_installation(uow, InstallationKind.DEMO)
    return host


def test_an_empty_base_has_nothing_to_lose(host: Host) -> None:
    host.ring = KeyRing.generate()
    assert check_open(host) is None


def test_only_the_keys_that_sealed_it_open_a_base(host: Host) -> None:
    assert check_open(with_an_entry(host)) is None
    host.ring = KeyRing.generate()
    problem = check_open(host)
    assert problem
    assert problem.code == "FOREIGN_KEYS"


def test_heads_that_were_all_edited_do_not_make_the_keys_foreign(host: Host) -> None:
    with with_an_entry(host).database.begin() as connection:
        connection.execute(update(table_of(AuditHead)).values(digest="00"))
    assert check_open(host) is None
    host.ring = KeyRing.generate()
    assert check_open(host) is not None


def test_what_was_made_as_a_demo_is_opened_as_one_only(host: Host) -> None:
    with_an_entry(host).settings = host.settings.model_copy(update=REAL)
    problem = check_open(host)
    assert problem
    assert "defina OLN_INSTALLATION=DEMO" in problem.message


def test_a_signature_names_an_item_a_person_and_a_document(host: Host) -> None:
    refused = (
        ("nothing", "Ana", "x"),
        ("retention", " ", "x"),
        ("retention", "Ana", ""),
        ("retention", "12.531.909-2", "x"),
    )
    with host.unit_of_work(None, "test") as uow:
        for item, by, document in refused:
            with pytest.raises(InvalidInput):
                sign_item(uow, item, by, document)


def test_a_signature_gives_way_to_no_other_unless_asked_and_stays_in_the_record(host: Host) -> None:
    made_real(host)
    told = "ya está firmado: Ana Pérez, alcaldesa; Decreto 12/2026; 20"
    with host.transaction(None, "test") as uow, pytest.raises(AlreadySigned, match=told):
        sign_item(uow, "retention", "Eva Soto, secretaria", "Decreto 40/2026")
    assert ensured(host)["retention"].startswith("Ana Pérez")
    with host.transaction(None, "test") as uow:
        sign_item(uow, "retention", "Eva Soto, secretaria", "Decreto 40/2026", replace=True)
    assert re.fullmatch(r"Eva Soto, .*; Decreto 40/2026; .* \(antes: Ana Pérez, .*\)", ensured(host)["retention"])
    assert codes(host) == []


def ensured(host: Host) -> dict[str, str]:
    with host.unit_of_work(None, "test") as uow:
        return dict(ensure_installation(uow, InstallationKind.REAL).checklist)


@pytest.mark.parametrize(("read_audit", "marks"), [("journal", [0]), ("database", [])])
def test_an_installation_begins_with_the_mark_of_its_anchors_where_its_folder_lasts(
    host: Host, read_audit: str, marks: list[int]
) -> None:
    host.settings = host.settings.model_copy(update={"read_audit": read_audit})
    with_an_entry(host)
    with_an_entry(host)
    heads = table_of(AuditHead).c
    with host.database.connect() as connection:
        assert list(connection.execute(select(heads.sequence).where(heads.chain == MARK)).scalars()) == marks
