#!/usr/bin/env python
"""Django's command line; see `python manage.py help`."""

import os
import sys

NEEDS_NO_STORE = {"check", "help", "--help", "makemigrations", "verify_evidence", "version"}


def main() -> None:
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    if set(sys.argv[1:2]) <= NEEDS_NO_STORE:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings.development")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"The settings are refused: {error}")


if __name__ == "__main__":
    main()
