"""Why something is retained although its person is erased."""

from __future__ import annotations

from enum import Enum

from django.utils.translation import gettext_noop


class Why(Enum):
    """The legal ground for retaining something; the text is shown to the person, in their language."""

    CONTRACT = (
        "contract",
        gettext_noop(
            "Licences that others bought keep running: that they were allowed, and by whom, must remain "
            "provable while claims can be made (GDPR art. 17(3)(e)). Sealed, three years."
        ),
        3,
    )
    ACCOUNTS = (
        "accounts",
        gettext_noop(
            "Sales, payouts and invoices are kept for tax and commercial law (GDPR art. 17(3)(b)). "
            "Names in them are sealed, ten years."
        ),
        10,
    )

    @property
    def code(self) -> str:
        return str(self.value[0])

    @property
    def text(self) -> str:
        return str(self.value[1])

    @property
    def years(self) -> int:
        return int(self.value[2])
