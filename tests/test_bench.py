"""The benchmarks run, and say what they measure; their numbers count in a run of their own."""

from pathlib import Path

import pytest

from bench import events, idle, lag, pages, send, signup, start
from bench.ours import environment
from bench.table import row
from service.storage.migrate import upgrade
from tests.support.postgres import Cluster

SENT = {
    *("messages_per_second", "cpu_seconds_per_1000", "peak_rss_mb", "limit_ratio", "peer_ratio"),
    *("statements_per_batch", "lost", "repeated"),
}


def test_the_idle_tick_is_measured_on_both_databases_and_uses_the_partial_index(cluster: Cluster) -> None:
    found = idle.run(20, 2_000, 5, cluster.url())
    for name in ("sqlite", "postgresql"):
        assert any("ix_enrollment_due" in line for line in found[name]["plan"]), found[name]["plan"]
        assert found[name]["small_us"] > 0
        assert found[name]["writes"] == 0
    assert list(idle.words(found))[-1]
    assert row("idle", found)


@pytest.mark.parametrize(("provider", "database", "workers"), [("sendgrid", "sqlite", 1), ("smtp", "postgresql", 2)])
def test_what_is_sent_is_compared_mail_by_mail_with_what_the_sink_took(
    provider: str, database: str, workers: int, cluster: Cluster
) -> None:
    where = "sqlite" if database == "sqlite" else cluster.url()
    found = send.run(provider, where, leads=40, workers=workers, rounds=1, latency=0, peer=False)
    assert set(found) >= SENT
    assert (found["lost"], found["repeated"], found["unrecorded"], found["faults"]) == (0, 0, 0, [])
    assert found["database"] == database
    assert found["messages_per_second"] > 0
    assert found["limit"]["rate"] > 0
    assert row("send", found)


def test_of_many_who_are_due_at_one_instant_all_are_handed_over() -> None:
    found = lag.run("sqlite", leads=600, rounds=1)
    assert (found["lost"], found["leads"]) == (0, 600)
    assert row("lag", found)


def test_a_sign_up_that_was_answered_is_in_the_inbox() -> None:
    found = signup.run("sqlite", posts=8, rounds=1, leads=20)
    assert found["lost"] == 0
    assert {"limit_ratio", "p99_ms", "p99_ms_while_sending"} <= set(found)
    assert row("signup", found)


def test_reports_are_measured_and_a_replay_changes_nothing() -> None:
    found = events.run("sqlite", reports=40, rounds=1)
    assert found["changed_by_replay"] == 0
    assert found["limit_ratio"] > 0
    assert row("events", found)


def test_the_managers_pages_are_visited_and_their_statements_timed(cluster: Cluster) -> None:
    found = pages.run(cluster.url(), leads=40, rounds=1)
    assert {"home", "leads", "a lead", "a campaign", "inbox"} <= set(found["pages"])
    assert all(page["statements"] > 0 for page in found["pages"].values())
    assert row("pages", found)


def test_a_worker_loads_nothing_of_the_web(blank_file: str) -> None:
    upgrade(blank_file)
    loaded = start.loaded_by_worker(environment(blank_file, 9))
    assert "service.jobs.embedded" in loaded
    assert not loaded & set(start.WEB)


@pytest.fixture
def blank_file(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'blank.db'}"
