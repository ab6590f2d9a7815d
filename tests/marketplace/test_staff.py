"""Staff sign in where everybody does, and their rights count only with a second factor."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from marketplace.accounts.services import appoint_finance
from tests import factories

pytestmark = pytest.mark.django_db


def test_the_admin_has_no_sign_in_of_its_own(client: Client) -> None:
    moderator = factories.make_moderator()
    moderator.set_password("a long enough passphrase")
    moderator.save()
    form = {"username": moderator.email, "password": "a long enough passphrase"}
    answer = client.post("/admin/login/?next=/admin/", form)
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/")
    assert "_auth_user_id" not in client.session


def test_rights_of_staff_count_only_with_a_second_factor(client: Client, settings: Any) -> None:
    settings.STAFF_NEED_SECOND_FACTOR = True
    moderator = factories.make_moderator()
    client.force_login(moderator)
    refused = client.get("/moderation")
    assert (refused.status_code, b"second factor" in refused.content) == (403, True)
    assert client.get("/admin/listings/listing/").status_code == 403
    Authenticator.objects.create(user=moderator, type=Authenticator.Type.RECOVERY_CODES, data={})
    assert client.get("/moderation").status_code == 403
    Authenticator.objects.create(user=moderator, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert client.get("/moderation").status_code == 200


def test_the_finance_desk_opens_only_with_a_second_factor(client: Client, settings: Any) -> None:
    settings.STAFF_NEED_SECOND_FACTOR = True
    finance = appoint_finance(user=factories.make_user())
    client.force_login(finance)
    assert client.get("/finance").status_code == 403
    Authenticator.objects.create(user=finance, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert client.get("/finance").status_code == 200


def test_a_superuser_needs_one_too(settings: Any) -> None:
    settings.STAFF_NEED_SECOND_FACTOR = True
    superuser = factories.make_user()
    superuser.is_staff = superuser.is_superuser = True
    assert not superuser.has_perm("listings.moderate_listing")
    assert not superuser.has_module_perms("listings")


def test_others_keep_their_rights_without_one(settings: Any) -> None:
    settings.STAFF_NEED_SECOND_FACTOR = True
    assert not factories.make_user().lacks_second_factor


NO_CREDENTIALS = ["0", "false", "[]", '""', "{}", "1", '{"id": "x"}', '{"response": 1}',
    '{"id": "eA", "rawId": "eA", "type": "public-key", "response": {}}',
    '{"id": "eA", "rawId": "eA", "type": "public-key", "response": {"clientDataJSON": "e30", '
    '"authenticatorData": "eA", "signature": "eA", "attestationObject": "eA", "userHandle": "eA"}}',
]  # fmt: skip


@pytest.mark.parametrize("credential", NO_CREDENTIALS)
def test_a_passkey_that_no_device_made_is_none(client: Client, credential: str) -> None:
    form = {"credential": credential, "name": "Key"}
    asked = client.get("/accounts/2fa/webauthn/login/", HTTP_X_REQUESTED_WITH="XMLHttpRequest")
    assert "request_options" in asked.json()
    assert client.post("/accounts/2fa/webauthn/login/", form).status_code == 302
    assert "_auth_user_id" not in client.session
    client.force_login(factories.make_moderator())
    page = "/accounts/2fa/webauthn/add/"
    assert client.get(page).status_code == 200
    assert client.post(page, form).status_code == 200
    assert not Authenticator.objects.exists()
