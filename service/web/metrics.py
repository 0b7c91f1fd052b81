"""GET /metrics: the installation's figures for Prometheus, for this machine or whoever holds the token."""

from __future__ import annotations

from collections.abc import Iterator
from hmac import compare_digest
from ipaddress import ip_address

from flask import Blueprint, Flask, Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.registry import Collector

from service.usecases.measure import Measures, measure
from service.web.kit import kit

blueprint = Blueprint("metrics", __name__)
_SETTING = "MERIDIAN_METRICS_TOKEN"
_REQUESTS = "meridian_requests"


def prepare(app: Flask, _csrf: CSRFProtect) -> None:
    """Counts the answers of this process by their kind."""
    disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = app.extensions["metrics"] = CollectorRegistry()
    registry.register(_Installation())
    answers = Counter(_REQUESTS, "Answers of this web process by kind", ["kind"], registry=registry)
    for kind in ("2xx", "3xx", "4xx", "5xx"):
        answers.labels(kind)

    @app.after_request
    def _count(response: Response) -> Response:
        answers.labels(f"{response.status_code // 100}xx").inc()
        return response


@blueprint.get("/metrics")
def metrics() -> ResponseReturnValue:
    if not _may_ask():
        abort(404)
    registry: CollectorRegistry = current_app.extensions["metrics"]
    return generate_latest(registry), {"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"}


def _may_ask() -> bool:
    token: str = current_app.config[_SETTING]
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and compare_digest(given.encode(), token.encode()):
        return True
    # Whoever comes through the proxy comes from this machine as well.
    return "X-Forwarded-For" not in request.headers and "Forwarded" not in request.headers and _is_here()


def _is_here() -> bool:
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


class _Installation(Collector):
    """Looked up when it is asked for; the database that does not answer is a figure too."""

    def describe(self) -> list[Gauge]:
        return []

    def collect(self) -> Iterator[Gauge]:
        found = measure(kit())
        yield Gauge("meridian_database_up", "Whether the database answers", value=int(found is not None))
        if found is not None:
            yield from _figures(found)


def _figures(found: Measures) -> Iterator[Gauge]:
    plain = (
        ("meridian_oldest_due_age_seconds", "Since somebody has been due whose clinic sends", found.oldest_due),
        ("meridian_messages_in_doubt", "Mails of which nobody knows whether they went", found.in_doubt),
        ("meridian_leases_dead", "Mails whose worker stopped with them in hand", found.dead_leases),
        ("meridian_inbox_waiting", "Sign-ups that are kept and not read", found.posts_waiting),
        ("meridian_events_waiting", "Reports of the provider that are kept and not applied", found.events_waiting),
        ("meridian_provider_left_alone", "1 while the circuit breaker is open", int(found.left_alone)),
        ("meridian_clinics_held", "Clinics whose mail or series are held back", found.held),
    )
    for name, words, value in plain:
        yield Gauge(name, words, value=value)
    if found.queue_lag is not None:
        yield Gauge("meridian_queue_lag_seconds", "For how long the oldest job has waited", value=found.queue_lag)
    beats = Gauge("meridian_worker_beat_age_seconds", "Since a worker's last sign of life", labels=["worker"])
    for row in found.workers:
        beats.add_metric([row.name], max(0, found.wall - row.beat_at))
    yield beats
