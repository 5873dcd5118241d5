"""What docs/integrating.md shows works as it stands there."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from support_documents import blocks, python_output, shell_output
from support_receiver import receiving
from support_server import patiently, serving

GUIDE = "docs/integrating.md"
MARK = "-- the next block --"
KEY = "the operator's key"
SIGNATURE, CORE, ADAPTER = blocks(GUIDE, "python")


def test_no_block_is_in_another_language() -> None:
    assert len(blocks(GUIDE, "[a-z]*")) == len(blocks(GUIDE, "sh")) + 3


@pytest.mark.skipif(shutil.which("curl") is None, reason="the session in the guide needs curl")
def test_the_session_works_from_the_first_block_to_the_last(tmp_path: Path) -> None:
    shell_blocks = blocks(GUIDE, "sh")
    with receiving() as receiver, serving(tmp_path, webhook_allowed_hosts="127.0.0.1") as server:
        script = f"echo '{MARK}'\n".join([*shell_blocks, 'echo "$TOKEN"'])
        script = script.replace("https://example.org/mosaic", receiver.url)
        *printed, token = shell_output(script, tmp_path, server.port).split(MARK)
        told = dict(zip(shell_blocks, printed, strict=True))
        assert '"Profile updated"' in _of(told, "X-CSRF-Token")
        assert _of(told, "Idempotency-Key").count("201 Created") == 2
        assert _of(told, "Idempotency-Key").lower().count("idempotency-replayed: true") == 1
        assert _counted(_of(told, "/import_csv")) == {"created": 2, "updated": 0, "skipped": 1}
        assert '"accepted":2' in _of(told, "/ingest/wearable/batch")
        assert '"steps":4200' in _of(told, "/ingest/wearable/batch")
        ada = evolve(server.anyone, headers={"Authorization": f"Bearer {token.strip()}"})
        ada.add_entry("Reading").went(200)
        for _ in patiently():
            if receiver.received:
                break
        names: dict[str, Any] = {}
        exec(SIGNATURE, names)  # noqa: S102  # the block that readers copy
        (delivery,) = receiver.received
        secret = json.loads(_of(told, "/webhooks"))["secret"]
        signature = delivery.headers["x-mosaic-signature"]
        assert names["is_genuine"](secret, signature, delivery.body)
        assert not names["is_genuine"](secret, signature, delivery.body + b" ")
        assert not names["is_genuine"]("another", signature, delivery.body)
        assert not names["is_genuine"](secret, signature.replace("t=1", "t=2"), delivery.body)
        assert not names["is_genuine"](secret, "t=now", delivery.body)
        server.stop()
    with serving(tmp_path, api_key=KEY) as locked:
        (block,) = (one for one in shell_blocks if "X-API-Key" in one)
        script = f'URL=http://127.0.0.1:8000\nAUTH="Authorization: Bearer {token.strip()}"\n{block}'
        assert "Reading" in shell_output(script, tmp_path, locked.port, API_KEY=KEY)
        ada_without = evolve(locked.anyone, headers=ada.headers)
        ada_without.get("/today").failed(401, "unauthorized")


def _of(told: Mapping[str, str], words: str) -> str:
    """Return what the one block printed that has these words."""
    (printed,) = (text for block, text in told.items() if words in block)
    return printed


def _counted(printed: str) -> Mapping[str, int]:
    summary = json.loads(printed)["summary"]
    return {name: summary[name] for name in ("created", "updated", "skipped")}


def test_the_core_is_used_as_printed(tmp_path: Path) -> None:
    printed = python_output(CORE, tmp_path)
    first, second = printed.splitlines()
    assert first.startswith(
        "1 [(datetime.date(2026, 1, 3), 'Reading'), (datetime.date(2026, 1, 2), 'Reading')"
    )
    assert "value" in second


def test_the_adapter_passes_its_contract(tmp_path: Path) -> None:
    python_output(ADAPTER, tmp_path)
