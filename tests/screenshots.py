"""`make screenshots`: every page, light, dark and on a phone, in each language, as pictures in a folder.

It starts a site of its own with the demo market, and fills it with what tests make. With `--readme` it also
writes the six small pictures of the README.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from tests.journeys.chromium import launch, missing
from tests.journeys.site import ROOT, Site

LANGUAGES = ("en", "de", "zh-Hans")
LOOKS = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "device_scale_factor": 2},
}  # fmt: skip
README = {  # page and look of each small picture, by its name
    "home": ("home", "light"),
    "voices": ("voices", "light"),
    "voice": ("voice", "dark"),
    "order": ("buy", "light"),
    "thank-you": ("thank-you", "dark"),
    "phone": ("voice", "phone"),
}
SMALL, MOST_BYTES = 640, 60_000  # pixels of width
MADE = 12  # demo voices on sale are enough for a page of them
PATIENCE = 1_800  # seconds for the engine to make them
# Everything that the tests' world has, under names that a visitor might see
FILL = """
import json
from django.conf import settings
from django.test import Client
from marketplace.listings.models import Listing
from marketplace.voices.models import Preview
from tests.journeys.pages import every_page, people
from tests.somebody_elses import make_world
settings.ALLOWED_HOSTS = ["*"]
settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 24 * 60 * 60
world = make_world(name="Clara", styles=["warm", "calm"])
Listing.objects.filter(voice__name="Clara").update(headline="Reads long books as if it had written them")
heard = Preview.objects.exclude(storage_key="").filter(seconds__gt=1.5).order_by("pk").first()
if heard is not None:
    Preview.objects.filter(version__voice__name="Clara").update(
        storage_key=heard.storage_key, waveform=heard.waveform, seconds=heard.seconds, text=heard.text)
cookies = {}
for who, user in people(world).items():
    if user:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        cookies[who] = client.cookies["sessionid"].value
print(json.dumps({"cookies": cookies, "pages": [vars(page) for page in every_page(world, host="localhost")]}))
"""


@contextmanager
def running_site() -> Iterator[Site]:
    """A site of its own, stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="timbre-screenshots-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        site = Site(home, TIMBRE_DEMO_MARKET="1")
        try:
            site.start()
            yield site
        finally:
            site.stop()


def wait_for_voices(site: Site, number: int) -> None:
    """Until so many demo voices are on sale, or the engine takes too long."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        page = httpx.get(f"{site.url}/voices", timeout=60).text
        if page.count('class="card voice') >= number or "data-refresh" not in page:
            return
        time.sleep(5)


def file_name(page: dict[str, str]) -> str:
    """The name of a page as that of a file.

    >>> file_name({"name": "/accounts/login/"}), file_name({"name": "/"}), file_name({"name": "voice"})
    ('accounts-login', 'home', 'voice')
    """
    return re.sub(r"[^a-z0-9]+", "-", page["name"].lower()).strip("-") or "home"


def take(browser: Any, site_url: str, found: dict[str, Any], chosen: argparse.Namespace) -> int:
    """Write a picture of each page in each look and language; returns how many."""
    count = 0
    for language in chosen.languages:
        for look, options in LOOKS.items():
            folder = chosen.folder / language / look
            folder.mkdir(parents=True, exist_ok=True)
            for who in ("visitor", *found["cookies"]):
                context = browser.new_context(
                    base_url=site_url, locale=language, reduced_motion="reduce", **options
                )
                if who in found["cookies"]:
                    cookie = {"name": "sessionid", "value": found["cookies"][who], "url": site_url}
                    context.add_cookies([cookie])
                page = context.new_page()
                for each in (page for page in found["pages"] if page["who"] == who):
                    if chosen.only and file_name(each) not in chosen.only:
                        continue
                    page.goto(each["address"])
                    page.screenshot(path=folder / f"{file_name(each)}.png", full_page=True)
                    count += 1
                context.close()
    return count


def shrink(picture: bytes, *, phone: bool) -> bytes:
    """A picture of a page as a small WebP: its first screen, no more than `MOST_BYTES`."""
    image = Image.open(BytesIO(picture)).convert("RGB")
    height = round(image.width * (844 / 390 if phone else 900 / 1280))
    width = SMALL // 2 if phone else SMALL
    first = image.crop((0, 0, image.width, min(height, image.height)))
    first = first.resize(
        (width, round(width * first.height / first.width)), Image.Resampling.LANCZOS
    )
    for quality in (84, 76, 68, 60, 50, 35, 20, 5):
        out = BytesIO()
        first.save(out, "WEBP", quality=quality, method=6)
        if out.tell() <= MOST_BYTES:
            break
    return out.getvalue()


def write_small(folder: Path, into: Path) -> None:
    """The README's pictures, from those in English."""
    for name, (page, look) in README.items():
        picture = (folder / "en" / look / f"{page}.png").read_bytes()
        (into / f"{name}.webp").write_bytes(shrink(picture, phone=look == "phone"))


def main() -> int:
    parser = argparse.ArgumentParser(prog="make screenshots", description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "screenshots")
    parser.add_argument("--languages", nargs="+", default=LANGUAGES, choices=LANGUAGES)
    parser.add_argument("--only", nargs="+", help="names of pages, such as home or voice")
    parser.add_argument("--voices", type=int, default=MADE, help="demo voices to wait for")
    parser.add_argument("--readme", action="store_true", help="write deploy/pictures/*.webp, too")
    chosen = parser.parse_args()
    if why := missing():
        print(why, file=sys.stderr)
        return 1
    with running_site() as site:
        wait_for_voices(site, chosen.voices)
        found = json.loads(site.run(FILL).strip().splitlines()[-1])
        driver, browser = launch()
        try:
            count = take(browser, site.url, found, chosen)
        finally:
            browser.close()
            driver.stop()
    print(f"{count} pictures in {chosen.folder}")
    if chosen.readme:
        write_small(chosen.folder, ROOT / "deploy" / "pictures")
    return 0


if __name__ == "__main__":
    sys.exit(main())
