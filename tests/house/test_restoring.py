"""The operator's guide, where there is nothing to restore: it copies nothing."""

import subprocess
from pathlib import Path

from tests.house.markdown import blocks
from tests.house.tree import ROOT


def test_where_there_is_no_backup_nothing_is_taken_for_one(tmp_path: Path) -> None:
    (restoring,) = (
        block.text
        for block in blocks(ROOT / "docs" / "operator.md")
        if block.language == "bash" and "mkdir restaurado" in block.text
    )
    (tmp_path / "mine.txt").touch()
    done = subprocess.run(["bash", "-c", restoring], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
