"""Users sign in with an e-mail address; organizations own what is bought."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy


class UserManager(BaseUserManager["User"]):
    """Creates users by e-mail."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractUser):
    """A person with an account: creator, buyer, moderator, or several of these."""

    username = None  # type: ignore[assignment]
    email = models.EmailField("e-mail address", unique=True)
    currency = models.CharField(
        max_length=3,
        blank=True,
        help_text="In which prices are shown to them; empty: as to visitors.",
    )
    language = models.CharField(
        max_length=10,
        blank=True,
        help_text="In which pages speak to them; empty: as to visitors.",
    )
    time_zone = models.CharField(
        max_length=40,
        blank=True,
        help_text="In which pages tell them times; empty: UTC, as to visitors.",
    )
    sign_outs = models.PositiveIntegerField(
        default=0,
        editable=False,
        help_text="How often they were signed out everywhere: sessions from before are over.",
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        constraints = (models.UniqueConstraint(Lower("email"), name="one_account_per_email"),)

    def __str__(self) -> str:
        return self.email

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        """What a session must hold to count: it depends on the password and on `sign_outs`."""
        of_password: str = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]
        if not self.sign_outs:
            return of_password
        counted = f"{of_password}:{self.sign_outs}"
        return salted_hmac("accounts.sign_outs", counted, secret, algorithm="sha256").hexdigest()

    @cached_property
    def lacks_second_factor(self) -> bool:
        """Whether staff must set up an authenticator app or a passkey before their rights count."""
        if not (self.is_staff and settings.STAFF_NEED_SECOND_FACTOR):
            return False
        factors = Authenticator.objects.filter(user=self)
        return not factors.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Whether the user has a right; those of staff count only with a second factor."""
        return not self.lacks_second_factor and super().has_perm(perm, obj)

    def has_module_perms(self, app_label: str) -> bool:
        """Whether the user has any right in an app; those of staff count only with a second factor."""
        return not self.lacks_second_factor and super().has_module_perms(app_label)


class BrowserSession(models.Model):
    """What a user knows one of their sessions by; it ends with the session itself."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="browser_sessions")
    browser = models.CharField(max_length=60, help_text="In words, such as: Firefox on Windows.")
    network = models.CharField(max_length=45, help_text="Roughly: the last part is left out.")
    noted_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField()

    class Meta:
        ordering = ("-last_used_at", "-id")


class Organization(models.Model):
    """Who owns licences, keys and credit: a team or a single person."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=80)
    personal_of = models.OneToOneField(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="personal_organization",
        help_text="The one person whose own organization this is; nobody can join it.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A user in an organization, and what they may do there."""

    class Role(models.TextChoices):
        OWNER = "owner", gettext_lazy("Owner")
        ADMIN = "admin", gettext_lazy("Administrator")
        DEVELOPER = "developer", gettext_lazy("Developer")
        FINANCE = "finance", gettext_lazy("Finance")

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="memberships"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role)
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "user"], name="a_user_joins_an_organization_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"


class MembershipChange(models.Model):
    """What became of a user in an organization, and by whom; role: empty when they left."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="membership_changes"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="membership_changes")
    role = models.CharField(max_length=12, choices=Membership.Role, blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ("id",)


class Invitation(models.Model):
    """An offer to join, sent by e-mail; only a hash of its token is stored."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="invitations"
    )
    email = models.EmailField()
    role = models.CharField(max_length=12, choices=Membership.Role)
    token_sha256 = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                "organization",
                Lower("email"),
                condition=models.Q(accepted_at=None),
                name="one_open_invitation_an_address",
            ),
        )
