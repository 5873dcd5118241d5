"""Settings: environment variables, or a TOML file that MOSAIC_CONFIG names; the environment wins."""

import difflib
import ipaddress
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from attrs import Attribute, Converter, Factory, field, fields, frozen

from mosaic_core.calendar import require_named_zone

PREFIX = "MOSAIC_"
CONFIG = "MOSAIC_CONFIG"
LEAST_SECRET_BYTES = 32
"""As many as the hash of HS256 has."""

RateLimits = Mapping[str, tuple[int, int]]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

DEFAULT_RATE_LIMITS: RateLimits = {
    "register": (5, 3600),
    "login": (10, 60),
    "add_entry": (60, 60),
    "add_activity": (30, 60),
    "update_activity": (60, 60),
    "activity_status": (60, 60),
    "delete_activity": (30, 60),
    "delete_entry": (90, 60),
    "finalize_day": (10, 60),
    "import_csv": (5, 300),
    "wearable_ingest": (60, 60),
    "stream_proxy": (2, 60),
    "webhook": (30, 60),
    "pause": (60, 60),
    "rule": (60, 60),
}
"""How many requests in how many seconds, by name."""

_MASK = "********"

_UNITS = {"": 1, "b": 1, "kib": 2**10, "mib": 2**20, "gib": 2**30, "kb": 10**3, "mb": 10**6, "gb": 10**9}


class SettingError(Exception):
    """A setting makes no sense; the message is one line that names it."""


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value


def _path(value: str) -> Path:
    return Path(_text(value)).expanduser()


def _whole(least: int, most: int | None = None) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not re.fullmatch(r"\d+", value.strip(), re.ASCII) or int(value) < least:
            raise ValueError(f"must be a whole number, at least {least}")
        if most is not None and int(value) > most:
            raise ValueError(f"must be a whole number, at most {most}")
        return int(value)

    return parse


def _seconds(value: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*s?", value.strip(), re.ASCII)
    if match is None or float(match[1]) <= 0:
        raise ValueError("must be a number of seconds above 0")
    return float(match[1])


def _size(value: str) -> int:
    match = re.fullmatch(r"(\d+)\s*([a-z]*)", value.strip().lower(), re.ASCII)
    if match is None or match[2] not in _UNITS or int(match[1]) == 0:
        raise ValueError("must be a size such as 1048576 or 10 MiB")
    return int(match[1]) * _UNITS[match[2]]


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value.strip().lower() not in choices:
            raise ValueError(f"must be one of: {', '.join(choices)}")
        return value.strip().lower()

    return parse


def _secret(value: str) -> bytes:
    if len(value.encode()) < LEAST_SECRET_BYTES:
        raise ValueError(f"must have at least {LEAST_SECRET_BYTES} bytes")
    return value.encode()


def _list(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _origins(value: str) -> tuple[str, ...]:
    origins = _list(value)
    for origin in origins:
        if not re.fullmatch(r"https?://[^/\s]+", origin):
            raise ValueError("must be a list of origins such as http://localhost:3000")
    return origins


def _networks(value: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part) for part in _list(value))
    except ValueError:
        raise ValueError("must be a list of addresses or networks") from None


def _hosts(value: str) -> tuple[str, ...]:
    for part in _list(value):
        try:
            ipaddress.ip_network(part)
        except ValueError:
            if not re.fullmatch(r"(?=.*[a-z])[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?", part.lower(), re.ASCII):
                raise ValueError("must be a list of hosts, addresses or networks") from None
    return _list(value)


def _root_path(value: str) -> str:
    path = value.rstrip("/")
    if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)*", path, re.ASCII):
        raise ValueError("must be a path such as /mosaic")
    return path


def _zone(value: str) -> str:
    require_named_zone(value)
    return value


