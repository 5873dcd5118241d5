"""Importing an export of Apple Health by the command, beside the bare parsing of the same file.

The file is like those of people who have a phone and a watch for years: one type after the other, each in
order of time, and two of three records of a type that is not taken.
"""

import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from server import BIN, PASSWORD, BenchError

MIB = 2**20
_FIRST = dt.datetime(2012, 1, 1, tzinfo=dt.UTC)
_WATCH = (
    "&lt;&lt;HKDevice: 0x283e4c8c0&gt;, name:Apple Watch, manufacturer:Apple Inc., model:Watch, "
    "hardware:Watch3,4, software:6.1.1&gt;"
)
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE HealthData [\n<!ELEMENT HealthData (Record)*>\n]>\n'
    '<HealthData locale="en_GB">\n <ExportDate value="2026-01-01 10:00:00 +0000"/>\n'
)
_MOTION = '\n  <MetadataEntry key="HKMetadataKeyHeartRateMotionContext" value="0"/>\n '

_BARE = """
import sys
from xml.etree.ElementTree import iterparse
for _, element in iterparse(sys.argv[1]):
    element.clear()
"""
"""What takes no records: emptied elements, so that the floor does not measure the machine's memory."""


class _Type(NamedTuple):
    """Records of a type: how much of the file they are, and every how many seconds there is one."""

    name: str
    share: float
    every: int
    lasts: int
    unit: str = ""
    inner: str = ""


_TYPES = (
    _Type("HKQuantityTypeIdentifierHeartRate", 0.20, 300, 0, "count/min", _MOTION),
    _Type("HKQuantityTypeIdentifierStepCount", 0.06, 900, 600, "count"),
    _Type("HKQuantityTypeIdentifierDistanceWalkingRunning", 0.08, 700, 600, "km"),
    _Type("HKQuantityTypeIdentifierActiveEnergyBurned", 0.36, 180, 60, "kcal"),
    _Type("HKQuantityTypeIdentifierBasalEnergyBurned", 0.22, 300, 300, "kcal"),
    _Type("HKQuantityTypeIdentifierEnvironmentalAudioExposure", 0.07, 1_800, 1_800, "dBASPL"),
    _Type("HKCategoryTypeIdentifierSleepAnalysis", 0.01, 2_400, 2_400),
)
_STAGES = ("Core", "Deep", "Core", "REM")


class Imported(NamedTuple):
    """Megabytes a second of the bare parsing and of the import, and the most memory of that, in MiB."""

    floor: float
    ours: float
    memory: float


def measure(folder: Path, megabytes: int) -> Imported:
    """Make a file of that size, parse it, and import it."""
    file = folder / "export.xml"
    _write(file, megabytes * MIB)
    environment = os.environ | {"MOSAIC_DATA_DIR": str(folder / "apple")}
    mosaic = str(BIN / "mosaic")
    register = [mosaic, "user", "add", "ada", "--password-stdin"]
    subprocess.run(register, env=environment, input=PASSWORD, text=True, check=True, capture_output=True)
    floor, _ = _run([sys.executable, "-c", _BARE, str(file)], environment)
    ours, memory = _run([mosaic, "import", str(file), "--user", "ada"], environment)
    file.unlink()
    return Imported(megabytes / floor, megabytes / ours, memory)


def _write(file: Path, size: int) -> None:
    with file.open("w") as target:
        target.write(_HEAD)
        for kind in _TYPES:
            left = size * kind.share
            for record in _records(kind):
                target.write(record)
                left -= len(record)
                if left <= 0:
                    break
        target.write("</HealthData>\n")


def _records(kind: _Type) -> Iterator[str]:
    unit = f' unit="{kind.unit}"' if kind.unit else ""
    head = f' <Record type="{kind.name}" sourceName="Watch" sourceVersion="6.1.1" device="{_WATCH}"{unit}'
    tail = f">{kind.inner}</Record>\n" if kind.inner else "/>\n"
    number = 0
    while True:
        start = _FIRST + dt.timedelta(seconds=number * kind.every)
        if kind.unit or start.hour < 7:
            end = f"{start + dt.timedelta(seconds=kind.lasts):%Y-%m-%d %H:%M:%S} +0000"
            value = _value(kind, number)
            yield (
                f'{head} creationDate="{end}" startDate="{start:%Y-%m-%d %H:%M:%S} +0000" endDate="{end}"'
                f' value="{value}"{tail}'
            )
        number += 1


def _value(kind: _Type, number: int) -> str:
    if not kind.unit:
        return f"HKCategoryValueSleepAnalysisAsleep{_STAGES[number % len(_STAGES)]}"
    return f"{0.1 + number % 9 / 10:.4f}" if kind.unit == "km" else str(50 + number % 100)


def _run(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Run a command to its end; return its seconds and the most memory that it held, in MiB."""
    nothing = subprocess.DEVNULL
    begun = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdin=nothing, stdout=nothing, stderr=nothing)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise BenchError(f"{command[1]} ended with {process.returncode}")
    return time.perf_counter() - begun, usage.ru_maxrss / 1024
