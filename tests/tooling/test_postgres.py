"""The throwaway PostgreSQL that the tests run on."""

import psycopg

from tests.support import postgres


def test_emptying_the_tables_starts_identities_anew(cluster: postgres.Cluster) -> None:
    with postgres.fresh_database(cluster, "emptied") as url:
        postgres.execute(
            url,
            "CREATE TABLE clinics (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY)",
            "CREATE TABLE leads (clinic_id integer REFERENCES clinics)",
            "INSERT INTO clinics DEFAULT VALUES",
            "INSERT INTO leads SELECT id FROM clinics",
        )
        postgres.empty_tables(url)
        with psycopg.connect(url) as connection:
            connection.execute("INSERT INTO clinics DEFAULT VALUES")
            assert connection.execute("SELECT id FROM clinics").fetchall() == [(1,)]
            assert connection.execute("SELECT count(*) FROM leads").fetchone() == (0,)


def test_emptying_the_tables_ends_a_connection_that_a_killed_test_left(cluster: postgres.Cluster) -> None:
    with postgres.fresh_database(cluster, "left_open") as url:
        postgres.execute(url, "CREATE TABLE leads (id integer)", "INSERT INTO leads VALUES (1)")
        left_open = psycopg.connect(url)
        left_open.execute("LOCK TABLE leads IN ACCESS EXCLUSIVE MODE")
        postgres.empty_tables(url)
        assert left_open.closed or not _answers(left_open)
        left_open.close()


def _answers(connection: psycopg.Connection) -> bool:
    try:
        connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True
