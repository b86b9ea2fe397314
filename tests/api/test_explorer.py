"""The explorer works from our own files alone, under a policy without inline code."""

import asyncio
import gzip
import hashlib
import re
import shutil
import subprocess

import pytest

from schema.explorer import ASSETS, manifest, names
from tests.api.toy import codes, send, serving, toy_app

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=8000",
    "--dump-dom",
)
# One resolver rule makes every outside host fail: the page shows what it can do offline.
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
APP = toy_app(explorer=True)


def page():
    return send(app=APP, method="GET", accept="text/html,application/xhtml+xml")


def test_a_browser_gets_the_page_in_spanish():
    assert page().status_code == 200
    assert "<title>Explorador de la API · OLN</title>" in page().text
    assert '<html lang="es-CL">' in page().text


def test_nobody_else_gets_it():
    assert send(app=APP, method="GET", accept="application/json").status_code == 405
    assert send(app=toy_app(), method="GET", accept="text/html").status_code == 405
    assert send(app=toy_app(), method="GET", path="/explorer/explorer.js").status_code == 404


def test_the_page_names_local_files_only_and_each_is_served():
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page().text)
    assert len(addresses) == 9
    for address in addresses:
        if address == "data:,":
            continue
        assert address.startswith("/explorer/")
        answer = send(app=APP, method="GET", path=address)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"].startswith(("text/javascript", "text/css"))


def test_the_policy_allows_no_inline_code_and_no_other_host():
    policy = page().headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "default-src 'none'" in policy
    assert "<script>" not in page().text
    assert not re.search(r'\son\w+=|\sstyle="|<style', page().text)


def test_the_vendored_files_are_those_of_the_manifest():
    for name, said in manifest().items():
        content = gzip.decompress((ASSETS / f"{name}.gz").read_bytes())
        assert len(content) == said["bytes"]
        assert hashlib.sha256(content).hexdigest() == said["sha256"]
        assert said["licence"]
        assert said["package"] in (ASSETS / "LICENCES.md").read_text("utf-8")


def test_nothing_lies_there_that_nobody_asks_for():
    kept = {path.name.removesuffix(".gz") for path in ASSETS.iterdir()}
    assert kept == names() | {"explorer.html", "manifest.json", "LICENCES.md"}
    assert sum(path.stat().st_size for path in ASSETS.iterdir()) < 2_500_000


def test_files_travel_compressed_where_the_client_can():
    small = send(app=APP, method="GET", path="/explorer/graphiql.min.js", accept_encoding="gzip")
    plain = send(app=APP, method="GET", path="/explorer/graphiql.min.js", accept_encoding="identity")
    assert small.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert small.content == plain.content


@pytest.mark.parametrize("name", ["manifest.json", "..%2fexplorer.py", "%2e%2e/explorer.py", "explorer.html", "x.js"])
def test_no_other_file_can_be_asked_for(name):
    assert send(app=APP, method="GET", path=f"/explorer/{name}").status_code == 404


def test_the_page_does_not_weaken_the_endpoint():
    assert codes(send(b"{}", APP).json()) == ["BAD_REQUEST"]


@pytest.mark.skipif(not BROWSER, reason="no chromium here")
def test_a_real_browser_renders_it_offline(tmp_path):
    async def main():
        async with serving(APP) as address:
            command = [BROWSER, *QUIET, OFFLINE, f"--user-data-dir={tmp_path}", f"{address}/graphql"]
            return await asyncio.to_thread(subprocess.run, command, capture_output=True, timeout=60, check=True)

    dom = asyncio.run(main()).stdout.decode()
    assert "graphiql-query-editor" in dom
    assert "graphiql-execute-button" in dom
    assert "Pegue un token." in dom
