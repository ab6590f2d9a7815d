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


def _refuse_owners(cursor: Any, role: str, tables: list[str]) -> None:
    """Refuse a role that owns the tables, or that can become who does."""
    cursor.execute(
        "SELECT bool_or(pg_get_userbyid(relowner) = %s::name), bool_or(pg_has_role(%s::name, relowner, 'MEMBER')) "
        "FROM pg_class WHERE relname = ANY(%s)",
        [role, role, tables],
    )
    owns, becomes = cursor.fetchone()
    if owns:
        raise CommandError(
            f"{role} owns the tables, and an owner can do anything with them: name another role."
        )
    if becomes:
        raise CommandError(
            f"{role} is a superuser, or a member of the role that owns the tables, so it can do anything "
            "with them: name another role."
        )


def _refuse_what_is_left(
    cursor: Any, role: str, only_added_to: list[str], only_read: list[str]
) -> None:
    """Refuse a role that got from another, or from everybody, what was taken from it."""
    for tables, forbidden in (
        (only_added_to, "UPDATE, DELETE, TRUNCATE, TRIGGER"),
        (only_read, "INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER"),
    ):
        cursor.execute(
            "SELECT name FROM unnest(%s::text[]) AS name WHERE has_table_privilege(%s::name, name, %s)",
            [tables, role, forbidden],
        )
        if left := [name for (name,) in cursor.fetchall()]:
            raise CommandError(
                f"{role} may still change {', '.join(left)}: another role that it is a member of may, or "
                "everybody. Take that away first."
            )


def _makes_tables(cursor: Any, role: str) -> bool:
    cursor.execute(
        "SELECT has_database_privilege(%s::name, current_database(), 'TEMPORARY') "
        "OR has_schema_privilege(%s::name, 'public', 'CREATE')",
        [role, role],
    )
    return bool(cursor.fetchone()[0])


class Command(BaseCommand):
    help = (
        "Run it as the owner of the tables, after each migrate: web server and workers then connect "
        "as ROLE, which can change or remove neither audit trail nor ledger, nor their guards."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role", help="An existing role of the database, not the owner.")

    def handle(self, *args: Any, **options: Any) -> None:
        name, role = options["role"], sql.Identifier(options["role"])
        only_added_to, only_read = _tables("only_added_to"), _tables("only_read")
        grants = [
            "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC, {role}",
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC, {role}",
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
                _refuse_owners(cursor, name, only_added_to + only_read)
                cursor.execute("SELECT current_database()")
                database = sql.Identifier(cursor.fetchone()[0])
                for grant in grants:
                    statement = sql.SQL(grant).format(role=role, database=database)
                    cursor.execute(statement.as_string(cursor.connection))
                _refuse_what_is_left(cursor, name, only_added_to, only_read)
                makes_tables = _makes_tables(cursor, name)
        except DatabaseError as error:
            raise CommandError(str(error).strip()) from error
        if makes_tables:
            self.stderr.write(
                f"{name} may still make tables or temporary ones: have the owner of the database revoke "
                "CREATE on the schema public and TEMPORARY on the database."
            )
        self.stdout.write(
            f"{name} may add to audit trail and ledger, and neither change nor remove."
        )
