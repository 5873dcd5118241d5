"""Settings out of environment variables and a TOML file."""

import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from mosaic_adapters.settings import DEFAULT_RATE_LIMITS, SettingError, Settings, load, unknown, variable
from mosaic_adapters.wiring import store_at

SECRET = "a secret of these tests, and of nothing else"
SOME_LIMITS = {"login": (20, 60), "add_entry": (600, 1)}


def test_without_any_variable_the_defaults_are_in_force() -> None:
    settings = load({})
    assert settings == Settings()
    assert settings.data_dir == Path("data")
    assert settings.database_url == "sqlite:///data/mosaic.db"
    assert settings.database_path == Path("data/mosaic.db").absolute()
    assert not settings.in_memory
    assert settings.jwt_secret is None
    assert settings.jwt_exp_minutes == 60
    assert settings.rate_limits == DEFAULT_RATE_LIMITS
    assert settings.max_body == 10 * 2**20
    assert settings.max_upload == 100 * 2**20
    assert settings.body_timeout == 30
    assert settings.busy_timeout == 5


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("data_dir", "/srv/mosaic", Path("/srv/mosaic")),
        ("data_dir", "~/mosaic", Path.home() / "mosaic"),
        ("database_url", "memory:", "memory:"),
        ("database_url", "sqlite:////srv/m.db", "sqlite:////srv/m.db"),
        ("database_url", "postgresql:///mosaic?host=/run", "postgresql:///mosaic?host=/run"),
        ("database_pool", "4", 4),
        ("cache_url", "memory:", "memory:"),
        ("api_key", "key", "key"),
        ("jwt_secret", SECRET, SECRET.encode()),
        ("jwt_secret", "ü" * 16, ("ü" * 16).encode()),
        ("jwt_exp_minutes", "1", 1),
        ("registration", "Closed", "closed"),
        ("rate_limits", "off", {}),
        ("rate_limits", "ON", DEFAULT_RATE_LIMITS),
        ("rate_limits", "login=20/60, add_entry = 600/1", {**DEFAULT_RATE_LIMITS, **SOME_LIMITS}),
        ("rate_limit_ipv6_prefix", "56", 56),
        ("cors_origins", "https://a.example, http://b:3000", ("https://a.example", "http://b:3000")),
        ("cors_origins", "", ()),
        ("trusted_proxies", "127.0.0.1,10.0.0.0/8", (ip_network("127.0.0.1/32"), ip_network("10.0.0.0/8"))),
        ("webhook_allowed_hosts", "ha.local, 10.0.0.0/8,::1", ("ha.local", "10.0.0.0/8", "::1")),
        ("max_body", "1048576", 2**20),
        ("max_body", "10 MiB", 10 * 2**20),
        ("max_upload", "2kb", 2000),
        ("max_upload", "3 GiB", 3 * 2**30),
        ("body_timeout", "30 s", 30.0),
        ("body_timeout", "0.5", 0.5),
        ("busy_timeout", "2s", 2.0),
        ("audit_days", "1", 1),
        ("max_activities", "1", 1),
        ("url", "https://mosaic.example/api", "https://mosaic.example/api"),
        ("timezone", "Europe/Berlin", "Europe/Berlin"),
        ("stream_allowed_hosts", "Door.example., 10.0.0.0/8,::1", ("Door.example.", "10.0.0.0/8", "::1")),
        ("stream_max_cameras", "64", 64),
        ("stream_timeout", "5 s", 5.0),
        ("ffmpeg", "/opt/ffmpeg", "/opt/ffmpeg"),
        ("log_level", "DEBUG", "debug"),
        ("log_format", "console", "console"),
    ],
)  # fmt: skip
def test_a_variable_sets_its_setting(name: str, text: str, value: Any) -> None:  # noqa: ANN401  # any setting
    assert getattr(load({variable(name): text}), name) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("data_dir", " "),
        ("database_url", "mysql://host"),
        ("database_url", "sqlite:///"),
        ("database_url", "postgresql://"),
        ("database_url", "postgresql://me:p@ss@host/mosaic"),
        ("database_url", "postgresql://me:p ss@host/mosaic"),
        ("database_pool", "3"),
        ("cache_url", "redis://"),
        ("cache_url", "memcached://host"),
        ("cache_url", "redis://:p@ss@host"),
        ("cache_url", "redis://:p ss@host"),
        ("api_key", ""),
        ("jwt_secret", "too short"),
        ("jwt_exp_minutes", "0"),
        ("jwt_exp_minutes", "1.5"),
        ("jwt_exp_minutes", "-1"),
        ("jwt_exp_minutes", "٣"),
        ("registration", "ajar"),
        ("rate_limit_ipv6_prefix", "0"),
        ("rate_limit_ipv6_prefix", "129"),
        ("rate_limits", "login=20"),
        ("rate_limits", "logins=20/60"),
        ("rate_limits", "login=0/60"),
        ("rate_limits", "login=20/0"),
        ("cors_origins", "localhost:3000"),
        ("cors_origins", "https://a.example/path"),
        ("trusted_proxies", "proxy.example"),
        ("trusted_proxies", "10.0.0.1/8"),
        ("webhook_allowed_hosts", "http://ha.local"),
        ("webhook_allowed_hosts", "10.0.0.1/8"),
        ("max_body", "0"),
        ("max_body", "many"),
        ("max_body", "10 TiB"),
        ("body_timeout", "0"),
        ("body_timeout", "soon"),
        ("busy_timeout", "-1"),
        ("audit_days", "0"),
        ("max_activities", "0"),
        ("url", "mosaic.example"),
        ("timezone", "Mars/Olympus"),
        ("stream_allowed_hosts", "10.0.0.1/8"),
        ("stream_allowed_hosts", "127.1"),
        ("stream_allowed_hosts", "rtsp://door/"),
        ("stream_max_cameras", "65"),
        ("stream_timeout", "0"),
        ("ffmpeg", " "),
        ("log_level", "loud"),
        ("log_format", "xml"),
    ],
)
def test_a_value_without_sense_is_refused_in_one_line_that_names_the_variable(name: str, text: str) -> None:
    with pytest.raises(SettingError) as refused:
        load({variable(name): text})
    assert str(refused.value).startswith(f"{variable(name)} must ")
    assert "\n" not in str(refused.value)


