"""A server that is told to stop: it gives who is being answered some time, and nobody can keep it from ending."""

import asyncio
import socket

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cli import server


async def large(_request: Request) -> Response:
    return Response(b"x" * (64 << 20))


async def stopped(listening: socket.socket, client: socket.socket) -> None:
    """Ask, read no more than a few bytes, and tell the server to stop: it ends, or this fails."""
    made, loop = server.server_of(Starlette(routes=[Route("/", large)])), asyncio.get_running_loop()
    running = asyncio.create_task(made.serve(sockets=[listening]))
    client.setblocking(False)
    await loop.sock_sendall(client, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert await loop.sock_recv(client, 15)
    made.should_exit = True
    try:
        async with asyncio.timeout(5):
            await asyncio.shield(running)
    finally:
        for connection in list(made.server_state.connections):
            connection.transport.abort()  # type: ignore[union-attr]  # of an HTTP connection it is there
        await running


def test_a_client_that_does_not_read_keeps_no_server_from_stopping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "LAST_ANSWERS", 1)
    listening = socket.create_server(("127.0.0.1", 0))
    with listening, socket.create_connection(listening.getsockname()) as client:
        asyncio.run(stopped(listening, client))
