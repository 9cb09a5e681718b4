"""Databases of a test's own: copies of one that every migration has been applied to."""

import psycopg


def copy(admin: psycopg.Connection, template: str, name: str) -> None:
    """Make a database; its files are copied as they are, which is a fifth of the work."""
    admin.execute(f"create database {name} template {template} strategy file_copy")


def drop(server: str, database: str) -> None:
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database if exists {database} with (force)")
