"""What ends with a former password, whoever set the new one: a page, or `manage.py changepassword`."""

from __future__ import annotations

from django.contrib.auth.password_validation import MinimumLengthValidator

from marketplace.accounts.models import User
from marketplace.licensing import api_keys


class NewPassword(MinimumLengthValidator):
    """Long enough; with a new one, the keys that copy or erase the account end, as sessions do.

    Django calls this of the validators alone wherever a password is saved (`AbstractBaseUser.save`).
    """

    def password_changed(self, password: str, user: User) -> None:
        """A new password was saved; one that was only hashed anew doesn't count."""
        api_keys.end_account_keys(owner=user, reason="password")
