"""One purchase and one sentence over HTTP, with the standard library, as a browser and curl send them."""

from __future__ import annotations

import io
import json
import re
import time
import wave
from collections.abc import Callable
from http.cookiejar import CookieJar
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, ProxyHandler, Request, build_opener

SENTENCE = "Good evening. This was spoken on a machine that had nothing but Python."
ON_SALE_WITHIN = 30 * 60.0


class VisitFailed(Exception):
    """A step of the visit did not lead to the expected page."""


class Browser:
    """Cookies, forms and redirects; never through a proxy."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.http = build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> tuple[str, str]:
        """The final address after redirects, and the page."""
        return self._open(Request(self._url(path)))  # noqa: S310  # http, by its caller

    def post(self, path: str, fields: dict[str, str], page: str | None = None) -> tuple[str, str]:
        """Submit a form of `page` with its CSRF token."""
        if page is not None:
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(page)[1])
            if token is None:
                raise VisitFailed(f"{page} has no form.")
            fields = {**fields, "csrfmiddlewaretoken": token[1]}
        headers = {"Referer": self._url(page or path)}
        return self._open(Request(self._url(path), urlencode(fields).encode(), headers))  # noqa: S310  # http, by its caller

    def _url(self, path: str) -> str:
        return path if path.startswith("http") else self.address + path

    def _open(self, request: Request) -> tuple[str, str]:
        try:
            with self.http.open(request, timeout=60) as answer:
                return answer.url, answer.read().decode()
        except HTTPError as error:
            raise VisitFailed(f"{request.full_url} answered {error.code}.") from error
        except URLError as error:
            raise VisitFailed(f"{request.full_url} did not answer: {error.reason}.") from error


def first_voice(browser: Browser) -> str:
    """The first voice on sale, as soon as there is one."""
    until = time.monotonic() + ON_SALE_WITHIN
    while time.monotonic() < until:
        listing = json.loads(browser.get("/v1/voices")[1])
        voices = listing.get("data") or listing.get("voices") or []
        if voices:
            return str(voices[0].get("slug") or voices[0]["id"])
        time.sleep(1)
    raise VisitFailed(f"No voice was on sale within {ON_SALE_WITHIN / 60:.0f} minutes.")


def buy(browser: Browser, voice: str) -> str:
    """The page of the licence that was bought in the payment sandbox."""
    page = f"/voices/{voice}"
    checkout, _ = browser.post(f"{page}/buy", {"tier": "personal"}, page=page)
    if "/c/pay/" not in checkout:
        raise VisitFailed(f"Buying led to {checkout}, not to the payment sandbox.")
    place, shown = browser.post(checkout, {})
    until = time.monotonic() + 60
    while "/thank-you" not in place and time.monotonic() < until:
        time.sleep(0.5)
        place, shown = browser.get(place)
    licence = re.search(r'href="(/licences/[\w-]{36})"', shown)
    if "/thank-you" not in place or licence is None:
        raise VisitFailed("The payment did not become a licence.")
    return licence[1]


def make_key(browser: Browser, licence: str) -> str:
    page = browser.get(licence)[1]
    use = re.search(r'<select[^>]*name="use".*?<option[^>]*value="([^"]+)"', page, re.DOTALL)
    fields = {"name": "First visit", "use": use[1] if use else "audiobook"}
    shown = browser.post(f"{licence}/keys", fields, page=licence)[1]
    secret = re.search(r'<code id="secret">(tk_\w+)</code>', shown)
    if secret is None:
        raise VisitFailed("No key was shown.")
    return secret[1]


def speak(address: str, key: str, voice: str) -> float:
    """Seconds of speech in the answer. Raises VisitFailed if it can't be this sentence."""
    body = {"model": "timbre-1", "voice": voice, "input": SENTENCE, "response_format": "wav"}
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = Request(f"{address}/v1/audio/speech", json.dumps(body).encode(), headers)  # noqa: S310  # http
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=180) as answer:
            sound = answer.read()
    except HTTPError as error:
        raise VisitFailed(f"Speech was refused: {error.read().decode()[:300]}") from error
    with wave.open(io.BytesIO(sound)) as wav:
        rate = wav.getsampwidth() * wav.getnchannels() * wav.getframerate()  # bytes per second
    seconds: float = (len(sound) - 44) / rate  # a stream's header names no length
    if not 2.0 < seconds < 15.0:
        raise VisitFailed(f"The answer has {seconds:.1f} s of audio, which can't be the sentence.")
    return seconds


def visit(address: str, email: str, password: str, say: Callable[[str], None]) -> dict[str, float]:
    """Sign in, buy the first voice, make a key and have a sentence spoken; returns the seconds per step."""
    browser, durations, started = Browser(address), {}, time.monotonic()

    def done(what: str) -> None:
        nonlocal started
        durations[what] = time.monotonic() - started
        say(f"    {what}: {durations[what]:.1f} s")
        started = time.monotonic()

    voice = first_voice(browser)
    done("the first voice on sale")
    login = "/accounts/login/"
    browser.post(login, {"login": email, "password": password}, page=login)
    licence = buy(browser, voice)
    done("signed in and bought")
    key = make_key(browser, licence)
    seconds = speak(address, key, voice)
    done(f"a key and {seconds:.1f} s of speech")
    return durations
