"""GraphiQL from our own files: it works offline, and the page runs no script that we did not put into a file.

`explorer_assets/manifest.json` says of each vendored file where it comes from, its licence and its SHA-256. The files
are npm's, byte by byte, kept compressed.
"""

import gzip
import hashlib
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

ASSETS = Path(__file__).parent / "explorer_assets"
PREFIX = "/explorer"
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
# The fonts of GraphiQL's style sheet are data: addresses. Its editor styles elements through the DOM, which
# `style-src` lets pass; style attributes in HTML would not.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src data:",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)


def explorer_page() -> Response:
    """Return the page; `GET /graphql` of a browser."""
    return HTMLResponse(_page(), headers={"Content-Security-Policy": POLICY})


def explorer_routes() -> list[Route]:
    """Return the routes of the page's own files; mounted only where the explorer is on."""
    return [Route(f"{PREFIX}/{{name}}", asset, methods=["GET"])]


async def asset(request: Request) -> Response:
    """Serve one file. Its address holds its hash, so a browser may keep it for ever."""
    name = request.path_params["name"]
    if name not in names():
        return PlainTextResponse("No existe.", 404)
    content, headers = (
        compressed(name),
        {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"},
    )
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
    else:
        content = gzip.decompress(content)
    return Response(content, headers=headers, media_type=TYPES[Path(name).suffix])


@lru_cache
def names() -> frozenset[str]:
    """Name every file that the page may ask for: the vendored ones, and our script and style."""
    return frozenset({*manifest(), "explorer.js", "explorer.css"})


@lru_cache
def manifest() -> dict[str, dict[str, Any]]:
    """Read what is vendored: package, version, path in it, licence, SHA-256 of the file as npm has it."""
    found: dict[str, dict[str, Any]] = json.loads((ASSETS / "manifest.json").read_text("utf-8"))
    return found


@lru_cache
def compressed(name: str) -> bytes:
    """Return a file as it travels."""
    kept = ASSETS / f"{name}.gz"
    return kept.read_bytes() if kept.exists() else gzip.compress((ASSETS / name).read_bytes(), mtime=0)


@lru_cache
def _page() -> str:
    page = (ASSETS / "explorer.html").read_text("utf-8")
    return re.sub(r"\{([\w.-]+)\}", lambda found: _address(found[1]), page)


def _address(name: str) -> str:
    digest = hashlib.sha256(gzip.decompress(compressed(name))).hexdigest()
    return f"{PREFIX}/{name}?v={digest[:16]}"
