"""The Python client of the guide, where things go wrong: plain sentences, and never a token in one."""

import importlib.util
import json
import socket
import sys
import threading
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest

CLIENT = Path(__file__).parents[2] / "docs" / "client" / "oln_client.py"
NOWHERE = "http://127.0.0.1:9/graphql"


@pytest.fixture(scope="module")
def client() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sample_client", CLIENT)
    assert spec
    assert spec.loader
    made = importlib.util.module_from_spec(spec)
    sys.modules["sample_client"] = made  # its dataclass looks itself up there
    spec.loader.exec_module(made)
    return made


class Gateway(BaseHTTPRequestHandler):
    """Answers whatever a test puts here."""

    answer: ClassVar[Any] = {}
    asked: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append(self.headers["Authorization"])
        body = json.dumps(self.answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def gateway() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Gateway) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/graphql"
        server.shutdown()
        thread.join()


def test_a_token_out_of_a_file_may_end_in_a_line(client: ModuleType, gateway: str) -> None:
    Gateway.answer = {"data": {"a": 1}}
    assert client.Oln(gateway, " eyJ.abc.def\r\n").ask("{ a }") == {"a": 1}
    assert Gateway.asked[-1] == "Bearer eyJ.abc.def"


@pytest.mark.parametrize("token", ["", "\n", "eyJ secreta", "eyJ\nsecreta", "secretañ", "secreta…"])
def test_what_cannot_be_a_token_is_refused_and_not_repeated(client: ModuleType, token: str) -> None:
    with pytest.raises(client.NotAToken, match="Eso no es un token") as caught:
        client.Oln(NOWHERE, token)
    assert "secreta" not in str(caught.value)


def test_no_token_is_printed(client: ModuleType) -> None:
    oln = client.Oln(NOWHERE, "secreta")
    assert "secreta" not in repr(oln)
    try:
        oln.ask("{ a }")
    except client.NoAnswer:
        assert "secreta" not in traceback.format_exc()


@pytest.mark.parametrize("address", [NOWHERE, "127.0.0.1:9/graphql", "http://no.invalid/graphql", "http://a b/"])
def test_where_nobody_answers_it_says_so_in_spanish(client: ModuleType, address: str) -> None:
    with pytest.raises(client.NoAnswer, match="no responde: revise la dirección"):
        client.Oln(address, "x").ask("{ a }")


def test_what_is_larger_than_a_request_may_be_is_told_so_and_not_sent(client: ModuleType) -> None:
    with pytest.raises(client.Refused) as told:
        client.Oln(NOWHERE, "x").ask("{ a }", text="x" * (1 << 20))
    assert told.value.code == "PAYLOAD_TOO_LARGE"


def test_a_change_that_nobody_answers_is_tried_again_and_told(client: ModuleType) -> None:
    with pytest.raises(client.NoAnswer):
        client.Oln(NOWHERE, "x").change("mutation A($input: AInput!) { a(input: $input) { id } }", tries=1)


def test_a_connection_that_breaks_is_no_answer(client: ModuleType) -> None:
    with socket.create_server(("127.0.0.1", 0)) as broken:
        threading.Thread(target=lambda: broken.accept()[0].close()).start()
        with pytest.raises(client.NoAnswer):
            client.Oln(f"http://127.0.0.1:{broken.getsockname()[1]}/graphql", "x").ask("{ a }")


@pytest.mark.parametrize("extensions", [{}, {"extensions": None}, {"extensions": {}}])
def test_an_error_without_a_code_is_told_all_the_same(client: ModuleType, gateway: str, extensions: Any) -> None:
    Gateway.answer = {"errors": [{"message": "Algo falló.", **extensions}]}
    with pytest.raises(client.Refused, match="Algo falló") as caught:
        client.Oln(gateway, "x").ask("{ a }")
    assert caught.value.code == "UNKNOWN"


def test_a_refusal_whose_code_was_not_asked_for_is_told_all_the_same(client: ModuleType, gateway: str) -> None:
    Gateway.answer = {"data": {"a": {"message": "No se puede."}}}
    with pytest.raises(client.Refused, match="No se puede"):
        client.Oln(gateway, "x").change("mutation A($input: AInput!) { a(input: $input) { id } }")


@pytest.mark.parametrize("payload", [{}, {"code": "NOT_FOUND"}])
def test_a_refusal_that_was_not_asked_for_is_no_success(client: ModuleType, gateway: str, payload: Any) -> None:
    Gateway.answer = {"data": {"a": payload}}
    with pytest.raises(client.Refused):
        client.Oln(gateway, "x").change("mutation A($input: AInput!) { a(input: $input) { ... on B { id } } }")


def test_a_document_without_edges_is_told_what_to_ask_for(client: ModuleType, gateway: str) -> None:
    Gateway.answer = {"data": {"a": {"totalCount": 3}}}
    with pytest.raises(ValueError, match="edges"):
        next(client.Oln(gateway, "x").pages("query A { a { totalCount } }", "a"))
