"""The clients that `docs/client.md` shows, against a served demo: the page in a browser, and the Python file."""

import importlib.util
import json
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType

import pytest
import uvicorn
from websockets.sync.client import ClientConnection

from app import create_app
from core.host import Host
from core.opening import make_host
from core.settings import Settings
from plugins import OURS
from schema.tokens import DevelopmentIssuer
from scoring.demo import DemoPlan, make_demo
from tests.api.browser import Page, browsing
from tests.house.markdown import blocks
from tests.house.tree import ROOT

CLIENT = ROOT / "docs" / "client"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def pages() -> Iterator[str]:
    """The folder of the client, as some other web server would give it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(CLIENT)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def host(pages: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    home = tmp_path_factory.mktemp("client")
    settings = Settings(home=home, cors_origins=(pages,), third_party_plugins=False, run_jobs=False)
    make_demo(make_host(settings, OURS), DemoPlan(("13101",), children=60), lambda *_: None)
    made = make_host(settings, OURS)
    yield made
    made.database.dispose()


@pytest.fixture(scope="module")
def api(host: Host) -> Iterator[str]:
    with serving(host) as address:
        yield address


@contextmanager
def serving(host: Host) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(host), log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/graphql"
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()


def token(host: Host, username: str) -> str:
    issuer = DevelopmentIssuer(host.ring, host.settings.installation, host.settings.audience)
    return issuer.issue(username, datetime.now(UTC))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClientConnection]:
    with browsing(tmp_path_factory.mktemp("profile")) as socket:
        yield socket


@pytest.fixture
def page(browser: ClientConnection, pages: str) -> Page:
    made = Page(browser)
    made.open(f"{pages}/nomina.html")
    return made


def ask_for_list(page: Page, api: str, bearer: str, commune: str = "13101") -> str:
    """Fill in the form as a person would, and return what the page then says."""
    values = json.dumps({"direccion": api, "token": bearer, "comuna": commune})
    page.until("document.readyState === 'complete' && !!document.forms.ingreso")
    page.run(f"for (const [n, v] of Object.entries({values})) document.forms.ingreso.elements[n].value = v")
    page.run("document.forms.ingreso.requestSubmit()")
    return str(page.until("!document.querySelector('button:disabled') && aviso.textContent"))


def test_the_page_shows_the_list_and_why(page: Page, host: Host, api: str) -> None:
    said = ask_for_list(page, api, token(host, "coordinator.13101"))
    assert said.startswith("Se muestran 25 de los ")
    first = page.run("lugares.rows[0].innerText")
    assert first.split("\t")[0] == "1"
    assert "Encabeza la nómina." in first
    assert page.run("lugares.querySelectorAll('li').length") > 25


def test_the_page_goes_on_where_it_stopped(page: Page, host: Host, api: str) -> None:
    ask_for_list(page, api, token(host, "coordinator.13101"))
    page.run("mas.click()")
    page.until("!mas.disabled && lugares.rows.length === 50")
    places = page.run("[...lugares.rows].map((row) => Number(row.cells[0].textContent))")
    assert places == list(range(1, 51))


def test_the_page_shows_a_case_manager_their_own_lines(page: Page, host: Host, api: str) -> None:
    assert ask_for_list(page, api, token(host, "case_manager.13101")).startswith("Se muestran ")
    assert page.run("lugares.querySelectorAll('.reservado').length") == 0


def test_the_page_offers_the_purposes_of_whose_token_it_is(page: Page, host: Host, api: str) -> None:
    ask_for_list(page, api, token(host, "coordinator.13101"))
    choice = "document.forms.ingreso.elements.finalidad"
    assert page.run(f"[...{choice}.options].map((one) => one.value)") == ["CARE", "SUPERVISION"]
    assert page.run(f"{choice}.value") == "SUPERVISION"
    page.run(f"{choice}.value = 'CARE'; {choice}.dispatchEvent(new Event('change'))")
    page.until("!document.querySelector('button:disabled') && aviso.textContent.startsWith('Se muestran')")
    assert page.run(f"{choice}.value") == "CARE"
    ask_for_list(page, api, token(host, "auditor.cl"))
    assert page.run(f"[{choice}.value, {choice}.disabled]") == ["AUDIT", True]


def test_the_page_says_what_is_not_theirs(page: Page, host: Host, api: str) -> None:
    said = ask_for_list(page, api, token(host, "coordinator.13101"), "05701")
    assert said == "No hay una nómina publicada en esa comuna, o no es de las suyas."
    assert page.run("nomina.hidden") is True


def test_the_page_says_that_a_token_is_wrong(page: Page, api: str) -> None:
    assert ask_for_list(page, api, "abc") == "La identificación no es válida; ingrese de nuevo."
    assert page.run("aviso.className") == "falla"


def test_the_page_says_that_a_word_can_be_no_token(page: Page, api: str) -> None:
    assert ask_for_list(page, api, "señal").startswith("Eso no es un token")


def test_the_page_shows_whoever_reads_part_of_a_list_that_part(page: Page, host: Host, api: str) -> None:
    said = ask_for_list(page, api, token(host, "regional_coordinator.13"))
    assert said == "Usted no ve los lugares de esta nómina."


def test_a_page_of_another_origin_is_not_answered(page: Page, host: Host) -> None:
    closed = make_host(host.settings.model_copy(update={"cors_origins": ()}), OURS)
    with serving(closed) as address:
        said = ask_for_list(page, address, token(host, "coordinator.13101"))
    closed.database.dispose()
    assert said == "No se pudo llegar a la API: revise la dirección y OLN_CORS_ORIGINS."


@pytest.fixture(scope="module")
def client() -> ModuleType:
    name = "oln_client"
    spec = importlib.util.spec_from_file_location(name, CLIENT / f"{name}.py")
    assert spec
    assert spec.loader
    made = importlib.util.module_from_spec(spec)
    sys.modules[name] = made  # its dataclass looks itself up there
    spec.loader.exec_module(made)
    return made


PAGES = """query Lugares($after: String) { nomina(communeCode: "13101") {
  listed entries(first: 20, after: $after) { pageInfo { hasNextPage endCursor } edges { node { position } } } } }"""
RAISE = """mutation Avisar($input: RaiseAlertInput!) { raiseAlert(input: $input) {
  ... on RaiseAlertSuccess { report { id } } ... on Refusal { code message field } } }"""


def test_the_python_client_goes_through_all_pages(client: ModuleType, host: Host, api: str) -> None:
    oln = client.Oln(api, token(host, "coordinator.13101"))
    listed = oln.ask('{ nomina(communeCode: "13101") { listed } }')["nomina"]["listed"]
    places = [node["position"] for node in oln.pages(PAGES, "nomina", "entries")]
    assert places == list(range(1, listed + 1))


def test_the_python_client_goes_through_nothing_where_nothing_is_theirs(
    client: ModuleType, host: Host, api: str
) -> None:
    elsewhere = PAGES.replace("13101", "05701")
    assert list(client.Oln(api, token(host, "coordinator.13101")).pages(elsewhere, "nomina", "entries")) == []


def test_the_python_client_tells_a_list_that_is_not_for_them(client: ModuleType, host: Host, api: str) -> None:
    with pytest.raises(client.Refused) as caught:
        list(client.Oln(api, token(host, "national_analyst.cl")).pages(PAGES, "nomina", "entries"))
    assert caught.value.code == "FORBIDDEN"


def test_the_python_client_tells_a_refusal_by_its_code(client: ModuleType, host: Host, api: str) -> None:
    described = {"communeCode": "13101", "identifierKind": "NONE", "givenNames": "Ana", "firstSurname": "Prueba"}
    child = {**described, "sex": "FEMALE", "birthDate": "2018-02-03"}
    school = client.Oln(api, token(host, "sector_partner.13101"))
    with pytest.raises(client.Refused, match="No existe ese tipo de alerta") as caught:
        school.change(RAISE, items=[{"typeCode": "NO_SUCH_TYPE"}], described=child)
    assert (caught.value.code, caught.value.field) == ("INVALID_INPUT", "input.items.0.typeCode")
    assert school.change(RAISE, items=[{"typeCode": "FAMILY_CONFLICT"}], described=child)["report"]["id"]


def test_the_python_client_tells_a_wrong_token(client: ModuleType, api: str) -> None:
    with pytest.raises(client.Refused) as caught:
        client.Oln(api, "abc").ask("{ viewer { username } }")
    assert caught.value.code == "UNAUTHENTICATED"


def test_the_guide_shows_the_page_as_it_is() -> None:
    shown = [block.text for block in blocks(ROOT / "docs" / "client.md") if block.language in ("js", "html")]
    page = "".join(path.read_text(encoding="utf-8") for path in sorted(CLIENT.glob("nomina.*")))
    assert shown
    assert [text for text in shown if text not in page] == []


def test_the_python_client_says_that_an_address_is_not_the_api(client: ModuleType, pages: str) -> None:
    with pytest.raises(client.NotTheApi, match="respondió 501, y no es la API de OLN"):
        client.Oln(f"{pages}/graphql", "x").ask("{ viewer { username } }")
