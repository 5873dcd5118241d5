"""What `protocol.py` takes for granted of uvicorn's inside; look at it again at each new minor version."""

import asyncio
import inspect
import re
from importlib.metadata import version

import pytest
from uvicorn.protocols.http import httptools_impl
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import Server
from uvicorn.supervisors import Multiprocess

from mosaic_http.connections import Connection
from mosaic_http.flow import Flow, Outlet
from mosaic_http.protocol import LimitedProtocol
from mosaic_http.rounds import Waiting


def test_this_is_the_version_that_was_looked_at() -> None:
    assert version("uvicorn").startswith("0.54.")


@pytest.mark.parametrize(
    "name",
    [name for name in vars(LimitedProtocol) if callable(vars(LimitedProtocol)[name]) and name[:2] != "__"],
)
def test_what_takes_the_place_of_uvicorns_takes_the_same_arguments(name: str) -> None:
    original = getattr(HttpToolsProtocol, name, None)
    if original is None:
        assert name.startswith("_") or hasattr(Connection, name) or hasattr(Waiting, name)
        return
    ours = inspect.signature(getattr(LimitedProtocol, name))
    assert list(ours.parameters) == list(inspect.signature(original).parameters)


def test_a_cycle_uses_nothing_of_the_transport_but_what_an_outlet_has() -> None:
    used = set(re.findall(r"self\.transport\.(\w+)", inspect.getsource(RequestResponseCycle)))
    assert used == {"write", "is_closing", "close"}
    loop = asyncio.new_event_loop()
    outlet = Outlet(asyncio.Transport(), loop, lambda: None)
    loop.close()
    assert all(callable(getattr(outlet, name)) for name in used)


def test_a_protocol_answers_what_is_no_http_in_one_place_alone() -> None:
    assert inspect.getsource(httptools_impl).count("self.send_400_response(") == 1
    assert "self.send_400_response(" in inspect.getsource(HttpToolsProtocol.data_received)


def test_a_cycle_asks_whether_the_connection_stays_when_it_begins_its_answer() -> None:
    source = inspect.getsource(RequestResponseCycle.send)
    assert source.index("self.response_started = True") < source.index("if not self.keep_alive and not has")
    assert {"keep_alive", "disconnected", "response_started", "body", "message_event"} <= set(
        re.findall(r"self\.(\w+) =", inspect.getsource(RequestResponseCycle.__init__))
    )


def test_servers_and_their_parent_take_sockets_that_listen_already() -> None:
    assert "sockets" in inspect.signature(Server.run).parameters
    assert "sockets" in inspect.signature(Multiprocess).parameters


def test_requests_of_one_connection_wait_in_one_place_and_are_read_on_for_in_one_way() -> None:
    assert "self.pipeline.appendleft(" in inspect.getsource(HttpToolsProtocol.on_headers_complete)
    source = inspect.getsource(HttpToolsProtocol.on_response_complete)
    assert source.index("self.flow.resume_reading()") < source.index("self.pipeline.pop()")
    assert inspect.getsource(httptools_impl).count("transport.resume_reading") == 0
    assert "self._transport.resume_reading()" in inspect.getsource(FlowControl.resume_reading)
    assert list(inspect.signature(Flow.resume_reading).parameters) == ["self"]


def test_a_request_is_told_and_started_as_uvicorn_does() -> None:
    begun = inspect.getsource(HttpToolsProtocol.on_message_begin)
    told = inspect.getsource(HttpToolsProtocol.on_headers_complete)
    wanted = {*re.findall(r'"(\w+)":', begun), *re.findall(r'self\.scope\["(\w+)"\]', told)}
    ours = set(re.findall(r'"(\w+)":', inspect.getsource(LimitedProtocol._new_cycle)))  # noqa: SLF001
    assert ours == wanted | {"extensions"}
    asked = set(inspect.signature(RequestResponseCycle).parameters)
    assert all(f"{name}=" in inspect.getsource(LimitedProtocol._new_cycle) for name in asked)  # noqa: SLF001
    started = inspect.getsource(HttpToolsProtocol._start_asgi_task)  # noqa: SLF001
    assert "task.add_done_callback(self.tasks.discard)" in started
    assert "self.tasks.add(task)" in started
