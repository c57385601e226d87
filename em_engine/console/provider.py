"""The identity provider of a deployment (OpenID Connect): who it says that somebody is.

Authorization code with PKCE, state and nonce (OpenID Connect Core 1.0, RFC 7636, RFC 9207). What a sign-in
needs to be finished, the browser that began it keeps in a cookie: nothing is held here that strangers could
fill, and nobody can finish what another browser began.
"""

import base64
import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from em_engine.console.roles import Role
from em_engine.settings import SignInSettings
from em_engine.vocabulary import HOUR, MINUTE, SECOND, Micros

WAY_BACK: Final = "api/session/provider/back"
"""Where the provider sends people back to: register the console's address with this behind it."""
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures with a key pair only: with a shared secret, whoever can check could also sign."""
LEEWAY_S: Final = 60
READ_EVERY: Final[Micros] = HOUR
KEYS_AGAIN: Final[Micros] = MINUTE
"""A signature by an unknown key makes us read the provider's keys again, but not more often than this."""
AT_ONCE_MAX: Final = 4
WAIT_MAX_S: Final = 10.0
"""For each answer of the provider, and for our turn to ask it."""


class ProviderRefused(Exception):
    """Nobody is let in. `code` is what the page tells; the text says why, for the log and the audit."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        super().__init__(detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What the browser that began a sign-in must bring back with it."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> "Ticket":
        """One that nobody can guess."""
        return cls(**{name: secrets.token_urlsafe(32) for name in cls.__slots__})

    @classmethod
    def read(cls, text: str) -> "Ticket | None":
        """The ticket a cookie holds; None where it holds none."""
        parts = text.split(".")
        return cls(state=parts[0], nonce=parts[1], verifier=parts[2]) if len(parts) == 3 else None

    def written(self) -> str:
        """The ticket as a cookie holds it."""
        return f"{self.state}.{self.nonce}.{self.verifier}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who somebody is and what they may be here, on the provider's word."""

    issuer: str
    subject: str  # the provider's own name for the person: never given to another, unlike `name`
    name: str
    roles: tuple[Role, ...]
    desks: tuple[str, ...] | None
    programmes: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """Somebody the provider let in, and its word for it: by that it knows which session to end."""

    identity: Identity
    id_token: str


