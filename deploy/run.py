"""`make run`: start everything on one machine, until Ctrl-C stops it in order.

Order: stores, migrations, web, workers and beat, the demo market.
"""

from __future__ import annotations

import os
import signal
import sys
import time

from deploy import memory
from deploy.embedded.process import NotReady, PortTaken
from deploy.failures import explain, missing_module
from deploy.home import Home, HomeUnusable, home_of
from deploy.own_addresses import bypass_proxies, is_own
from deploy.supervisor import Supervisor, say
from marketplace.storefront.demo_accounts import DEMO_DOMAIN

try:
    from deploy.instance import OWN_HOST, BadSetting, Instance, Ports, wants_demo
except ModuleNotFoundError as missing:
    sys.exit(missing_module(missing.name))


def main() -> int:
    bypass_proxies(os.environ)
    try:
        ports = Ports.from_environment()
        warning = memory.judge(memory.limit(), override=os.environ.get(memory.OVERRIDE) == "1")
        home = Home(home_of(os.environ))
        home.open()
        supervisor = Supervisor(home, verbose=os.environ.get("TIMBRE_VERBOSE") == "1")
    except (BadSetting, HomeUnusable, memory.TooLittleMemory, OSError) as error:
        say(str(error))
        return 1
    if warning:
        say(warning)

    def on_signal(number: int, frame: object) -> None:
        supervisor.stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    code = 1
    try:
        code = _run(supervisor, home, ports)
    except (NotReady, PortTaken, RuntimeError, OSError) as error:
        say(explain(str(error), home.path))
    finally:
        supervisor.stop()
        home.forget_running()
        say("Stopped.")
    return code


def _run(supervisor: Supervisor, home: Home, ports: Ports) -> int:
    """Start everything and watch it; returns the exit code."""
    started = time.monotonic()
    instance = Instance(supervisor, home.path, ports)
    secrets = home.secrets()
    instance.configure(secrets)
    say("Starting the stores …")
    instance.start_stores(secrets)
    home.record_running(instance.settings())
    if supervisor.stopping.is_set():
        return 0
    instance.migrate()
    if supervisor.stopping.is_set():
        return 0
    instance.start_site(_cannot_speak)
    instance.start_workers()
    _welcome(instance, time.monotonic() - started)
    return supervisor.watch()


def _cannot_speak(why: str) -> None:
    say(f"\n  The engine can't be loaded, so nothing can be spoken and no voice learned:\n  {why}")
    say("  Stop this, run make install, and start again.\n")


def _welcome(instance: Instance, seconds: float) -> None:
    env, address = instance.env, instance.env["BASE_URL"]
    say(f"\n  Timbre is up after {seconds:.1f} s: {address}\n")
    if wants_demo():
        for who in ("buyer", "creator", "moderator", "second-moderator"):
            say(f"    {who:<16} {who}{DEMO_DOMAIN}   {instance.demo_password}")
    say(f"    moderation {address}/moderation    log {instance.home / 'timbre.log'}")
    if env.get("TIMBRE_LETTERS"):
        say(f"    letters    {address}/letters")
    host = os.environ.get("TIMBRE_HOST") or OWN_HOST
    if not is_own(host):
        _warn_of_the_network(host)
    say("    Speech answers once its engine is loaded: the first request may wait for a minute.")
    say("    Ctrl-C stops everything.\n")


def _warn_of_the_network(host: str) -> None:
    """Say who reaches what, and what keeps them from it."""
    said = [
        f"Open to the network: the site listens on {host}, without encryption, so whoever reaches this",
        "machine sees it and can sign up. E-mails are shown to this machine and to superusers alone.",
    ]
    if wants_demo():
        said.append(
            "Who knows the password above is a moderator, who hears readings and recordings."
        )
    if not os.environ.get("ALLOWED_HOSTS"):
        said.append("Browsers elsewhere are answered once ALLOWED_HOSTS has this machine's names.")
    say("\n".join(["", *(f"    {line}" for line in said), ""]))


if __name__ == "__main__":
    sys.exit(main())
