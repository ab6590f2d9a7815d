"""Everything that the marketplace refuses or that fails in it: one family, each with a stable code.

synthesis.refusals.Refusal
├── InputRefused                     what was sent can't be used; a code of its own
│   └── Refused                      a request that the rules don't allow
├── SpeechRefused                    the same in the API, with the HTTP status
├── InvalidTransition                invalid_state: a row can't go from its state to that one
├── CreditShort                      credit_short: too little credit, or a limit is reached
├── StorageUnavailable               storage_unavailable: the object store is unavailable; try again
├── RegisterUnavailable              register_unavailable: the register of VAT numbers is; try again
├── PaymentProviderUnavailable       payment_provider_unavailable: Stripe is unavailable; try again
├── ProviderRefused                  Stripe said no; Stripe's own code
├── PaymentMismatch                  payment_mismatch: what was paid isn't what was ordered
├── BooksDiffer                      books_differ: debits and credits of a journal aren't equal
├── WebhookInvalid                   webhook_invalid: not signed by Stripe, or too old
├── SignatureInvalid                 signature_invalid: not signed by this platform
├── Tampered                         tampered: an object isn't what was written
├── KeyDestroyed                     key_destroyed: what a creator's key encrypted is gone
├── JourneyFailed                    journey_failed: a step of the walk-through was not reached
└── Left                             client_left: a client hung up
"""

from __future__ import annotations

from synthesis.refusals import InputRefused, Refusal


class Refused(InputRefused):
    """A request that the rules don't allow."""


class SpeechRefused(Refusal):
    """A request of the API that the rules don't allow; nothing is recorded as used.

    status: HTTP; code: stable; the message says what to do.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class InvalidTransition(Refusal):
    """The row is in a state that does not allow this move."""

    code = "invalid_state"


class CreditShort(Refusal):
    """Not enough credit, or a spend limit is reached; the message says which."""

    code = "credit_short"


class StorageUnavailable(Refusal):
    """The object store did not answer, or the object is not there."""

    code = "storage_unavailable"


class RegisterUnavailable(Refusal):
    """The register of VAT numbers did not answer, or could not say; try again."""

    code = "register_unavailable"


class PaymentProviderUnavailable(Refusal):
    """Stripe did not answer, or its answer leaves the outcome unknown; try again."""

    code = "payment_provider_unavailable"


class ProviderRefused(Refusal):
    """Stripe understood and said no; trying again won't help. `code` is Stripe's."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class PaymentMismatch(Refusal):
    """What was paid is not what was ordered; a person must look."""

    code = "payment_mismatch"


class BooksDiffer(Refusal):
    """The debits of a journal are not its credits, which the database's guards make impossible."""

    code = "books_differ"


class WebhookInvalid(Refusal):
    """A webhook whose signature is not Stripe's, or too old."""

    code = "webhook_invalid"


class SignatureInvalid(Refusal):
    """Not signed by this platform, or changed since."""

    code = "signature_invalid"


class Tampered(Refusal):
    """An encrypted object is not what was written, or the key is not the one it was written with."""

    code = "tampered"


class KeyDestroyed(Refusal):
    """The creator's key is destroyed: what it encrypted is gone."""

    code = "key_destroyed"


class JourneyFailed(Refusal):
    """A step was not reached."""

    code = "journey_failed"


class Left(Refusal):
    """A client hung up: nothing is left to answer."""

    code = "client_left"
