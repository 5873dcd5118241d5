"""Cameras over HTTP: each failure is a JSON error before any picture, and no secret goes anywhere."""

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support_cameras import (
    H264_SDP,
    JPEG_SDP,
    PASSWORD,
    USERNAME,
    Conversation,
    RealCameras,
    Scripted,
    asked,
    camera,
    ffmpegs,
    frame,
    is_jpeg,
    plays,
    real_cameras,
    require_ffmpeg,
    scripted,
)
from support_http import Client, Reply, Serve
from support_server import patiently

__all__ = ["camera"]

SECRET = "Zaunkönig 2217"


@pytest.fixture(params=["memory"])
def store_name() -> str:
    """Streams keep nothing in the store but audit rows and used tickets, which have tests of their own."""
    return "memory"


@pytest.fixture(scope="module")
def cameras(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCameras]:
    with real_cameras(tmp_path_factory.mktemp("cameras")) as serving:
        yield serving


def snapshot(client: Client, url: str, **more: str) -> Reply:
    return client.get(f"/api/stream-snapshot?{asked(url, **more)}")


@pytest.mark.parametrize("path", ["/h264", "/h265", "/mjpeg", "/sound"])
def test_a_snapshot_of_a_real_camera_is_one_jpeg(ada: Client, cameras: RealCameras, path: str) -> None:
    reply = snapshot(ada, cameras.url(path)).went(200)
    assert reply.header("content-type") == "image/jpeg"
    assert reply.header("cache-control") == "no-store"
    assert reply.header("content-length") == str(len(reply.body))
    assert is_jpeg(reply.body)


@pytest.mark.parametrize("way", [{}, {"basic": True}, {"secure": True}])
def test_credentials_of_any_characters_open_a_locked_camera(
    ada: Client, cameras: RealCameras, way: dict[str, bool]
) -> None:
    url = cameras.url("/locked", **way)
    snapshot(ada, url, username=USERNAME, password=PASSWORD).went(200)
    snapshot(ada, url, username=USERNAME, password="wrong").failed("camera_unauthorized")
    snapshot(ada, url).failed("camera_unauthorized")


def test_credentials_in_the_url_count_unless_others_are_given(ada: Client, cameras: RealCameras) -> None:
    from urllib.parse import quote  # noqa: PLC0415

    credentials = f"{quote(USERNAME, safe='')}:{quote(PASSWORD, safe='')}@"
    url = cameras.url("/locked").replace("//", f"//{credentials}")
    snapshot(ada, url).went(200)
    snapshot(ada, url, password="another").failed("camera_unauthorized")