def test_a_refusal_of_a_secret_does_not_repeat_it() -> None:
    with pytest.raises(SettingError) as refused:
        load({"MOSAIC_JWT_SECRET": "hunter2"})
    assert "hunter2" not in str(refused.value)


def config(folder: Path, text: str) -> dict[str, str]:
    file = folder / "mosaic.toml"
    file.write_text(text, "utf-8")
    return {"MOSAIC_CONFIG": str(file)}


def test_a_toml_file_gives_settings(tmp_path: Path) -> None:
    given = config(
        tmp_path,
        'max_body = "2 MiB"\nbody_timeout = 2.5\njwt_exp_minutes = 5\ncors_origins = ["http://a", "http://b"]',
    )
    settings = load(given)
    assert settings.max_body == 2 * 2**20
    assert settings.body_timeout == 2.5
    assert settings.jwt_exp_minutes == 5
    assert settings.cors_origins == ("http://a", "http://b")


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    given = config(tmp_path, 'jwt_exp_minutes = 5\ntimezone = "Europe/Berlin"')
    settings = load({**given, "MOSAIC_JWT_EXP_MINUTES": "7"})
    assert settings.jwt_exp_minutes == 7
    assert settings.timezone == "Europe/Berlin"


@pytest.mark.parametrize("text", ["jwt_exp_minutes = ", "\xff", "[broken"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, text: str) -> None:
    given = config(tmp_path, text)
    (tmp_path / "mosaic.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(SettingError, match=r"^MOSAIC_CONFIG must name a readable TOML file$"):
        load(given)


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="MOSAIC_CONFIG"):
        load({"MOSAIC_CONFIG": str(tmp_path / "absent.toml")})


def test_an_unknown_setting_in_the_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="MOSAIC_CONFIG names a file with the unknown setting 'max_boddy'"):
        load(config(tmp_path, "max_boddy = 1"))


