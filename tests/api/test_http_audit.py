"""GraphQL over HTTP, as the reference audit of npm's `graphql-http` sees it."""

import asyncio
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.api.toy import serving, token, toy_app

HERE = Path(__file__).parent
KEPT = HERE.parents[1] / ".oln" / "http_audit"
PACKAGES = ["graphql-http@1.23.1", "graphql@16.11.0"]


@pytest.fixture(scope="module")
def audit_folder():
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not installed")
    if not (KEPT / "node_modules" / "graphql-http").exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--prefix", str(KEPT), "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES]
        if subprocess.run(command, capture_output=True, timeout=180, check=False).returncode:
            pytest.skip("npm cannot install graphql-http here")
    shutil.copy(HERE / "http_audit.mjs", KEPT)
    return KEPT


async def audit(folder):
    async with serving(toy_app()) as address:
        command = ["node", "http_audit.mjs", f"{address}/graphql", token()]
        process = await asyncio.create_subprocess_exec(*command, cwd=folder, stdout=asyncio.subprocess.PIPE)
        output, _ = await asyncio.wait_for(process.communicate(), 60)
    return json.loads(output)


def test_the_audit_finds_no_error_and_no_warning(audit_folder):
    found = asyncio.run(audit(audit_folder))
    assert len(found) >= 60
    assert [f for f in found if f["status"] in ("error", "warn")] == []


def test_only_what_comes_by_get_is_noted(audit_folder):
    noted = [f["name"] for f in asyncio.run(audit(audit_folder)) if f["status"] == "notice"]
    assert all("GET" in name for name in noted), noted
