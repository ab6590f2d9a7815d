"""`manage.py update_catalogs`: bring the translations up to date with the texts of pages."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from marketplace.storefront import catalogs


class Command(BaseCommand):
    help = (
        "Update and compile the catalogs of marketplace/locale, and say how many messages wait for a "
        "translation. Run it when a text is new or changed, translate what it left empty, and run it again."
    )
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        messages = catalogs.marked()
        for locale in catalogs.translated_into():
            path = catalogs.catalog_path(locale)
            catalog = catalogs.updated(catalogs.read_catalog(path, locale), messages)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(catalogs.as_po(catalog))
            path.with_suffix(".mo").write_bytes(catalogs.as_mo(catalog))
            missing = len(catalogs.untranslated(catalog))
            self.stdout.write(
                f"{locale}: {len(catalog)} messages, {missing} without a translation."
            )
