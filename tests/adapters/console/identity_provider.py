"""A small identity provider on loopback (OpenID Connect), with the faults a real one may have."""

import base64
import contextlib
import hashlib
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "em-console", "a secret between two"
TILE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256">'
    b'<rect width="256" height="256" fill="#12c3a4"/></svg>'
)
Json = dict[str, Any]


class IdentityProvider:
    """Whoever comes is `person`; what it tells is signed with a key of its own."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.issuer = f"http://127.0.0.1:{self.port}/realm"
        self.person: Json = {"sub": "4711", "preferred_username": "Kari", "groups": ["em-operators"]}
        self.told_when_asked: Json = {}  # by the userinfo endpoint alone
        self.wrong: Json = {}  # claims of the identity token that are not as they should be
        self.says_no = False
        self.is_away = False
        self.now = time.time
        self.asked: list[str] = []
        self.ends_sessions = True
        self.ended: list[Json] = []
        self.codes: dict[str, Json] = {}
        self.tiles: list[str] = []
        self.new_key()
        self.published = self.key

    def new_key(self) -> None:
        """Sign with another key from now on; `published` says which one the world is told."""
        self.key = RSAKey.generate_key(2048, parameters={"kid": secrets.token_hex(4), "use": "sig"})

    async def about(self, request: Request) -> Response:
        if self.is_away:
            return Response(status_code=503)
        end = {name: f"{self.issuer}/{name}" for name in ("authorize", "token", "jwks", "userinfo")}
        told = {
            "issuer": self.issuer,
            "authorization_endpoint": end["authorize"],
            "token_endpoint": end["token"],
            "jwks_uri": end["jwks"],
            "userinfo_endpoint": end["userinfo"],
            "authorization_response_iss_parameter_supported": True,
        }
        if self.ends_sessions:
            told["end_session_endpoint"] = f"{self.issuer}/logout?realm=1"
        return JSONResponse(told)

    async def authorize(self, request: Request) -> Response:
        """Who comes here is signed in already: straight back, with a code."""
        asked = dict(request.query_params)
        self.asked.append(str(request.url))
        back = {"state": asked["state"], "iss": self.issuer}
        if self.says_no:
            back["error"] = "access_denied"
        else:
            back["code"] = secrets.token_hex()
            self.codes[back["code"]] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", status_code=302)

    async def token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {plain}":
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        asked = self.codes.pop(str(form.get("code")), None)
        if asked is None or not _is_proven(asked, str(form.get("code_verifier"))):
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        return JSONResponse({"access_token": "for-userinfo", "id_token": self._signed(asked)})

    def _signed(self, asked: Json) -> str:
        now = int(self.now())
        claims = {
            "iss": self.issuer,
            "aud": asked["client_id"],
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.person,
            **self.wrong,
        }
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    async def jwks(self, request: Request) -> Response:
        return JSONResponse(KeySet([self.published]).as_dict(private=False))

    async def userinfo(self, request: Request) -> Response:
        assert request.headers["authorization"] == "Bearer for-userinfo"
        return JSONResponse({"sub": self.person["sub"], **self.told_when_asked})

    async def logout(self, request: Request) -> Response:
        """Ends the session the token is of, and sends the browser back to where it may be sent."""
        asked = dict(request.query_params)
        assert (
            jwt.decode(asked["id_token_hint"], KeySet([self.published])).claims["sub"] == self.person["sub"]
        )
        self.ended.append(asked)
        return RedirectResponse(asked["post_logout_redirect_uri"], status_code=302)

    async def tile(self, request: Request) -> Response:
        """A tile of a map, all of one colour; which ones were asked for is kept."""
        self.tiles.append(request.url.path)
        return Response(TILE, media_type="image/svg+xml")

    def app(self) -> Starlette:
        """The provider as a web server."""
        paths = {
            ".well-known/openid-configuration": self.about,
            "authorize": self.authorize,
            "jwks": self.jwks,
            "logout": self.logout,
            "userinfo": self.userinfo,
        }
        routes = [Route(f"/realm/{path}", answer) for path, answer in paths.items()]
        routes.append(Route("/realm/token", self.token, methods=["POST"]))
        return Starlette(routes=[*routes, Route("/tiles/{z}/{x}/{y}", self.tile)])


def _is_proven(asked: Json, verifier: str) -> bool:
    digest = hashlib.sha256(verifier.encode()).digest()
    expected = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return asked["code_challenge_method"] == "S256" and asked["code_challenge"] == expected


@contextlib.contextmanager
def providing() -> Iterator[IdentityProvider]:
    """The provider at work, in a thread of its own."""
    made = IdentityProvider()
    config = uvicorn.Config(made.app(), host="127.0.0.1", port=made.port, log_level="critical")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        for _ in range(3000):
            if server.started:
                break
            threading.Event().wait(0.01)
        assert server.started, "the identity provider did not start"
        yield made
    finally:
        server.should_exit = True
        thread.join(10)
