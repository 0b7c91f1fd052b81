"""The benchmarks run, and say what they measure; their numbers count in a run of their own."""

from bench import idle
from tests.support.postgres import Cluster


def test_the_idle_tick_is_measured_on_both_databases_and_uses_the_partial_index(cluster: Cluster) -> None:
    found = idle.run(20, 2_000, 5, cluster.url())
    for name in ("sqlite", "postgresql"):
        assert any("ix_enrollment_due" in line for line in found[name]["plan"]), found[name]["plan"]
        assert found[name]["small_us"] > 0
    assert list(idle.words(found))[-1]
