"""HTTP/1.1 over plain connections, so that a client may also do what no client should."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

HOST = "127.0.0.1"
PIECE = 2**16
JSON = "application/json"
LONGEST_HEAD = 2**16


class Answer(NamedTuple):
    """What the server said; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Line:
    """A connection to the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        """Send bytes, large ones in pieces."""
        for start in range(0, len(data), PIECE):
            if self._writer.transport.is_closing():
                raise ConnectionResetError("The server has closed the connection")
            self._writer.write(data[start : start + PIECE])
            await self._writer.drain()

    async def ask(self, request: bytes) -> Answer:
        """Send a request and return its answer."""
        await self.send(request)
        return await self.answer()

    async def answer(self) -> Answer:
        """Return the next answer. Raises IncompleteReadError if the server closes before its end."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.splitlines()
        fields = [line.partition(":") for line in lines if line]
        headers = {name.lower(): value.strip() for name, _, value in fields}
        return Answer(int(first.split()[1]), headers, await self._body(headers))

    async def some(self, most: int) -> bytes:
        """Return what has come, at most so many bytes; nothing once the server has closed."""
        return await self._reader.read(most)

    async def sip(self, most: int) -> None:
        """Take at most so many bytes every five seconds, until the server closes."""
        is_open = True
        while is_open:
            await asyncio.sleep(5)
            is_open = bool(await self._reader.read(most))

    async def drip(self, data: bytes) -> int | str:
        """Send the bytes once a second; return the status of the answer, or that the server has closed."""
        while True:
            await self.send(data)
            try:
                async with asyncio.timeout(1):
                    return await self._first_word()
            except TimeoutError:
                continue

    def close(self) -> None:
        """Close without waiting."""
        self._writer.transport.abort()

    async def _first_word(self) -> int | str:
        said = await self._reader.read(len(b"HTTP/1.1 200"))
        return int(said[-3:]) if said else "closed"

    async def _body(self, headers: Mapping[str, str]) -> bytes:
        if headers.get("transfer-encoding") == "chunked":
            return b"".join([chunk async for chunk in self._chunks()])
        return await self._reader.readexactly(int(headers.get("content-length", "0")))

    async def _chunks(self) -> AsyncIterator[bytes]:
        while size := int(await self._reader.readuntil(b"\r\n"), 16):
            yield await self._reader.readexactly(size)
            await self._reader.readexactly(2)
        await self._reader.readuntil(b"\r\n")


async def connect(port: int, source: str, *, receive_buffer: int = 0) -> Line:
    """Open a connection from that address; a receive buffer makes the client take little at a time."""
    plug = socket.socket()
    try:
        plug.setblocking(False)
        if receive_buffer:
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        plug.bind((source, 0))
        await asyncio.get_running_loop().sock_connect(plug, (HOST, port))
        return Line(*await asyncio.open_connection(sock=plug, limit=receive_buffer or LONGEST_HEAD))
    except BaseException:
        plug.close()
        raise


@asynccontextmanager
async def line(port: int, source: str, *, receive_buffer: int = 0) -> AsyncIterator[Line]:
    """Open a connection as `connect` does, and close it in the end."""
    opened = await connect(port, source, receive_buffer=receive_buffer)
    try:
        yield opened
    finally:
        opened.close()


def head(method: str, path: str, token: str = "", **headers: object) -> bytes:
    """Return a request's head; underscores in the names of headers stand for hyphens."""
    lines = [f"{method} {path} HTTP/1.1", "Host: mosaic"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def get(path: str, token: str = "", **headers: object) -> bytes:
    """Return a GET."""
    return head("GET", path, token, **headers)


def post(path: str, body: bytes, token: str = "", *, kind: str = JSON, **headers: object) -> bytes:
    """Return a POST with its whole body."""
    return head("POST", path, token, Content_Type=kind, Content_Length=len(body), **headers) + body


def chunked(path: str, token: str = "", **headers: object) -> bytes:
    """Return the head of a POST whose JSON body comes in chunks."""
    return head("POST", path, token, Content_Type="application/json", Transfer_Encoding="chunked", **headers)


def chunk(data: bytes) -> bytes:
    """Return one chunk of a body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def login(name: str, password: str, **headers: str) -> bytes:
    """Return an attempt to log in."""
    return post("/login", json.dumps({"username": name, "password": password}).encode(), **headers)


def upload(file: bytes, token: str, **headers: str) -> bytes:
    """Return a CSV import."""
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="rows.csv"\r\n\r\n'
    body = part + file + b"\r\n--b--\r\n"
    return post("/import_csv", body, token, kind="multipart/form-data; boundary=b", **headers)
