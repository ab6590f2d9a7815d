"""The sandbox's hosted pages."""

from __future__ import annotations

import html

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<link rel="icon" href="data:,">
<style>body{{font:16px/1.5 system-ui,sans-serif;background:#f4f5f2;color:#1d211c;display:grid;
place-items:center;min-height:100vh;margin:0}}main{{background:#fff;padding:2.5rem;border-radius:14px;
box-shadow:0 10px 40px #0002;max-width:26rem;width:calc(100% - 2rem);box-sizing:border-box}}
.note{{background:#fff3cd;padding:.6rem .9rem;border-radius:8px;font-size:.9rem}}
h1{{font-size:1.2rem;margin:1.2rem 0 .2rem}}p.price{{font-size:2rem;margin:.2rem 0 1.5rem}}
button{{font:inherit;font-weight:600;width:100%;padding:.8rem;border:0;border-radius:9px;
background:#1f6f54;color:#fff;cursor:pointer}}button:focus-visible{{outline:3px solid #9bd8c1}}
a{{display:block;text-align:center;margin-top:1rem;color:#44504a}}</style>
<main><p class="note"><strong>Payment sandbox.</strong> {note}</p>
<h1>{name}</h1><p class="price">{price}</p>{message}
<form method="post"><button>{action}</button></form><a href="{back}">{back_label}</a></main></html>"""


def _page(message: str = "", **parts: str) -> str:
    return PAGE.format(message=message, **parts)


DIGITS = dict.fromkeys("jpy krw vnd clp isk".split(), 0) | dict.fromkeys("bhd kwd tnd".split(), 3)


def price(minor: int, currency: str) -> str:
    """An amount of minor units as people write it; a currency has none, two or three digits of them."""
    digits = DIGITS.get(currency, 2)
    return f"{minor / 10**digits:,.{digits}f} {currency.upper()}"


def checkout(name: str, price: str, cancel: str, message: str = "") -> str:
    """Where a buyer pays; message: what the shop says above the button."""
    return _page(
        title="Sandbox checkout",
        note="No money moves and no card is needed.",
        name=html.escape(name),
        message=f"<p>{html.escape(message)}</p>" if message else "",
        price=price,
        action=f"Pay {price}",
        back=html.escape(cancel),
        back_label="Cancel",
    )


def card(name: str, cancel: str) -> str:
    """Where a buyer saves a card without paying."""
    return _page(
        title="Sandbox card",
        note="No money moves and no card is needed.",
        name=html.escape(name),
        price="",
        action="Save the card",
        back=html.escape(cancel),
        back_label="Cancel",
    )


def onboarding(name: str, back: str) -> str:
    """Where a creator sets up payouts."""
    return _page(
        title="Sandbox onboarding",
        note="No bank account is needed.",
        name=f"Payouts for {html.escape(name)}",
        price="",
        action="Set up payouts",
        back=html.escape(back),
        back_label="Not now",
    )


def portal(name: str, back: str) -> str:
    """Where a subscriber cancels a plan."""
    return _page(
        title="Sandbox billing",
        note="No money moves.",
        name=html.escape(name),
        price="",
        action="Cancel at the end of the period",
        back=html.escape(back),
        back_label="Go back",
    )


def invoice(due: str, *, is_open: bool) -> str:
    """Where a subscriber pays an invoice that their bank wants confirmed."""
    return _page(
        title="Sandbox invoice",
        note="No money moves and no card is needed.",
        name="Your bank wants you to confirm this payment" if is_open else "Nothing is left to pay",
        price=due if is_open else "",
        action=f"Confirm and pay {due}" if is_open else "Close",
        back="#",
        back_label="",
    )
