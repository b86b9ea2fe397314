"""DEMO holds invented people; REAL starts only when it may hold true ones."""

import pytest

from authz.actor import Role
from core.clock import Clock
from core.database import machinery
from core.errors import InvalidInput
from core.host import Host
from core.identity import KeyRing
from core.services.installation import CHECKLIST, check_start, ensure_installation, sign_item
from core.settings import InstallationKind
from tests.factories import a_user, actor

REAL = {"installation": InstallationKind.REAL, "issuer": "https://id.municipio.cl"}


def made_real(host: Host, signed: bool = True, **over: object) -> Host:
    host.settings = host.settings.model_copy(update=REAL | over)
    host.ring = KeyRing.generate()
    with machinery(host.database, "test") as session:
        ensure_installation(session, InstallationKind.REAL, host.clock)
        for item in CHECKLIST if signed else ():
            sign_item(session, item, "Ana Pérez, alcaldesa", "Decreto 12/2026", host.clock)
        session.commit()
    return host


def codes(host: Host, synthetic_model: bool = False) -> list[str]:
    return [problem.code for problem in check_start(host, synthetic_model=synthetic_model)]


def test_a_demo_starts_with_sample_keys_and_invented_people(host: Host) -> None:
    with host.unit_of_work(None, "test") as uow:
        ensure_installation(uow.session, InstallationKind.DEMO, host.clock, demo_seed=7)
        a_user(uow, actor(Role.COORDINATOR))
        uow.session.commit()
    assert codes(host, synthetic_model=True) == []


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


@pytest.mark.parametrize("issuer", ["", "http://id.municipio.cl"])
def test_a_real_one_refuses_the_development_issuer(host: Host, issuer: str) -> None:
    assert codes(made_real(host, issuer=issuer)) == ["DEVELOPMENT_ISSUER"]


def test_a_real_one_refuses_a_model_trained_on_invented_people(host: Host) -> None:
    assert codes(made_real(host), synthetic_model=True) == ["SYNTHETIC_MODEL"]


def test_a_demo_never_becomes_real(host: Host) -> None:
    with machinery(host.database, "test") as session:
        ensure_installation(session, InstallationKind.DEMO, host.clock)
        session.commit()
    assert "KIND_CHANGED" in codes(made_real(host))


def test_a_signature_names_an_item_a_person_and_a_document(host: Host) -> None:
    with machinery(host.database, "test") as session:
        for item, by, document in (("nothing", "Ana", "x"), ("retention", " ", "x"), ("retention", "Ana", "")):
            with pytest.raises(InvalidInput):
                sign_item(session, item, by, document, Clock())
