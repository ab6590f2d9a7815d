"""A visitor with a browser, as HTTP requests: cookies, forms, CSRF tokens."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import httpx

from marketplace.refusals import JourneyFailed


class _KeptForm(HTMLParser):
    """The form on the page of what waits: its address and its hidden fields."""

    def __init__(self) -> None:
        super().__init__()
        self.address = ""
        self.fields: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("class") == "actions":
            self.address = given["action"]
        elif tag == "input" and self.address and given.get("type") == "hidden":
            self.fields.setdefault(given["name"], []).append(given["value"])


class Person:
    """A visitor with a browser: cookies, forms, CSRF tokens."""

    def __init__(self, base_url: str, email: str, password: str) -> None:
        self.email, self.password = email, password
        self.http = httpx.Client(base_url=base_url, follow_redirects=True, timeout=60)

    def get(self, path: str) -> httpx.Response:
        answer = self.http.get(path)
        if answer.status_code >= 400:
            raise JourneyFailed(f"GET {path} answered {answer.status_code}.")
        return answer

    def post(
        self, path: str, data: dict[str, Any] | None = None, *, page: str | None = None, **more: Any
    ) -> httpx.Response:
        """Send a form as the page that holds it would."""
        if page is not None:
            self.get(page)
        token = self.http.cookies.get("csrftoken", "")
        form = {"csrfmiddlewaretoken": token, **(data or {})}
        referer = str(self.http.base_url.join(page or path))
        answer = self.http.post(path, data=form, headers={"Referer": referer}, **more)
        if answer.url.path == "/accounts/reauthenticate/":
            answer = self._authenticate_again(answer)
        if answer.status_code >= 400:
            raise JourneyFailed(f"POST {path} answered {answer.status_code}: {answer.text[:300]}")
        return answer

    def _authenticate_again(self, asked: httpx.Response) -> httpx.Response:
        """Give the password once more, and carry out what waits with the button of that page."""
        token = self.http.cookies.get("csrftoken", "")
        form = {"csrfmiddlewaretoken": token, "password": self.password}
        headers = {"Referer": str(asked.url)}
        waiting = self.http.post(str(asked.url), data=form, headers=headers)
        kept = _KeptForm()
        kept.feed(waiting.text)
        if waiting.url.path != "/go-on" or not kept.address:
            raise JourneyFailed("Nothing waited after the password was asked for again.")
        headers = {"Referer": str(waiting.url)}
        return self.http.post(kept.address, data=kept.fields, headers=headers)

    def sign_up(self) -> None:
        page = "/accounts/signup/"
        self.post(page, {"email": self.email, "password1": self.password}, page=page)
        if "sessionid" not in self.http.cookies:
            raise JourneyFailed("Signing up did not sign in.")

    def sign_in(self) -> None:
        page = "/accounts/login/"
        self.post(page, {"login": self.email, "password": self.password}, page=page)
        if "sessionid" not in self.http.cookies:
            raise JourneyFailed(f"{self.email} can't sign in.")
