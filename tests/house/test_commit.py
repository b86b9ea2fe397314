"""One commit in the house, and only the edges reach it: what a service did is kept whole or not at all."""

import ast
from collections.abc import Mapping
from pathlib import Path

from tests.house.tree import ROOT, modules, parsed, plant

MAY = {
    # the one commit, after the audit is sealed
    "commit": {"core/host.py"},
    # who opens a unit of work that is kept: a mutation field, a command, a background job, and the demo country, whose
    # months are kept one by one
    "transaction": {"schema/transaction.py", "cli", "core/delivery.py", "core/jobs.py", "scoring/demo.py"},
    # transactions of the machinery itself: revisions, leases and deliveries, the journal on its way into the tables
    "begin": {"core/upgrade.py", "core/delivery.py", "core/jobs.py", "core/journal/sinks.py"},
}


def callers(root: Path, may: Mapping[str, set[str]]) -> list[str]:
    """Return the calls of these methods from where they may not be called."""
    return [
        f"{name}:{node.lineno}: .{node.func.attr}("
        for name, path in modules(root)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in may
        if not may[node.func.attr] & {name, name.split("/")[0]}
    ]


def test_only_the_edges_keep_what_was_done() -> None:
    assert callers(ROOT, MAY) == []


def test_a_service_that_commits_is_found(tmp_path: Path) -> None:
    plant(tmp_path, {"core/services/cases.py": "def refer(uow):\n    uow.commit()\n", "core/host.py": "s.commit()\n"})
    assert callers(tmp_path, MAY) == ["core/services/cases.py:2: .commit("]


def test_a_plugin_that_opens_its_own_transaction_is_found(tmp_path: Path) -> None:
    text = "def fly(host):\n    with host.transaction(None, 'x') as uow: ...\n"
    plant(tmp_path, {"plugins/kites/services.py": text})
    assert callers(tmp_path, MAY) == ["plugins/kites/services.py:2: .transaction("]
