"""Every job on the table may run twice, on an empty database and on a full one."""

import pytest

from service.jobs.table import JOBS, Job
from service.storage.database import Database
from service.storage.tables import metadata
from tests.support.cast import Cast, make_kit, outbox_provider
from tests.support.clock import Clock


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_on_an_empty_database_a_job_does_nothing_twice(db: Database, clock: Clock, job: Job) -> None:
    kit = make_kit(db, clock)
    for _ in range(2):
        job.run(kit, outbox_provider(db))
    with db.read() as conn:
        assert [table.name for table in metadata.sorted_tables if conn.execute(table.select()).first()] == []


def test_on_a_full_database_the_second_round_changes_nothing(play: Cast, clock: Clock) -> None:
    for lead in (play.alice, play.bob, play.charlie):
        play.signs_up(lead)
    for job in JOBS:
        job.run(play.kit, play.provider)
    before = {table: play.rows(table) for table in metadata.tables}
    for job in JOBS:
        job.run(play.kit, play.provider)
    assert {table: play.rows(table) for table in metadata.tables} == before
    assert play.sent("alice@example.org") == ["A word: welcome"]
