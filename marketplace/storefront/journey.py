"""The journey as HTTP requests: the steps of a creator, a moderator and a buyer in their browsers.

Nobody is there to read a fresh consent phrase, so a clone of the recordings reads it. The checks
must catch it; it passes because two moderators vouch for it by name, as a demonstration, which
exists only where payments are a sandbox.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from marketplace.refusals import JourneyFailed
from marketplace.storefront.visitor import Person
from synthesis.audio.files import recordings_in

PATIENCE = 900.0  # seconds for the longest wait, enrolment
CLONE_SECONDS = 35.0  # of recordings, enough for the clone that reads the consent


@dataclass
class Journey:
    """Eight steps; `say` prints a line per step, `progress` shows what is going on."""

    base_url: str
    recordings: Path
    moderators: tuple[str, str]
    moderator_password: str
    clone_steps: int
    say: Callable[[str], None]
    progress: Callable[[str], None] | None = None
    slug: str = ""
    voice_url: str = ""
    times: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.times[title] = time.monotonic() - started
        if self.progress:
            self.progress("")
        self.say(f"{self.times[title]:7.1f} s  {title}")

    def walk(self, text: str, out: Path) -> None:
        """Walk all eight steps.

        Raises:
            JourneyFailed: with what went wrong.
        """
        run = secrets.token_hex(4)
        password = secrets.token_urlsafe(15)
        creator = Person(self.base_url, f"creator-{run}@journey.example", password)
        buyer = Person(self.base_url, f"buyer-{run}@journey.example", password)
        moderator, second = (
            Person(self.base_url, who, self.moderator_password) for who in self.moderators
        )

        with self.step("1  signed up, became a creator, recordings judged"):
            self._become_creator(creator, run)
            files = self._upload(creator)
        with self.step("2a a clone of the recordings was made to read the consent"):
            clone = self._clone(files)
        with self.step(
            "2b the clone that read it was caught; two moderators let the demonstration pass"
        ):
            self._consent(creator, moderator, second, clone)
        with self.step("3  voice learned by a worker, template stored encrypted"):
            report = self._enrol(creator)
        self.say(
            f"           likeness {report['similarity']}, {report['seconds_used']} s of speech"
        )
        with self.step("4  clips made, prices set, approved by a moderator"):
            self._list(creator, moderator)
        with self.step("5  found in the store, licence bought (payment sandbox)"):
            licence_page = self._buy(buyer)
        with self.step("6  key created; the openai client spoke as the voice"):
            secret, key_url = self._make_key(buyer, licence_page)
            first, bytes_ = self._speak(secret, text, out)
        self.say(f"           {bytes_} bytes in {out}, first sound after {first:.2f} s")
        with self.step("7  the sale is in the ledger: 85% to the creator"):
            self._check_ledger(creator)
        with self.step("8  key revoked, listing suspended, consent withdrawn: silent each time"):
            self._silence(creator, buyer, moderator, licence_page, secret, key_url, text)

    def _state(self, creator: Person) -> dict[str, Any]:
        state: dict[str, Any] = creator.get(self.voice_url + "/state").json()
        return state

    def _wait(self, creator: Person, done: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            state = self._state(creator)
            if done(state):
                return state
            enrolment = state["enrolment"]
            if self.progress and enrolment and enrolment["state"] in ("queued", "running"):
                self.progress(f"{enrolment['stage']} {enrolment['progress']:.0%}")
            time.sleep(0.5)
        raise JourneyFailed("This took too long; is every worker running?")

    def _become_creator(self, creator: Person, run: str) -> None:
        creator.sign_up()
        page = "/studio/welcome"
        name = "Alex Morgan"
        creator.post(
            page,
            {"display_name": name, "legal_name": name, "country": "US", "adult": "on"},
            page=page,
        )
        page = "/studio/new"
        answer = creator.post(
            page,
            {
                "name": f"Journey {run}",
                "language": "en-US",
                "gender": "neutral",
                "age": "middle",
                "styles": ["calm"],
                "description": "A voice that took the whole way.",
            },
            page=page,
        )
        self.voice_url = answer.url.path

    def _upload(self, creator: Person) -> list[bytes]:
        paths = recordings_in(self.recordings)
        if not paths:
            raise JourneyFailed(f"{self.recordings} has no recordings.")
        contents = [path.read_bytes() for path in paths]
        creator.post(
            self.voice_url + "/recordings",
            page=self.voice_url,
            files=[
                ("files", (path.name, data)) for path, data in zip(paths, contents, strict=True)
            ],
        )
        state = self._wait(creator, lambda s: not s["pending"])
        refused = [r for r in state["recordings"] if r["state"] == "refused"]
        for recording in refused:
            self.say(f"           {recording['name']} refused: {recording['refusal']}")
        if len(refused) == len(paths):
            raise JourneyFailed("Every recording was refused.")
        good = {r["name"] for r in state["recordings"] if r["state"] == "accepted"}
        return [d for p, d in zip(paths, contents, strict=True) if p.name in good]

    def _clone(self, files: list[bytes]) -> Callable[[str], bytes]:
        """A function that reads a text in the recordings' voice and gives an Ogg file."""
        from synthesis.audio.decoding import decode
        from synthesis.audio.encoding import encode
        from synthesis.engines.kokoro import KokoroEngine
        from synthesis.enrolment.adaptation import AdaptationPlan
        from synthesis.enrolment.speaker import enrol_speaker

        engine = KokoroEngine()
        show = self.progress
        recordings, seconds = [], 0.0
        for data in files:
            recordings.append(decode(data))
            seconds += recordings[-1].seconds
            if seconds > CLONE_SECONDS:
                break
        template = enrol_speaker(
            engine,
            recordings,
            plan=AdaptationPlan(steps=self.clone_steps),
            progress=(lambda stage, share: show(f"{stage} {share:.0%}")) if show else None,
        )

        def read(text: str) -> bytes:
            chunks = engine.synthesize(text, template, speed=0.9)
            return encode(np.concatenate([chunk.samples for chunk in chunks]), "opus")

        return read

    def _consent(
        self, creator: Person, first: Person, second: Person, read: Callable[[str], bytes]
    ) -> None:
        """A clone reads; it must be caught, and passes because two moderators vouch for it."""
        for attempt in (1, 2, 3):
            creator.post(
                self.voice_url + "/consent",
                {"demonstration": "1", "uses": ["audiobook", "game"], "years": "5",
                 "biometric": "1", "replication": "1", "terms": "1"},
                page=self.voice_url,
            )  # fmt: skip
            consent = self._state(creator)["consent"]
            creator.post(
                f"/studio/consents/{consent['id']}/recording",
                page=self.voice_url,
                files={"recording": ("consent.ogg", read(consent["statement"]))},
            )
            consent = self._wait(creator, lambda s: s["consent"]["state"] != "checking")["consent"]
            if consent["state"] == "verified":
                raise JourneyFailed(f"A clone passed as a person: {consent['scores']}")
            if consent["state"] == "review":
                break
            self.say(f"           try {attempt}: {consent['reason']} {consent['scores']}")
        else:
            raise JourneyFailed("The consent was refused three times.")
        scores = consent["scores"]
        self.say(f"           caught: live {scores['live']}, synthetic {scores['synthetic']}")
        for moderator, state in ((first, "second"), (second, "verified")):
            moderator.sign_in()
            moderator.post(
                f"/moderation/consents/{consent['id']}",
                {"decision": "approve", "note": "Demonstration of the whole way, read by a clone."},
                page="/moderation",
            )
            if self._state(creator)["consent"]["state"] != state:
                raise JourneyFailed(f"After {moderator.email} approved, it should be {state}.")

    def _enrol(self, creator: Person) -> dict[str, Any]:
        creator.post(self.voice_url + "/enrol", page=self.voice_url)
        state = self._wait(creator, lambda s: s["enrolment"]["state"] in ("done", "failed"))
        if state["enrolment"]["state"] == "failed":
            raise JourneyFailed(state["enrolment"]["error"])
        self.slug = state["slug"]
        report: dict[str, Any] = state["report"]
        return report

    def _list(self, creator: Person, moderator: Person) -> None:
        creator.post(
            self.voice_url + "/preview",
            {"text": "These are my own words, spoken by my own voice."},
            page=self.voice_url,
        )
        state = self._wait(creator, lambda s: all(p["ready"] for p in s["previews"]))
        for preview in state["previews"]:
            creator.get(f"/previews/{preview['id']}.mp3")
        creator.post(
            self.voice_url + "/offers",
            {
                "headline": "A voice that took the whole way",
                "personal_price": "19.99",
                "personal_characters": "20000",
                "commercial_characters": "500000",
                "term_months": "12",
                "uses": ["audiobook", "game"],
                "submit": "1",
            },
            page=self.voice_url,
        )
        if self._state(creator)["listing"] != "submitted":
            raise JourneyFailed("The listing was not submitted.")
        self._approve(moderator)
        if self._state(creator)["listing"] != "live":
            raise JourneyFailed("The moderator's approval did not put the listing on sale.")

    def _approve(self, moderator: Person) -> None:
        """Approve the listing at the desk, where it is shown with its clips."""
        html = moderator.get("/moderation").text
        cards = re.findall(r"<article.*?</article>", html, re.DOTALL)
        card = next((card for card in cards if self.slug in card and 'name="seen"' in card), "")
        address = re.search(r'action="(/moderation/listings/[\w-]+)"', card)
        seen = re.search(r'name="seen" value="(\w+)"', card)
        if address is None or seen is None:
            raise JourneyFailed("The moderator did not find the listing at the desk.")
        moderator.post(
            address[1], {"decision": "approve", "seen": seen[1], "note": ""}, page="/moderation"
        )

    def _moderate(self, moderator: Person, decision: str) -> None:
        moderator.post(
            "/moderation/listings",
            {"voice": self.slug, "decision": decision, "note": "A step of the journey."},
            page="/moderation",
        )

    def _name_query(self) -> str:
        return self.slug.replace("-", "+")

    def _buy(self, buyer: Person) -> str:
        buyer.sign_up()
        results = buyer.get(f"/voices?q={self._name_query()}&use=audiobook&language=en-US").text
        if f"/voices/{self.slug}" not in results:
            raise JourneyFailed("The voice was not found in the store.")
        page = f"/voices/{self.slug}"
        checkout = buyer.post(page + "/buy", {"tier": "personal"}, page=page)
        if "/c/pay/" not in checkout.url.path:
            raise JourneyFailed(f"Buying led to {checkout.url}, not to the payment sandbox.")
        until = time.monotonic() + 60
        answer = buyer.http.post(str(checkout.url))
        while "/thank-you" not in answer.url.path and time.monotonic() < until:
            time.sleep(0.5)
            answer = buyer.http.get(str(answer.url))
        licence = re.search(r'href="(/licences/[\w-]{36})"', answer.text)
        if "/thank-you" not in answer.url.path or licence is None:
            raise JourneyFailed("The payment did not become a licence.")
        return licence[1]

    def _make_key(self, buyer: Person, licence_page: str) -> tuple[str, str]:
        html = buyer.post(
            licence_page + "/keys", {"name": "Journey", "use": "audiobook"}, page=licence_page
        ).text
        secret = re.search(r'<code id="secret">(tk_\w+)</code>', html)
        revoke = re.search(r'href="(/keys/[\w-]+/revoke)', html)
        if secret is None or revoke is None:
            raise JourneyFailed("No key was shown.")
        if secret[1] in buyer.get(licence_page).text:
            raise JourneyFailed("The key was shown twice.")
        return secret[1], revoke[1]

    def _speak(self, secret: str, text: str, out: Path) -> tuple[float, int]:
        from openai import OpenAI

        suffix = out.suffix.lstrip(".")
        audio_format: Any = suffix if suffix in ("wav", "mp3", "flac", "opus", "aac") else "wav"
        client = OpenAI(base_url=self.base_url + "/v1", api_key=secret, max_retries=0)
        started, first = time.monotonic(), 0.0
        with (
            client.audio.speech.with_streaming_response.create(
                model="timbre-1", voice=self.slug, input=text, response_format=audio_format
            ) as speech,
            out.open("wb") as file,
        ):
            for piece in speech.iter_bytes(4096):
                first = first or time.monotonic() - started
                file.write(piece)
        if audio_format == "wav":
            _correct_wav_lengths(out)
        return first, out.stat().st_size

    def _check_ledger(self, creator: Person) -> None:
        html = creator.get("/studio/earnings").text
        for amount in ("$19.99", "$3.00", "$16.99"):
            if amount not in html:
                raise JourneyFailed(f"The creator's earnings don't show {amount}.")

    def _refusal(self, secret: str, text: str) -> str:
        answer = httpx.post(
            self.base_url + "/v1/audio/speech",
            headers={"Authorization": f"Bearer {secret}"},
            json={"model": "timbre-1", "voice": self.slug, "input": text},
            timeout=60,
        )
        return "spoken" if answer.status_code == 200 else str(answer.json()["code"])

    def _expect(self, secret: str, text: str, code: str) -> None:
        got = self._refusal(secret, text)
        if got != code:
            raise JourneyFailed(f"Expected {code}, got {got}.")

    def _silence(
        self,
        creator: Person,
        buyer: Person,
        moderator: Person,
        licence_page: str,
        secret: str,
        key_url: str,
        text: str,
    ) -> None:
        buyer.post(key_url, page=licence_page)
        self._expect(secret, text, "key_revoked")
        secret, _ = self._make_key(buyer, licence_page)
        self._expect(secret, text, "spoken")
        self._moderate(moderator, "suspend")
        self._expect(secret, text, "listing_suspended")
        self._moderate(moderator, "resume")
        self._expect(secret, text, "spoken")
        creator.post(self.voice_url + "/consent/revoke", page=self.voice_url)
        self._expect(secret, text, "consent_withdrawn")


def _correct_wav_lengths(path: Path) -> None:
    """Replace the open length of a streamed WAV by the length of the file."""
    data = bytearray(path.read_bytes())
    data[4:8] = (len(data) - 8).to_bytes(4, "little")
    data[40:44] = (len(data) - 44).to_bytes(4, "little")
    path.write_bytes(bytes(data))