def _url(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", value):
        raise ValueError("must be the address of a server such as http://127.0.0.1:8000")
    return value


def _database(value: str) -> str:
    if value == "memory:" or (value.startswith("sqlite:///") and len(value) > len("sqlite:///")):
        return value
    if not is_postgresql(value):
        raise ValueError("must be memory:, sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME")
    if value.count("@") > 1 or re.search(r"\s", value):
        raise ValueError("must have @ and white space in names and passwords percent-encoded")
    return value


def _cache(value: str) -> str:
    if value.strip().lower() == "memory:":
        return "memory:"
    served = re.fullmatch(r"(redis|valkey)s?://[^\s/?]+(/\d*)?(\?\S*)?|unix://\S+", value, re.ASCII)
    if served is None or value.count("@") > 1:
        raise ValueError(
            "must be memory:, redis://:PASSWORD@HOST:PORT/NUMBER, the same with valkey://, with rediss:// or"
            " valkeys:// for TLS, or unix:///SOCKET"
        )
    return value


def is_postgresql(url: str) -> bool:
    """Return whether the URL names a PostgreSQL database."""
    return url.startswith("postgresql://") and len(url) > len("postgresql://")


def without_password(url: str) -> str:
    """Return the URL of a database or cache with its passwords masked."""
    masked = re.sub(r"(?<=://)([^/@?]*?):[^@]*(?=@)", rf"\1:{_MASK}", url)
    return re.sub(r"(?<=[?&])((?:ssl)?password)=[^&]*", rf"\1={_MASK}", masked)


def _rate_limits(value: str) -> RateLimits:
    if value.strip().lower() == "on":
        return DEFAULT_RATE_LIMITS
    if value.strip().lower() == "off":
        return {}
    limits = dict(DEFAULT_RATE_LIMITS)
    for part in _list(value):
        match = re.fullmatch(r"(\w+)\s*=\s*(\d+)/(\d+)", part, re.ASCII)
        if match is None or match[1] not in limits or int(match[2]) == 0 or int(match[3]) == 0:
            raise ValueError(f"must be on, off, or a list such as login=20/60; {part!r} is not understood")
        limits[match[1]] = (int(match[2]), int(match[3]))
    return limits


def _sensible(value: object, one: "Attribute[Any]") -> object:
    """Return a value that a program gives; texts and numbers must be what the operator may set."""
    if not isinstance(value, str | int | float):
        return value
    try:
        parsed: object = one.metadata["parse"](str(value))
    except ValueError as error:
        raise SettingError(f"{one.name} {error}") from None
    return parsed if isinstance(value, str) else value


_SENSIBLE: Any = Converter(_sensible, takes_field=True)


def _setting(
    parse: Callable[[str], Any], default: object, *, secret: bool = False, is_told: bool = True
) -> Any:  # noqa: ANN401  # a field
    metadata = {"parse": parse, "secret": secret}
    return field(default=default, repr=is_told and not secret, metadata=metadata, converter=_SENSIBLE)


@frozen(kw_only=True)
class Settings:
    """What the operator decides. Sizes are in bytes, times in seconds unless the name says otherwise."""

    host: str = _setting(_text, "127.0.0.1")
    port: int = _setting(_whole(0, 65_535), 8000)
    root_path: str = _setting(_root_path, "")
    data_dir: Path = _setting(_path, Path("data"))
    database_url: str = _setting(
        _database,
        Factory(lambda self: f"sqlite:///{self.data_dir / 'mosaic.db'}", takes_self=True),
        is_told=False,
    )
    database_pool: int = _setting(_whole(4, 1_000), 8)
    cache_url: str = _setting(_cache, "memory:", is_told=False)
    api_key: str | None = _setting(_text, None, secret=True)
    jwt_secret: bytes | None = _setting(_secret, None, secret=True)
    jwt_exp_minutes: int = _setting(_whole(1), 60)
    registration: str = _setting(_one_of("open", "closed"), "open")
    rate_limits: RateLimits = _setting(_rate_limits, Factory(lambda: DEFAULT_RATE_LIMITS))
    rate_limit_ipv6_prefix: int = _setting(_whole(1, 128), 64)
    cors_origins: tuple[str, ...] = _setting(_origins, ("http://localhost:3000", "http://127.0.0.1:3000"))
    trusted_proxies: tuple[Network, ...] = _setting(_networks, ())
    max_body: int = _setting(_size, 10 * 2**20)
    max_upload: int = _setting(_size, 100 * 2**20)
    body_timeout: float = _setting(_seconds, 30.0)
    busy_timeout: float = _setting(_seconds, 5.0)
    max_activities: int = _setting(_whole(1), 2_000)
    audit_days: int = _setting(_whole(1), 365)
    url: str = _setting(_url, "http://127.0.0.1:8000")
    timezone: str = _setting(_zone, "UTC")
    backup_dir: Path = _setting(_path, Factory(lambda self: self.data_dir / "backups", takes_self=True))
    backup_keep: int = _setting(_whole(1, 10_000), 14)
    backup_passphrase_file: Path | None = _setting(_path, None)
    stream_allowed_hosts: tuple[str, ...] = _setting(_hosts, ())
    stream_max_cameras: int = _setting(_whole(1, 64), 4)
    stream_timeout: float = _setting(_seconds, 10.0)
    ffmpeg: str | None = _setting(_text, None)
    webhook_allowed_hosts: tuple[str, ...] = _setting(_hosts, ())
    log_level: str = _setting(_one_of("debug", "info", "warning", "error"), "info")
    log_format: str | None = _setting(_one_of("json", "console"), None)

    @property
    def has_commons(self) -> bool:
        """Return whether servers share counts and values."""
        return self.cache_url != "memory:"

    @property
    def in_memory(self) -> bool:
        """Return whether nothing is kept."""
        return self.database_url == "memory:"

    @property
    def in_postgresql(self) -> bool:
        """Return whether the database is PostgreSQL's."""
        return is_postgresql(self.database_url)

    @property
    def database_path(self) -> Path:
        """The file of a SQLite database."""
        return database_file(self.database_url)

    def shown(self) -> dict[str, str]:
        """Return every setting by its variable's name, as text; secrets are masked."""
        return {variable(one.name): _shown(one, getattr(self, one.name)) for one in fields(Settings)}


def database_file(url: str) -> Path:
    """Return the file of a `sqlite:///PATH`; a relative one lies in the working directory."""
    return Path(url.removeprefix("sqlite:///")).expanduser().absolute()


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return PREFIX + name.upper()


def load(environment: Mapping[str, str]) -> Settings:
    """Return the settings in force. Raises SettingError, which names the setting that makes no sense."""
    given = _from_file(environment.get(CONFIG))
    given.update({name: value for name, value in environment.items() if name.startswith(PREFIX)})
    parsed: dict[str, Any] = {}
    for one in fields(Settings):
        text = given.get(variable(one.name))
        if text is not None:
            parsed[one.name] = _parse(one, text)
    return Settings(**parsed)


def unknown(environment: Mapping[str, str]) -> dict[str, str | None]:
    """Return the `MOSAIC_…` variables that no setting has, each with the nearest known name."""
    known = [CONFIG, *(variable(one.name) for one in fields(Settings))]
    strange = [name for name in environment if name.startswith(PREFIX) and name not in known]
    return {name: next(iter(difflib.get_close_matches(name, known, 1)), None) for name in strange}


def _parse(one: "Attribute[Any]", text: str) -> object:
    try:
        return one.metadata["parse"](text)
    except ValueError as error:
        raise SettingError(f"{variable(one.name)} {error}") from None


def _from_file(path: str | None) -> dict[str, str]:
    """Return what the TOML file says, under the variables' names."""
    if path is None:
        return {}
    try:
        table = tomllib.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError):
        raise SettingError(f"{CONFIG} must name a readable TOML file") from None
    known = {one.name for one in fields(Settings)}
    for name in table:
        if name not in known:
            raise SettingError(f"{CONFIG} names a file with the unknown setting {name!r}")
    return {variable(name): _as_text(value) for name, value in table.items()}


def _as_text(value: object) -> str:
    if isinstance(value, list):
        return ",".join(str(part) for part in value)
    return str(value)


def _shown(one: "Attribute[Any]", value: object) -> str:
    if value is None:
        return ""
    if one.metadata["secret"]:
        return _MASK
    if one.name in {"database_url", "cache_url"}:
        return without_password(str(value))
    if one.name == "rate_limits":
        return _shown_limits(cast("RateLimits", value))
    if isinstance(value, tuple):
        return ",".join(str(part) for part in value)
    return str(value)


def _shown_limits(value: RateLimits) -> str:
    return ",".join(f"{name}={limit}/{seconds}" for name, (limit, seconds) in value.items()) or "off"
