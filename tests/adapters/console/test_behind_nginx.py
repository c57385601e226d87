"""The console as the shipped nginx configuration puts it behind TLS: signed in, followed live, sent files."""

import asyncio
import os
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from em_engine.app import Parts, assembled, running
from em_engine.console.roles import Role
from em_engine.ingest.broker import free_port
from em_engine.settings import BrokerSettings, EngineSettings, HttpSettings, ProofSettings
from tests.adapters.console.conftest import PASSWORD, change
from tests.house.house import ROOT
from tests.scenarios.road.bench import until
from tests.scenarios.road.places import HEALTH, documents, order, write

NGINX = shutil.which("nginx", path=os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"]))
pytestmark = pytest.mark.skipif(
    NGINX is None or shutil.which("openssl") is None,
    reason="nginx or openssl is not installed (Debian packages nginx-light, openssl)",
)
SHIPPED = ROOT / "deploy" / "nginx" / "em.conf"
FRAME = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/em.conf;
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxied:
    parts: Parts
    http: httpx.AsyncClient

    async def sign_in(self, name: str) -> dict[str, str]:
        """The header that says that it is the page who asks."""
        answer = await self.http.post("/api/session", json={"name": name, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        cookie = answer.headers["set-cookie"]
        assert "Secure" in cookie
        assert "HttpOnly" in cookie
        return {"x-csrf-token": answer.json()["csrf"]}


@pytest.fixture
async def proxied(tmp_path: Path) -> AsyncIterator[Proxied]:
    settings = EngineSettings(
        rules=write(tmp_path / "rules", documents([order(1, HEALTH)])),
        data=tmp_path / "data",
        broker=BrokerSettings(url=f"mqtt://127.0.0.1:{free_port()}"),  # nobody is there
        http=HttpSettings(port=0, is_behind_tls=True),
        proof=ProofSettings(is_on=False),
    )
    with assembled(settings) as parts:
        parts.access.add("kari", PASSWORD, [Role.OPERATOR])
        parts.access.add("frida", PASSWORD, [Role.AUTHOR])
        async with running(parts, settings) as address:
            port, trusted = configure(tmp_path, behind=address.removeprefix("http://").strip("/"))
            assert NGINX is not None
            nginx = subprocess.Popen([NGINX, "-c", tmp_path / "nginx.conf"], stderr=subprocess.PIPE)
            try:
                await until(lambda: nginx.poll() is not None or (tmp_path / "nginx.pid").exists())
                url = f"https://127.0.0.1:{port}"
                async with httpx.AsyncClient(base_url=url, verify=trusted, timeout=30) as http:
                    yield Proxied(parts=parts, http=http)
            finally:
                nginx.terminate()
                await asyncio.to_thread(nginx.communicate)


def configure(folder: Path, *, behind: str) -> tuple[int, ssl.SSLContext]:
    """The shipped file with a free port, a certificate and this engine: the port, and whom to trust."""
    key, certificate, port = folder / "console.key", folder / "console.pem", free_port()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=console.example",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    written = SHIPPED.read_text(encoding="utf-8")
    for told, ours in (
        ("/etc/nginx/tls", str(folder)),
        ("127.0.0.1:8080", behind),
        ("listen 443", f"listen 127.0.0.1:{port}"),
        ("listen 80;", f"listen 127.0.0.1:{free_port()};"),
    ):
        assert told in written
        written = written.replace(told, ours)
    (folder / "em.conf").write_text(written, encoding="utf-8")
    (folder / "nginx.conf").write_text(FRAME.format(folder=folder), encoding="utf-8")
    return port, ssl.create_default_context(cafile=certificate)


async def test_an_operator_signs_in_and_sees_an_alert_the_moment_it_is_raised(proxied):
    assert (await proxied.http.get("/api/alerts")).status_code == 401
    await proxied.sign_in("kari")
    async with proxied.http.stream("GET", "/api/alerts/stream") as stream:
        assert stream.status_code == 200
        assert stream.headers["strict-transport-security"]
        lines = stream.aiter_lines()
        async for line in lines:
            if line == "event: beat":  # it is followed: what is raised from now on must come by itself
                break
        raised = change()
        proxied.parts.desk.queue.commit(entry=None, changes=[raised], at=raised.at)
        async with asyncio.timeout(30):
            async for line in lines:
                if raised.alert in line:
                    return
    pytest.fail("the stream ended before the alert came")


async def test_an_author_sends_a_file_of_several_megabytes(proxied):
    told = await proxied.sign_in("frida")
    header = b"device_id,time_utc,lat,lon,accuracy_m,speed_mps,hdop,source\n"
    row = b"tag-0001,2026-11-01T00:00:00Z,59.9,10.7,5,,,gnss\n"
    track = header + row * (3_000_000 // len(row))
    answer = await proxied.http.post(
        "/api/rules/histories",
        params={"filename": "night.csv"},
        content=track,
        headers=told | {"content-type": "application/octet-stream"},
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["size"] == len(track)
