"""The secret that signs tokens."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mosaic_adapters.secret_file import read_or_make
from mosaic_adapters.settings import SettingError


def test_a_secret_is_made_once_and_stays(tmp_path: Path) -> None:
    made = read_or_make(tmp_path / "secret")
    assert len(made) >= 32
    assert read_or_make(tmp_path / "secret") == made


def test_secrets_differ(tmp_path: Path) -> None:
    assert read_or_make(tmp_path / "one") != read_or_make(tmp_path / "other")


def test_the_file_is_for_its_owner_alone_and_nothing_else_is_left(tmp_path: Path) -> None:
    read_or_make(tmp_path / "secret")
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_a_secret_that_somebody_put_there_counts_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("put there by hand, long enough to sign\n")
    assert read_or_make(tmp_path / "secret") == b"put there by hand, long enough to sign"


@pytest.mark.parametrize("content", [b"", b"\n", b"x" * 31])
def test_a_secret_that_is_too_short_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret").write_bytes(content)
    with pytest.raises(SettingError, match="MOSAIC_DATA_DIR has a secret of fewer than 32 bytes"):
        read_or_make(tmp_path / "secret")


def test_all_that_make_it_at_once_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        for number in range(20):
            made = list(pool.map(read_or_make, [tmp_path / f"secret{number}"] * 16))
            assert len(set(made)) == 1
    assert len(list(tmp_path.iterdir())) == 20
