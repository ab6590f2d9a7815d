"""`manage.py update_catalogs`: bring the translations up to date with the texts of pages."""

from __future__ import annotations

from typing import Any

from babel.messages import Catalog
from django.conf import settings
from django.core.management.base import BaseCommand

from marketplace.storefront import catalogs


class Command(BaseCommand):
    help = (
        "Update and compile the catalogs of marketplace/locale, and say how many messages wait for a "
        "translation. Run it when a text is new or changed, translate what it left empty, and run it again."
    )
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        _write(settings.LANGUAGE_CODE, catalogs.respelt())
        messages = catalogs.marked()
        for locale in catalogs.translated_into():
            read = catalogs.read_catalog(catalogs.catalog_path(locale), locale)
            catalog = catalogs.updated(read, messages)
            _write(locale, catalog)
            missing = len(catalogs.untranslated(catalog))
            self.stdout.write(
                f"{locale}: {len(catalog)} messages, {missing} without a translation."
            )


def _write(locale: str, catalog: Catalog) -> None:
    path = catalogs.catalog_path(locale)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(catalogs.as_po(catalog))
    path.with_suffix(".mo").write_bytes(catalogs.as_mo(catalog))
