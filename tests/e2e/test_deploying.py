"""What lies in `deploy/` works with the programs that it is for."""

import http.client
import json
import os
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml  # type: ignore[import-untyped]
from attrs import frozen

from mosaic_adapters.settings import load, unknown
from support_cameras import certificate, free_ports
from support_postgresql import PROGRAMS, admin, drop, new_database
from support_server import PASSWORD, PATIENCE, Server, Start, patiently

DEPLOY = Path(__file__).parents[2] / "deploy"
LOGIN = {"username": "ada", "password": PASSWORD, "cookie": True}


@frozen
class Proxy:
    """nginx before a server, with TLS; every path is asked for behind the `prefix`."""

    port: int
    prefix: str
    context: ssl.SSLContext

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        asked = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=PATIENCE, context=self.context)
        with closing(asked) as connection:
            connection.request(method, self.prefix + path, body, named)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def post(self, path: str, said: dict[str, Any]) -> tuple[int, http.client.HTTPMessage, bytes]:
        return self.ask("POST", path, json.dumps(said).encode(), Content_Type="application/json")


def site(name: str, server: Server, port: int, folder: Path) -> str:
    """Return a whole configuration of nginx with that file of `deploy/` in it, for these ports."""
    pem = str(certificate(folder))
    text = (DEPLOY / name).read_text("utf-8")
    for old, new in (
        ("http://127.0.0.1:8000", f"http://127.0.0.1:{server.port}"),
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("/etc/ssl/mosaic.crt", pem),
        ("/etc/ssl/mosaic.key", pem),
    ):
        text = text.replace(old, new)
    if "server {" not in text:
        listen = f"listen 127.0.0.1:{port} ssl; ssl_certificate {pem}; ssl_certificate_key {pem};"
        text = f"server {{ {listen}\n{text}\n}}"
    temporary = "".join(
        f"{kind}_temp_path {folder / kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"daemon off; pid {folder / 'pid'}; error_log {folder / 'error'}; worker_processes 1;"
        f" {'user root;' if os.getuid() == 0 else ''}"
        f" events {{}} http {{ access_log {folder / 'access'}; {temporary}\n{text}\n}}"
    )


@pytest.fixture(params=["nginx.conf", "nginx-subpath.conf"])
def proxy(request: pytest.FixtureRequest, start: Start, tmp_path: Path) -> Iterator[Proxy]:
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed")
    prefix = "" if request.param == "nginx.conf" else "/mosaic"
    server = start(trusted_proxies="127.0.0.1", root_path=prefix)
    port = free_ports(1)
    (tmp_path / "conf").write_text(site(request.param, server, port, tmp_path))
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    made = Proxy(port, prefix, context)
    with subprocess.Popen([nginx, "-c", str(tmp_path / "conf"), "-p", str(tmp_path)]) as process:
        try:
            for _ in patiently():
                try:
                    made.ask("GET", "/healthz")
                    break
                except OSError:
                    assert process.poll() is None, (tmp_path / "error").read_text()
            yield made
        finally:
            process.terminate()


