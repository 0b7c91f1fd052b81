"""The web application: settings and a kit become Flask, with its guards."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import structlog
from flask import Flask, Response, g, request
from flask_talisman import Talisman
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from service import settings as environment
from service.assembly import build_kit, build_provider, log_to_stderr
from service.domain.fault_place import fault_place
from service.settings import ROOT, Settings
from service.usecases.kit import Kit
from service.web import admin, demo, health, hooks, metrics, outbox, public
from service.web import kit as web_kit
from service.web.limits import limiter
from service.web.public import framing
from service.web.public.errors import nowhere, trouble
from service.web.squeeze import squeeze_files

LONGEST_BODY = 2 * 1024 * 1024
CSP = {
    "default-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
}


class Meridian(Flask):
    def log_exception(
        self, exc_info: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> None:
        """Which fault and where, never its words: they may quote a person."""
        fault = exc_info[1]
        if fault is not None:
            rule = request.url_rule.rule if request.url_rule else "(none)"
            structlog.get_logger().error("request failed", rule=rule, fault=type(fault).__name__, at=fault_place(fault))


def create_app(settings: Settings | None = None, kit: Kit | None = None) -> Flask:
    """The web application. Without arguments: from the environment and .env."""
    settings = settings or environment.load()
    log_to_stderr()
    app = Meridian("meridian", root_path=str(ROOT), template_folder="templates", static_folder="static")
    app.config.update(
        SECRET_KEY=hashlib.blake2b(settings.secret_key.encode(), digest_size=32, person=b"session").digest(),
        MAX_CONTENT_LENGTH=LONGEST_BODY,
        SESSION_COOKIE_NAME="__Host-meridian" if settings.secure else "meridian",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # our pages send no referrer, so none can be asked for
        MERIDIAN_INBOUND_SECRET=settings.inbound_secret,
        MERIDIAN_EVENT_PUBLIC_KEY=settings.sendgrid_event_public_key,
        MERIDIAN_DEMO_PASSWORD=settings.demo_password,
        MERIDIAN_METRICS_TOKEN=settings.metrics_token,
    )
    app.extensions[web_kit.KEY] = kit or build_kit(settings)
    app.jinja_env.globals["static_url"] = _static_url(ROOT / "static")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    csrf = CSRFProtect(app)
    limiter.init_app(app)
    framing.prepare(app)
    talisman = Talisman(
        app,
        force_https=settings.secure,
        strict_transport_security=settings.secure,
        session_cookie_secure=settings.secure,
        content_security_policy=CSP,
        referrer_policy="no-referrer",
        permissions_policy={"camera": "()", "geolocation": "()", "microphone": "()"},
    )
    _log_requests(app)
    squeeze_files(app)
    _register(app, csrf)
    app.register_error_handler(404, nowhere)
    app.register_error_handler(500, trouble)
    app.extensions[demo.PROVIDER] = build_provider(settings, app.extensions[web_kit.KEY])
    # A monitor on this machine asks without TLS.
    for name in ("health.healthz", "metrics.metrics"):
        app.view_functions[name] = talisman(force_https=False)(app.view_functions[name])
    if not settings.database_url.startswith("sqlite"):
        _wake_workers(app, settings.database_url)
    if settings.secure:
        # Behind the clinic's own TLS proxy: one hop says who asked and how.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
    return app


def _register(app: Flask, csrf: CSRFProtect) -> None:
    csrf.exempt(hooks.blueprint)
    for part in (health, metrics, hooks, public, admin, outbox, demo):
        prepare = getattr(part, "prepare", None)
        if prepare is not None:
            prepare(app, csrf)
        app.register_blueprint(part.blueprint)


def _wake_workers(app: Flask, url: str) -> None:
    """Whatever was posted and taken may have made somebody due."""
    from service.jobs.wake import Waker  # noqa: PLC0415 - where workers share a queue

    app.extensions["waker"] = waker = Waker(url)

    @app.after_request
    def _wake(response: Response) -> Response:
        if request.method == "POST" and response.status_code < 400:
            waker.wake()
        return response


def _static_url(folder: Path) -> Callable[[str], str]:
    """Addresses that change with the file, so that it can be kept for ever."""
    known: dict[str, str] = {}

    def static_url(name: str) -> str:
        if name not in known:
            file = folder / name
            digest = hashlib.blake2b(file.read_bytes(), digest_size=6).hexdigest() if file.is_file() else "missing"
            known[name] = f"/static/{name}?v={digest}"
        return known[name]

    return static_url


def _log_requests(app: Flask) -> None:
    log = structlog.get_logger()

    @app.before_request
    def _begin() -> None:
        g.began = time.monotonic()

    @app.after_request
    def _end(response: Response) -> Response:
        if request.endpoint == "static" and request.args.get("v"):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        # The rule, never the path: a path carries a token.
        rule = request.url_rule.rule if request.url_rule else "(none)"
        took = round((time.monotonic() - g.get("began", time.monotonic())) * 1000, 1)
        log.info("request", method=request.method, rule=rule, status=response.status_code, ms=took)
        return response