def test_a_value_without_sense_in_the_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"^MOSAIC_REGISTRATION must "):
        load(config(tmp_path, 'registration = "ajar"'))


def test_unknown_variables_are_found_with_the_nearest_known_name() -> None:
    environment = {
        "MOSAIC_MAX_BODDY": "1",
        "MOSAIC_CONFIG": "x",
        "MOSAIC_API_KEY": "k",
        "PATH": "/bin",
        "MOSAIC_" + "Q" * 30: "",
    }
    assert unknown(environment) == {"MOSAIC_MAX_BODDY": "MOSAIC_MAX_BODY", "MOSAIC_" + "Q" * 30: None}


def test_settings_are_shown_with_masked_secrets_and_can_be_read_again() -> None:
    given = {
        "MOSAIC_API_KEY": "the key",
        "MOSAIC_JWT_SECRET": SECRET,
        "MOSAIC_RATE_LIMITS": "login=20/60",
        "MOSAIC_TRUSTED_PROXIES": "10.0.0.0/8,::1",
        "MOSAIC_CORS_ORIGINS": "",
    }
    settings = load(given)
    shown = settings.shown()
    assert shown["MOSAIC_API_KEY"] == shown["MOSAIC_JWT_SECRET"] == "********"
    assert "the key" not in repr(settings)
    assert SECRET not in repr(settings)
    plain = {name: text for name, text in shown.items() if text and text != "********"}
    secrets = {name: given[name] for name in ("MOSAIC_API_KEY", "MOSAIC_JWT_SECRET")}
    assert load({**plain, **secrets, "MOSAIC_CORS_ORIGINS": ""}) == settings


def test_limits_that_are_off_are_shown_as_off() -> None:
    assert load({"MOSAIC_RATE_LIMITS": "off"}).shown()["MOSAIC_RATE_LIMITS"] == "off"


def test_a_secret_that_is_not_set_is_shown_as_empty() -> None:
    assert Settings().shown()["MOSAIC_API_KEY"] == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("timezone", "Nope"), ("registration", "ajar"), ("port", 65_536), ("max_body", 0),
        ("backup_keep", -1), ("busy_timeout", 0.0), ("jwt_secret", "short"), ("database_url", "postgres"),
    ],
)  # fmt: skip
def test_what_a_program_gives_is_judged_where_the_settings_are_made(name: str, value: object) -> None:
    given: dict[str, Any] = {name: value}
    with pytest.raises(SettingError, match=rf"\A{name} "):
        Settings(**given)


def test_texts_that_a_program_gives_are_understood_as_the_operators_are(tmp_path: Path) -> None:
    given: dict[str, Any] = {"registration": "CLOSED", "data_dir": str(tmp_path), "max_body": "1 MiB"}
    settings = Settings(**given)
    assert (settings.registration, settings.data_dir, settings.max_body) == ("closed", tmp_path, 2**20)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (
            "postgresql://me:hush@db/mosaic?sslmode=require",
            "postgresql://me:********@db/mosaic?sslmode=require",
        ),
        ("postgresql://:hush@/mosaic", "postgresql://:********@/mosaic"),
        (
            "postgresql:///mosaic?user=me&password=hush&sslpassword=hush&host=db",
            "postgresql:///mosaic?user=me&password=********&sslpassword=********&host=db",
        ),
        ("postgresql://me@db:5432/mosaic", "postgresql://me@db:5432/mosaic"),
        ("sqlite:///data/a:b@c.db", "sqlite:///data/a:b@c.db"),
    ],
)
def test_the_password_of_a_database_is_never_shown(url: str, shown: str) -> None:
    settings = load({"MOSAIC_DATABASE_URL": url})
    assert settings.shown()["MOSAIC_DATABASE_URL"] == shown
    assert "hush" not in repr(settings)
    assert settings.in_postgresql is url.startswith("postgresql:")


def test_where_the_driver_is_missing_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mosaic_adapters.postgresql.database", None)
    settings = Settings(database_url="postgresql://me@db/mosaic")
    with pytest.raises(SettingError, match=r"pip install 'mosaic-tracker\[postgresql\]'"):
        store_at(settings.database_url, settings)
