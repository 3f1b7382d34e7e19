"""Brings MLflow's tables to the version of this image: makes them in an empty database, migrates older ones.

All replicas run this at their start; a lock in the database lets one work at a time. The connection is described by libpq's
variables (PGHOST, PGUSER, ...).
"""

import os
import subprocess
import sys

import psycopg2
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

BACKEND = "postgresql://"
LOCK = 5000  # Any number that nobody else locks in this database.


def main():
    with psycopg2.connect("") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        cursor.execute("SELECT to_regclass('alembic_version')")
        if cursor.fetchone()[0] is None:
            # The default experiment keeps the artifact root that it was made with.
            SqlAlchemyStore(BACKEND, os.environ["MLFLOW_DEFAULT_ARTIFACT_ROOT"])
        else:
            subprocess.run([sys.executable, "-m", "mlflow", "db", "upgrade", BACKEND], check=True)


main()
