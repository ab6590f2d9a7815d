"""`manage.py restrict_role ROLE`: let the application's role add to audit trail and ledger, and no more."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection, transaction
from psycopg import sql


def _tables(rule: str) -> list[str]:
    """The tables for which the apps' configurations have a rule."""
    return [
        config.get_model(name)._meta.db_table
        for config in apps.get_app_configs()
        for name in getattr(config, rule, ())
    ]


class Command(BaseCommand):
    help = (
        "Run it as the owner of the tables, after each migrate: web server and workers then connect "
        "as ROLE, which can change or remove neither audit trail nor ledger, nor their guards."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role", help="An existing role of the database, not the owner.")

    def handle(self, *args: Any, **options: Any) -> None:
        role = sql.Identifier(options["role"])
        only_added_to, only_read = _tables("only_added_to"), _tables("only_read")
        grants = [
            "GRANT USAGE ON SCHEMA public TO {role}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
            *(
                f"REVOKE UPDATE, DELETE, TRUNCATE, TRIGGER ON {table} FROM {{role}}"
                for table in only_added_to
            ),
            *(
                f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER ON {table} FROM {{role}}"
                for table in only_read
            ),
        ]
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner "
                    "WHERE c.relname = ANY(%s) AND r.rolname = %s",
                    [only_added_to + only_read, options["role"]],
                )
                if cursor.fetchone()[0]:
                    raise CommandError(
                        f"{options['role']} owns the tables, and an owner can do anything with them: "
                        "name another role."
                    )
                for grant in grants:
                    cursor.execute(sql.SQL(grant).format(role=role).as_string(cursor.connection))
        except DatabaseError as error:
            raise CommandError(str(error).strip()) from error
        self.stdout.write(
            f"{options['role']} may add to audit trail and ledger, and neither change nor remove."
        )