def test_behind_nginx_sessions_are_secure_and_large_bodies_pass(proxy: Proxy) -> None:
    assert proxy.post("/register", {"username": "ada", "password": PASSWORD})[0] == 201
    status, headers, body = proxy.post("/login", LOGIN)
    assert status == 200
    cookie = headers["Set-Cookie"]
    assert "; Secure" in cookie
    assert f"; Path={proxy.prefix or '/'};" in cookie + ";"
    token = f"Bearer {json.loads(body)['access_token']}"
    rows = b"date,activity,value\n" + b"".join(
        b"%d-%02d-%02d,Running %d,1\n" % (2000 + n // 3000, 1 + n % 12, 1 + n // 12 % 28, n % 40)
        for n in range(60_000)
    )
    form = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        + rows
        + b"\r\n--x--\r\n"
    )
    assert len(form) > 2**20  # more than nginx takes by itself
    status, _, body = proxy.ask(
        "POST", "/import_csv", form, Authorization=token, Content_Type="multipart/form-data; boundary=x"
    )
    assert status == 200, body
    status, headers, body = proxy.ask("GET", "/export/json", Authorization=token)
    assert (status, len(json.loads(body)["entries"])) == (200, int(headers["X-Total-Entries"]))
    status, _, body = proxy.ask("GET", "/docs")
    assert (status, b"openapi.json" in body) == (200, True)
    assert proxy.ask("GET", "/docs/page.js")[0] == 200
    assert proxy.ask("GET", "/entries?offset=1", Cookie=cookie.partition(";")[0])[0] == 200


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / "mosaic.service"
    unit.write_text((DEPLOY / "mosaic.service").read_text().replace("/opt/mosaic/bin/mosaic", "/bin/true"))
    done = subprocess.run([analyze, "verify", str(unit)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", ["Caddyfile", "Caddyfile-scaled"])
def test_the_caddyfile_is_one_that_caddy_takes(tmp_path: Path, name: str) -> None:
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.skip("caddy is not installed")
    done = subprocess.run(
        [caddy, "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / name)],
        env={**os.environ, "HOME": str(tmp_path), "MOSAIC_DOMAIN": "mosaic.example.org"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def compose(name: str) -> dict[str, Any]:
    """Return what a compose file says, with its variables filled in, and anchors followed."""
    text = (DEPLOY / name).read_text("utf-8")
    filled: dict[str, Any] = yaml.safe_load(re.sub(r"\$\{(\w+)[^}]*\}", lambda one: one[1].lower() * 4, text))
    return filled


@pytest.mark.parametrize("name", ["compose.yaml", "compose-scaled.yaml"])
def test_a_compose_file_names_what_there_is(name: str) -> None:
    said = compose(name)
    services = said["services"]
    for service in services.values():
        assert "image" in service or (DEPLOY / service["build"]["context"]).is_dir()
        for needed in service.get("depends_on", ()):
            assert needed in services
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert (DEPLOY / source).is_file() if source.startswith("./") else source in said["volumes"]
        for network in service["networks"]:
            assert network in said["networks"]
    said_to = {name for one in services.values() for name in one.get("environment", ())}
    assert set(unknown(dict.fromkeys(said_to, ""))) <= {
        "MOSAIC_DOMAIN",
        "MOSAIC_PASSWORD",
        "MOSAIC_OWNER_PASSWORD",
    }


def test_the_servers_of_the_large_compose_file_share_everything_and_trust_their_proxy_alone() -> None:
    said = compose("compose-scaled.yaml")["services"]
    assert said["one"] == said["other"]
    assert (DEPLOY / "Caddyfile-scaled").read_text().count("reverse_proxy one:8000 other:8000") == 1
    settings = load(said["one"]["environment"])
    assert (settings.in_postgresql, settings.has_commons) == (True, True)
    assert [str(one.network_address) for one in settings.trusted_proxies] == [
        said["caddy"]["networks"]["inside"]["ipv4_address"]
    ]
    owner = load(said["migrate"]["environment"])
    assert "mosaic_owner" in owner.database_url
    assert said["migrate"]["command"] == ["mosaic", "migrate"]
    for name in ("postgresql", "valkey", "one", "other", "migrate"):
        assert "ports" not in said[name]


@pytest.mark.postgresql
def test_the_roles_of_the_large_compose_file_get_their_passwords() -> None:
    url = urlsplit(new_database())
    (host,) = parse_qs(url.query)["host"]
    given = {"PGHOST": host, "POSTGRES_USER": "postgres", "POSTGRES_DB": url.path[1:]}
    secret = {"MOSAIC_PASSWORD": "it's a 'secret'", "MOSAIC_OWNER_PASSWORD": "another"}
    place = {"MOSAIC_ROLES": str(DEPLOY / "postgresql-roles.sql"), "PATH": f"{PROGRAMS}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["/bin/sh", str(DEPLOY / "postgresql-init.sh")],
        env={**os.environ, **given, **secret, **place},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "secret" not in done.stdout + done.stderr
    drop(url.geturl())
    with admin() as link:
        found = link.execute(
            """SELECT rolname FROM pg_authid
               WHERE rolname IN ('mosaic', 'mosaic_owner') AND rolpassword LIKE 'SCRAM%' ORDER BY rolname"""
        ).fetchall()
        assert found == [("mosaic",), ("mosaic_owner",)]
        link.execute("DROP ROLE mosaic, mosaic_owner")
