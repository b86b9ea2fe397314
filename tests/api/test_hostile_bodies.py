"""No body makes the server fail: each is answered with a fitting status, in JSON, in Spanish, with a code."""

import anyio
import orjson
import pytest
from starlette.requests import Request

from authz.guard import AccessDenied
from schema.identity import Identity
from schema.limits import Limits
from tests.api.toy import codes, connect, send, token, toy_app

GOOD = b'{"query": "{ hello }"}'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b'"{ hello }"',
        b"[]",
        b'[{"query": "{ hello }"}]',
        b"{",
        b"\xff\xfe",
        b'{"query": "\xc3\x28"}',
        "{}".encode("utf-16"),
        b"\xef\xbb\xbf" + GOOD,
        b'{"query": "{ hello }", "variables": {"a": NaN}}',
        b'{"query": "{ hello }", "variables": {"a": Infinity}}',
        b'{"query": "{ hello }", "operationName": "\\ud800"}',
        b'{"query": "{ hello }", "variables": {"\\udfff": 1}}',
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"query": null}',
        b'{"query": ""}',
        b'{"query": "  "}',
        b'{"query": 1}',
        b'{"query": ["{ hello }"]}',
        b'{"query": "{ hello }", "variables": []}',
        b'{"query": "{ hello }", "variables": "{}"}',
        b'{"query": "{ hello }", "extensions": 3}',
        b'{"query": "{ hello }", "operationName": {}}',
    ],
    ids=lambda body: body[:40].decode("latin-1"),
)
def test_a_malformed_body_is_a_bad_request(body):
    answer = send(body)
    assert answer.status_code == 400
    assert codes(answer.json()) == ["BAD_REQUEST"]
    assert "data" not in answer.json()


def test_a_good_body_is_answered():
    assert send(GOOD).json()["data"] == {"hello": "hola mundo"}


def test_of_two_equal_keys_the_last_counts():
    answer = send(b'{"query": "{ me }", "query": "{ hello }"}')
    assert answer.json()["data"] == {"hello": "hola mundo"}


def test_finished_json_of_the_read_path_goes_through_as_it_is():
    assert b'{"ready":{"listo": [1, 2]}}' in send(b'{"query": "{ ready }"}').content


@pytest.mark.parametrize("length", [(1 << 20) + 1, 20_000_000])
def test_a_body_above_one_mebibyte_is_too_large(length):
    answer = send(b" " * length)
    assert (answer.status_code, codes(answer.json())) == (413, ["PAYLOAD_TOO_LARGE"])


def test_a_body_without_announced_length_is_counted_as_it_comes():
    async def endless():
        for _ in range(2_000):
            yield b" " * 1_000

    assert send(endless()).status_code == 413


@pytest.mark.parametrize("length", ["-1", "1e3", "99999999999999999999"])
def test_a_length_that_is_no_number_is_refused(length):
    assert send(GOOD, content_length=length).status_code == 413


def test_a_body_that_never_ends_is_given_up():
    async def stalled():
        yield b'{"query"'
        await anyio.sleep_forever()

    answer = send(stalled(), toy_app(Limits(body_seconds=0.05)))
    assert (answer.status_code, codes(answer.json())) == (408, ["REQUEST_TIMEOUT"])


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/plain",
        "text/html; application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=utf-16",
        "application/jsonp",
    ],
)
def test_only_json_in_utf_8_is_read(kind):
    answer = send(GOOD, content_type=kind)
    assert (answer.status_code, codes(answer.json())) == (415, ["UNSUPPORTED_MEDIA_TYPE"])


def test_a_compressed_body_is_refused():
    assert send(GOOD, content_encoding="gzip").status_code == 415


@pytest.mark.parametrize("kind", ["application/json;charset=UTF-8", 'Application/JSON; charset="utf-8"'])
def test_json_in_utf_8_may_be_spelled_in_several_ways(kind):
    assert send(GOOD, content_type=kind).status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_operations_come_by_post_alone(method):
    answer = send(method=method, path="/graphql?query={hello}")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


def test_an_operation_that_takes_too_long_is_cut_off():
    answer = send(b'{"query": "{ slow }"}', toy_app(Limits(seconds=0.05)))
    assert (answer.status_code, codes(answer.json())) == (504, ["TIMEOUT"])
    assert answer.json()["errors"][0]["message"] == "La operación tardó demasiado y se interrumpió."


@pytest.mark.parametrize("name", ["", "query A { hello } "])
def test_of_a_change_that_takes_too_long_nobody_says_that_it_was_not_kept(name):
    body = {"query": name + "mutation B { renameSlowly }", "operationName": "B"}
    answer = send(orjson.dumps(body), toy_app(Limits(seconds=0.05)))
    assert (answer.status_code, codes(answer.json())) == (504, ["TIMEOUT"])
    assert "puede haber quedado guardado" in answer.json()["errors"][0]["message"]


