"""Letters about exclusive licences: that somebody asks for one, and what the creator answers."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy, ngettext

from marketplace.accounts.models import User
from marketplace.letters import services as letters
from marketplace.licensing.models import Quote

LETTERS = {
    "asked": (
        gettext_lazy("Somebody wants %(voice)s to themselves"),
        gettext_lazy(
            "They ask what an exclusive licence of %(voice)s would cost. The page below says what they need it "
            "for; name a price there, or decline."
        ),
    ),
    "offered": (
        gettext_lazy("An offer for an exclusive licence of %(voice)s"),
        gettext_lazy(
            "%(creator)s offers it for %(price)s plus any tax: %(characters)s characters within %(term)s. Read "
            "its terms on the page below, and pay there if you want it. Nothing is charged before, and until "
            "then the offer can be taken back."
        ),
    ),
    "declined": (
        gettext_lazy("No exclusive licence of %(voice)s"),
        gettext_lazy(
            "Its creator declined your request, or took the offer back. Nothing was charged. The licences on the "
            "voice's page are not affected."
        ),
    ),
}


def tell_creator(quote: Quote) -> None:
    """Tell a creator that somebody asks for an exclusive licence, in the transaction of the request."""
    _tell(quote.listing.voice.creator.user, quote, "asked")


def tell_buyer(quote: Quote, letter: str) -> None:
    """Send a letter of `LETTERS` to whoever asked, in the transaction of the answer."""
    _tell(quote.buyer, quote, letter)


def _tell(user: User, quote: Quote, letter: str) -> None:
    if not user.is_active:
        return
    voice, months = quote.listing.voice, quote.term_months

    def words() -> tuple[str, str]:
        said = {
            "voice": voice.name,
            "creator": voice.creator.display_name,
            "price": quote.price,
            "characters": number_format(quote.characters or 0, force_grouping=True),
            "term": ngettext("%(n)s month", "%(n)s months", months) % {"n": months},
        }
        subject, body = (str(part) % said for part in LETTERS[letter])
        return subject, f"{body}\n\n{settings.BASE_URL}{reverse('storefront:quotes')}\n"

    letters.write(to=[user.email], words=words)
