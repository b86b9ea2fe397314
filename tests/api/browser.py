"""Pages of a headless Chromium, by its debugging protocol."""

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--remote-debugging-port=0",
    "--window-size=1100,900",
)
UNTIL = "new Promise((done) => { const look = () => { const v = (%s); v ? done(v) : setTimeout(look, 20); }; look(); })"


class Page:
    """What a person does with a page, and what it then shows."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket, self.last, self.session = socket, 0, ""

    def send(self, method: str, **params: Any) -> Any:
        self.last += 1
        message = {"id": self.last, "method": method, "params": params}
        self.socket.send(json.dumps(message | ({"sessionId": self.session} if self.session else {})))
        while True:
            answer = json.loads(self.socket.recv(60))
            if answer.get("id") == self.last:
                assert "result" in answer, answer
                return answer["result"]

    def open(self, address: str) -> None:
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.send("Page.navigate", url=address)

    def run(self, script: str) -> Any:
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def until(self, script: str) -> Any:
        """Wait, within the page, until an expression is true, and return it."""
        return self.run(UNTIL % script)


@contextmanager
def browsing(profile: Path) -> Iterator[ClientConnection]:
    """Open a browser with a profile of its own; its tests are skipped where there is none."""
    binary = next(filter(None, map(shutil.which, BROWSERS)), None)
    if binary is None:
        pytest.skip("there is no Chromium here")
    command = [binary, *FLAGS, f"--user-data-dir={profile}"]
    home = {**os.environ, "TMPDIR": str(profile)}  # whatever it leaves behind goes with the profile
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=home)
    assert process.stderr
    try:
        address = next(line for line in process.stderr if "ws://" in line).split()[-1]
        drain = threading.Thread(target=process.stderr.read, daemon=True)  # or its pipe fills, and it waits
        drain.start()
        with connect(address, max_size=None, proxy=None) as socket:
            yield socket
    finally:
        process.terminate()
        process.wait(20)
        process.stderr.close()
