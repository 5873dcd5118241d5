"""Watching cameras: who may open which, and what a ticket is worth."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

import pytest

from mosaic_adapters.memory import MemoryStore
from mosaic_adapters.streams.tickets import SealedTickets
from mosaic_core.app import Mosaic
from mosaic_core.caller import Caller
from mosaic_core.errors import CameraUnreachable, Forbidden, InvalidInput, Unauthorized
from mosaic_core.policy import Policy
from mosaic_core.streams.model import Camera, CameraAddress, CameraWanted, StreamCounts
from mosaic_core.streams.ports import Cameras
from support import a_caller

T = TypeVar("T")

ADMIN = a_caller(is_admin=True)
PERSON = a_caller()


class StillCameras(Cameras):
    """Cameras that show their addresses, one after the other; each name has addresses in turn."""

    def __init__(self, names: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self._names = {name: [*found] for name, found in names.items()}
        self.asked: list[str] = []
        self.is_closed = False

    async def addresses(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        found = self._names.get(host, [[]])
        return found.pop(0) if len(found) > 1 else found[0]

    async def watch(self, camera: Camera) -> AsyncGenerator[bytes, None]:
        for address in camera.addresses:
            yield address.encode()

    def counts(self) -> StreamCounts:
        return StreamCounts(cameras=1, viewers=2, frames=3, restarts=4)

    async def close(self) -> None:
        self.is_closed = True


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def opened(cameras: StillCameras, caller: Caller, host: str, *allowed: str) -> list[str]:
    """Return the addresses that are opened."""
    mosaic = Mosaic.over(MemoryStore(), cameras=cameras, policy=Policy(stream_allowed_hosts=allowed))
    host = f"[{host}]" if ":" in host else host

    async def pictures() -> list[str]:
        address = CameraAddress.parse(CameraWanted(url=f"rtsp://{host}/"))
        found = await mosaic.streams.watch(caller, address)
        return [picture.decode() async for picture in found]

    return run(pictures())


def test_an_administrator_opens_any_camera() -> None:
    cameras = StillCameras({"door": [["::1", "::ffff:10.0.0.9", "10.0.0.9"]]})
    assert opened(cameras, ADMIN, "door") == ["10.0.0.9", "::1"]


def test_an_administrator_is_told_that_a_host_does_not_exist_and_others_are_not() -> None:
    with pytest.raises(CameraUnreachable):
        opened(StillCameras({}), ADMIN, "door")
    with pytest.raises(Forbidden):
        opened(StillCameras({}), PERSON, "door", "window")


def test_others_open_those_addresses_of_a_host_that_are_allowed() -> None:
    cameras = StillCameras({"door": [["10.0.0.9", "192.0.2.1", "::ffff:10.0.0.8"]]})
    assert opened(cameras, PERSON, "door", "10.0.0.0/24") == ["10.0.0.8", "10.0.0.9"]
    with pytest.raises(Forbidden):
        opened(cameras, PERSON, "door", "10.0.1.0/24")
    with pytest.raises(Forbidden):
        opened(cameras, PERSON, "door")


def test_a_host_on_the_list_is_allowed_wherever_it_is_and_its_addresses_are_too() -> None:
    names = {"door": [["10.0.0.9"]], "10.0.0.9": [["10.0.0.9"]], "alias": [["10.0.0.9", "10.0.0.8"]]}
    cameras = StillCameras(names)
    assert opened(cameras, PERSON, "door", "Door") == ["10.0.0.9"]
    assert cameras.asked == ["door"]
    assert opened(cameras, PERSON, "10.0.0.9", "gone", "door") == ["10.0.0.9"]
    assert opened(cameras, PERSON, "alias", "door") == ["10.0.0.9"]


def test_what_a_name_resolves_to_when_it_is_judged_is_what_is_opened() -> None:
    cameras = StillCameras({"flip": [["10.0.0.9"], ["127.0.0.1"]]})
    assert opened(cameras, PERSON, "flip", "10.0.0.0/8") == ["10.0.0.9"]
    assert cameras.asked == ["flip"]
    with pytest.raises(Forbidden):
        opened(cameras, PERSON, "flip", "10.0.0.0/8")


def test_no_more_than_four_addresses_of_a_host_are_tried() -> None:
    cameras = StillCameras({"many": [[f"10.0.0.{number}" for number in range(9)]]})
    assert len(opened(cameras, ADMIN, "many")) == 4


def test_counts_and_the_end_are_those_of_the_cameras() -> None:
    cameras = StillCameras({})
    with Mosaic.over(MemoryStore(), cameras=cameras) as mosaic:
        assert mosaic.streams.counts().frames == 3
        run(mosaic.streams.close())
    assert cameras.is_closed


def test_the_beginning_and_the_end_of_a_stream_are_events_that_tell_no_password() -> None:
    address = CameraAddress.parse(CameraWanted(url="rtsp://me:hush@host/"))
    with Mosaic.over(MemoryStore()) as mosaic:
        begun = mosaic.streams.started(ADMIN, address)
        ended = mosaic.streams.stopped(ADMIN, address, 2.04, 7)
    assert (begun.event_type, ended.event_type) == ("stream.start", "stream.stop")
    assert (ended.context["seconds"], ended.context["frames"]) == (2.0, 7)
    assert "hush" not in f"{begun}{ended}"


def test_without_cameras_and_tickets_there_are_none() -> None:
    with Mosaic.over(MemoryStore()) as mosaic:
        with pytest.raises(CameraUnreachable):
            opened_nowhere(mosaic)
        assert mosaic.streams.counts() == StreamCounts()
        with pytest.raises(Forbidden):
            mosaic.streams.give_ticket("token", CameraWanted(url="rtsp://host/"))
        with pytest.raises(Forbidden):
            mosaic.streams.tickets.seal(None)  # type: ignore[arg-type]
        with pytest.raises(Unauthorized):
            mosaic.streams.present("ticket")
        run(mosaic.streams.close())


def opened_nowhere(mosaic: Mosaic) -> None:
    async def pictures() -> None:
        camera = Camera(scheme="rtsp", addresses=("::1",), port=554, target="/", host="host")
        assert await mosaic.streams.cameras.addresses("host") == ()
        async for _ in mosaic.streams.cameras.watch(camera):
            raise AssertionError

    run(pictures())


def test_a_ticket_is_only_known_where_the_same_secret_is() -> None:
    here, elsewhere = SealedTickets(b"one secret" * 4), SealedTickets(b"another secret" * 4)
    with Mosaic.over(MemoryStore(), tickets=here) as mosaic:
        sealed = mosaic.streams.give_ticket("token", CameraWanted(url="rtsp://u:p@host/", username="ü"))
    assert here.open(sealed).wanted.username == "ü"
    assert SealedTickets(b"one secret" * 4).open(sealed).token == "token"
    with pytest.raises(Unauthorized):
        elsewhere.open(sealed)
    assert here.new_id() != here.new_id()


def test_credentials_in_an_address_are_no_longer_than_others() -> None:
    CameraWanted(url=f"rtsp://{'a' * 256}@camera.example/")
    with pytest.raises(InvalidInput, match="at most 256"):
        CameraWanted(url=f"rtsp://{'a' * 257}@camera.example/")
