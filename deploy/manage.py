"""`python -m deploy.manage COMMAND …`: Django's commands on the instance that `make run` started.

It works from any terminal; set `TIMBRE_HOME` if the instance uses another folder than `.timbre`.
"""

from __future__ import annotations

import os
import sys

from deploy.home import ROOT, Home, home_of
from deploy.own_addresses import bypass_proxies

# commands that need no store, so nothing has to run
ALONE = {"check", "diffsettings", "help", "makemigrations", "verify_evidence", "version"}
ASKS_ONLY = {"--help", "-h", "--version"}


def _environment(arguments: list[str], given: dict[str, str]) -> dict[str, str]:
    """The environment of a command.

    Raises:
        SystemExit: no instance is running.
    """
    home = Home(home_of(given))
    try:
        running = home.running()
    except OSError as error:
        raise SystemExit(
            f"{error.filename} can't be read ({error.strerror}): it belongs to the user who "
            "started Timbre. Run the command as that user."
        ) from error
    if running is not None:
        return given | running
    alone = not arguments or arguments[0] in ALONE or ASKS_ONLY & set(arguments)
    if alone or given.get("DATABASE_URL"):
        return given
    raise SystemExit(
        f"Nothing runs from {home.path}. Start it with make run, in another terminal; if it runs "
        "from another folder, name that with TIMBRE_HOME."
    )


def main() -> None:
    arguments = sys.argv[1:]
    env = _environment(arguments, dict(os.environ))
    bypass_proxies(env)
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    os.execve(sys.executable, command, env)  # noqa: S606  # the caller's own command


if __name__ == "__main__":
    main()