def test_who_waits_in_line_for_too_long_is_told_to_come_back():
    app = toy_app(Limits(running=1, seconds=0.3, line_seconds=0.05))
    assert sorted(together(app, ["{ slow }", "{ slow }"])) == [503, 504]


def test_who_reads_does_not_stand_in_line_behind_those_who_write():
    app = toy_app(Limits(running=1, writing=1, waiting=1, seconds=0.3))
    assert sorted(together(app, ["mutation { renameSlowly }"] * 2 + ["{ hello }"])) == [200, 504, 504]


def together(app, documents):
    """Send documents at once and return the status of each answer."""
    headers = {"authorization": f"Bearer {token()}"}
    seen = []

    async def one(http, document):
        seen.append((await http.post("/graphql", json={"query": document}, headers=headers)).status_code)

    async def main():
        async with connect(app) as http, anyio.create_task_group() as tasks:
            for document in documents:
                tasks.start_soon(one, http, document)

    anyio.run(main)
    return seen


def test_beyond_the_line_clients_are_told_to_come_back():
    app = toy_app(Limits(running=1, waiting=1, seconds=0.2))
    headers = {"authorization": f"Bearer {token()}"}
    seen = []

    async def one(http):
        seen.append(await http.post("/graphql", json={"query": "{ slow }"}, headers=headers))

    async def main():
        async with connect(app) as http, anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(one, http)

    anyio.run(main)
    assert sorted(answer.status_code for answer in seen) == [503, 503, 503, 504, 504]
    busy = next(answer for answer in seen if answer.status_code == 503)
    assert (codes(busy.json()), busy.headers["retry-after"]) == (["BUSY"], "2")


def test_a_place_in_line_is_free_again_afterwards():
    app = toy_app(Limits(running=1, waiting=0, seconds=0.05))
    for _ in range(3):
        assert send(b'{"query": "{ slow }"}', app).status_code == 504
    assert send(GOOD, app).status_code == 200


def test_who_has_no_account_here_is_forbidden():
    async def unknown(request: Request, identity: Identity):
        raise AccessDenied("Su cuenta no está habilitada en esta instalación.")

    answer = send(GOOD, toy_app(make=unknown))
    assert (answer.status_code, codes(answer.json())) == (403, ["FORBIDDEN"])


@pytest.mark.parametrize(
    "document", ["{ hello }{ hello }", "query A { hello } query B { hello }", "fragment F on Query { hello }"]
)
def test_a_document_without_a_clear_operation_is_refused(document):
    assert codes(send(orjson.dumps({"query": document})).json()) == ["UNKNOWN_OPERATION"]


def test_one_of_several_operations_runs_by_its_name():
    body = {"query": "query A { hello } query B { me }", "operationName": "A"}
    assert send(orjson.dumps(body)).json()["data"] == {"hello": "hola mundo"}


def test_the_name_of_an_unknown_operation_is_not_repeated():
    answer = send(orjson.dumps({"query": "query A { hello }", "operationName": "Pedro"}))
    assert codes(answer.json()) == ["UNKNOWN_OPERATION"]
    assert "Pedro" not in answer.text


@pytest.mark.parametrize(
    ("accept", "media", "status"),
    [
        ("application/graphql-response+json", "application/graphql-response+json", 400),
        ("application/graphql-response+json, application/json;q=0.9", "application/graphql-response+json", 400),
        ("application/json", "application/json", 200),
        ("application/json, application/graphql-response+json;q=0.5", "application/json", 200),
        ("*/*", "application/json", 200),
        ("", "application/json", 200),
        ("text/html;q=x", "application/json", 200),
    ],
)
def test_an_operation_that_never_ran_has_no_data_and_a_status_by_media_type(accept, media, status):
    answer = send(b'{"query": "{ nope }"}', accept=accept or "*/*")
    assert (answer.status_code, answer.headers["content-type"]) == (status, media)
    assert "data" not in answer.json()


def test_an_operation_that_ran_is_200_whatever_it_met():
    answer = send(b'{"query": "{ nothing }"}', accept="application/graphql-response+json")
    assert (answer.status_code, answer.json()["data"]) == (200, None)


@pytest.mark.parametrize("body", [GOOD, b"{"])
def test_every_answer_carries_the_security_headers(body):
    headers = send(body).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]


def test_a_foreign_page_is_let_in_by_name_only():
    app = toy_app(origins=["https://consola.example.cl"])
    asked = {"method": "OPTIONS", "access_control_request_method": "POST"}
    known = send(app=app, origin="https://consola.example.cl", access_control_request_headers="oln-purpose", **asked)
    other = send(app=app, origin="https://otra.example.com", **asked)
    assert known.headers["access-control-allow-origin"] == "https://consola.example.cl"
    assert "access-control-allow-credentials" not in known.headers
    assert "access-control-allow-origin" not in other.headers


def test_opening_the_api_to_any_page_is_refused_at_start():
    with pytest.raises(ValueError, match="one by one"):
        toy_app(origins=["*"])