class Provider:
    """One identity provider. Safe to use from several threads; reads its description and keys when needed."""

    def __init__(self, settings: SignInSettings, clock: Callable[[], Micros]) -> None:
        self._settings = settings
        self._clock = clock
        # People sign in a few times an hour: nothing is kept open between.
        alone = httpx.Limits(max_keepalive_connections=0)
        self._http = httpx.Client(timeout=WAIT_MAX_S, follow_redirects=False, limits=alone)
        # A provider that hangs must not take the threads that answer the operators.
        self._turns = threading.BoundedSemaphore(AT_ONCE_MAX)
        self._about: tuple[Micros, Mapping[str, Any]] | None = None
        self._keys: tuple[Micros, KeySet] | None = None

    @property
    def way_back(self) -> str:
        """The redirect URI, as it is registered with the provider."""
        return f"{self._settings.address.rstrip('/')}/{WAY_BACK}"

    def address(self, ticket: Ticket) -> str:
        """Where to send the browser to sign in. Raises ProviderRefused."""
        with self._turn():
            about = self._description()
        digest = hashlib.sha256(ticket.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self.way_back,
            "scope": " ".join(self._settings.scopes),
            "state": ticket.state,
            "nonce": ticket.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        if self._settings.prompt is not None:
            asked["prompt"] = self._settings.prompt
        return _with_query(about["authorization_endpoint"], asked)

    def vouched(self, ticket: Ticket, answer: Mapping[str, str]) -> Vouched:
        """Who came back with that answer in the query. Raises ProviderRefused."""
        if not hmac.compare_digest(answer.get("state", "").encode(), ticket.state.encode()):
            raise ProviderRefused("stale", "the answer is none to what this browser asked")
        if "error" in answer:
            raise ProviderRefused("refused", f"the provider said no: {answer['error'][:200]}")
        with self._turn():
            about = self._description()
            self._check_issuer(about, answer)
            tokens = self._tokens(about, answer.get("code", ""), ticket)
            token = tokens.get("id_token")
            claims = self._claims(token, ticket)
            identity = self._identity(self._with_roles(claims, about, tokens))
        return Vouched(identity=identity, id_token=str(token))

    def farewell(self, id_token: str | None) -> str | None:
        """Where the browser ends its session with the provider; None where the provider has no such place.

        OpenID Connect RP-Initiated Logout 1.0. Without the identity token the provider asks the person first.
        Raises ProviderRefused.
        """
        with self._turn():
            place = self._description().get("end_session_endpoint")
        if not isinstance(place, str):
            return None
        asked = {
            "client_id": self._settings.client_id,
            "post_logout_redirect_uri": f"{self._settings.address.rstrip('/')}/",
        }
        if id_token is not None:
            asked["id_token_hint"] = id_token
        return _with_query(place, asked)

    # How it is done.

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=WAIT_MAX_S):
            raise ProviderRefused("away", "too many sign-ins wait for the provider")
        try:
            yield
        except httpx.HTTPError as error:
            raise ProviderRefused("away", f"the provider does not answer: {error}") from error
        finally:
            self._turns.release()

    def _description(self) -> Mapping[str, Any]:
        now = self._clock()
        if self._about is None or now - self._about[0] >= READ_EVERY:
            issuer = self._settings.issuer
            about = self._json(self._http.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration"))
            if about.get("issuer") != issuer:
                raise ProviderRefused("misconfigured", f"the provider calls itself {about.get('issuer')!r}")
            missing = [name for name in _NEEDED if not isinstance(about.get(name), str)]
            if missing:
                raise ProviderRefused("misconfigured", f"the provider's description lacks {missing[0]}")
            self._about = now, about
        return self._about[1]

    def _check_issuer(self, about: Mapping[str, Any], answer: Mapping[str, str]) -> None:
        """RFC 9207: an answer that another provider gave is not taken to this one."""
        is_told = bool(about.get("authorization_response_iss_parameter_supported"))
        if answer.get("iss", "" if is_told else self._settings.issuer) != self._settings.issuer:
            raise ProviderRefused("refused", "the answer is another provider's")

    def _tokens(self, about: Mapping[str, Any], code: str, ticket: Ticket) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.way_back,
            "code_verifier": ticket.verifier,
        }
        secret = self._settings.client_secret
        methods = about.get("token_endpoint_auth_methods_supported", ("client_secret_basic",))
        if secret is None or "client_secret_basic" not in methods:
            form["client_id"] = self._settings.client_id
            if secret is not None:
                form["client_secret"] = secret.get_secret_value()
            return self._json(self._http.post(about["token_endpoint"], data=form))
        both = httpx.BasicAuth(self._settings.client_id, secret.get_secret_value())
        return self._json(self._http.post(about["token_endpoint"], data=form, auth=both))

    def _claims(self, token: object, ticket: Ticket) -> Mapping[str, Any]:
        if not isinstance(token, str):
            raise ProviderRefused("refused", "the provider gave no identity token")
        claims = self._verified(token)
        audience = {"essential": True, "value": self._settings.client_id}
        registry = jwt.JWTClaimsRegistry(
            now=self._clock() // SECOND,
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self._settings.issuer},
            aud=audience,  # type: ignore[arg-type]
            azp={"value": self._settings.client_id},
            nonce={"essential": True, "value": ticket.nonce},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            registry.validate(claims)
        except JoseError as error:
            raise ProviderRefused("refused", f"the identity token does not hold: {error}") from error
        return claims

    def _verified(self, token: str) -> dict[str, Any]:
        """What the token says, once its signature holds."""
        try:
            return dict(jwt.decode(token, self._key_set(), algorithms=ALGORITHMS).claims)
        except (JoseError, ValueError):
            # The provider may have begun to sign with a key made since.
            if self._keys is not None and self._clock() - self._keys[0] < KEYS_AGAIN:
                raise _unsigned() from None
        try:
            return dict(jwt.decode(token, self._key_set(anew=True), algorithms=ALGORITHMS).claims)
        except (JoseError, ValueError):
            raise _unsigned() from None

    def _key_set(self, *, anew: bool = False) -> KeySet:
        now = self._clock()
        if anew or self._keys is None or now - self._keys[0] >= READ_EVERY:
            told = self._json(self._http.get(self._description()["jwks_uri"]))
            self._keys = now, KeySet.import_key_set(told)  # type: ignore[arg-type]
        return self._keys[1]

    def _with_roles(
        self, claims: Mapping[str, Any], about: Mapping[str, Any], tokens: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """The claims; where the roles are not among them, with what the provider tells when asked."""
        place, token = about.get("userinfo_endpoint"), tokens.get("access_token")
        if claim(claims, self._settings.roles_claim) is not None or not (place and token):
            return claims
        told = self._json(self._http.get(place, headers={"Authorization": f"Bearer {token}"}))
        if told.get("sub") != claims["sub"]:
            raise ProviderRefused("refused", "the provider told of another person than it let in")
        return {**told, **claims}

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        settings = self._settings
        name = claim(claims, settings.name_claim)
        if not isinstance(name, str) or not name:
            raise ProviderRefused("misconfigured", f"the provider tells no {settings.name_claim}")
        held = _texts(claim(claims, settings.roles_claim))
        roles = dict.fromkeys(Role(role) for one in held for role in settings.roles.get(one, ()))
        if not roles:
            raise ProviderRefused("no-role", f"{name} has no role here: {settings.roles_claim} is {held}")
        return Identity(
            issuer=settings.issuer,
            subject=str(claims["sub"]),
            name=name,
            roles=tuple(roles),
            desks=self._limits(claims, settings.desks_claim),
            programmes=self._limits(claims, settings.programmes_claim),
        )

    def _limits(self, claims: Mapping[str, Any], name: str | None) -> tuple[str, ...] | None:
        """None where the installation sets no limits; nothing where the provider does not tell them."""
        return None if name is None else _texts(claim(claims, name))

    def _json(self, answer: httpx.Response) -> dict[str, Any]:
        if answer.status_code >= 500:
            raise ProviderRefused("away", f"the provider answers {answer.status_code}")
        if answer.status_code != 200:
            raise ProviderRefused("refused", f"the provider answers {answer.status_code}")
        try:
            told = answer.json()
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise ProviderRefused("misconfigured", f"{answer.url.path} of the provider is no JSON object")
        return told


_NEEDED: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


def _with_query(place: str, asked: Mapping[str, str]) -> str:
    return f"{place}{'&' if '?' in place else '?'}{urlencode(asked)}"


def claim(claims: Mapping[str, Any], path: str) -> Any:
    """The claim of that name; dots lead into what lies deeper: `realm_access.roles`."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _texts(value: Any) -> tuple[str, ...]:
    """A list of names, or one name."""
    many = value if isinstance(value, list) else [value]
    return tuple(one for one in many if isinstance(one, str))


def _unsigned() -> ProviderRefused:
    return ProviderRefused("refused", "the identity token is not signed by a key of the provider's")
