"""Where schedules are played: a database made once, copied for each; the web's own doors; the far end of the wire."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from flask_wtf.csrf import CSRFProtect

from service.storage.database import Database
from service.web import hooks, public
from service.web.kit import KEY
from service.web.limits import limiter
from tests.support import postgres
from tests.support.cast import Cast, campaign_file, cast, mail_files
from tests.support.clock import Clock
from tests.support.signed_events import PUBLIC_KEY

ROOT = Path(__file__).resolve().parents[3]
TEN = 1_795_536_000
MAILS = ("welcome", "second")
STEPS = """
  - {key: welcome, mail: welcome, at_once: true}
  - {key: second, mail: second, at_once: true, delay: 3d}
"""
MOST_PEOPLE = 6


@dataclass
class World:
    """`copy` makes a database of its own of the template, for as long as it is open."""

    dialect: str
    cast: Cast
    guests: tuple[int, ...]
    app: Flask
    copy: Callable[[], Iterator[str]]
    restart: Callable[[], None]

    @contextmanager
    def fresh(self, kind: str) -> Iterator[tuple[Cast, str, Clock]]:
        """The cast in a database as it was at the beginning; the web's doors lead to it."""
        clock = Clock(TEN)
        with contextmanager(self.copy)() as url:
            db = Database(url)
            play = replace(self.cast, kit=replace(self.cast.kit, db=db, clock=clock, wall=clock, mail=kind))
            self.app.extensions[KEY] = play.kit
            try:
                yield play, url, clock
            finally:
                db.dispose()

    def client(self) -> FlaskClient:
        limiter.reset()  # every reader and every report comes from one address
        return self.app.test_client()


def populate(url: str) -> tuple[Cast, tuple[int, ...]]:
    """The standing cast, a campaign of two mails, and guests who have consented and entered nothing yet."""
    clock = Clock(TEN)
    db = Database(url)
    made = cast(db, clock, mail="sendgrid")
    made.publishes(campaign_file("pair", STEPS, entry="{on: by-hand}", goal="none"), mail_files(*MAILS))
    guests = tuple(made.lead(f"guest{number}") for number in range(MOST_PEOPLE))
    db.dispose()
    return made, guests


def application() -> Flask:
    """The doors that a mail's reader and SendGrid's reports come in by."""
    app = Flask("meridian", root_path=str(ROOT), template_folder="templates", static_folder="static")
    app.config.update(SECRET_KEY="only for tests", MERIDIAN_EVENT_PUBLIC_KEY=PUBLIC_KEY)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["static_url"] = "/static/{}".format
    csrf = CSRFProtect(app)
    limiter.init_app(app)
    csrf.exempt(hooks.blueprint)
    public.prepare(app, csrf)
    app.register_blueprint(public.blueprint)
    app.register_blueprint(hooks.blueprint)
    return app


def sqlite_world(template: Path, folder: Path) -> World:
    """`template` is a migrated file; it is copied and populated once."""
    populated = folder / "populated.db"
    shutil.copy(template, populated)
    made, guests = populate(f"sqlite:///{populated}")
    Path(f"{populated}-wal").unlink(missing_ok=True)

    def copy() -> Iterator[str]:
        place = folder / "schedule.db"
        for old in folder.glob("schedule.db*"):
            old.unlink()
        shutil.copy(populated, place)
        yield f"sqlite:///{place}"

    return World("sqlite", made, guests, application(), copy, lambda: None)


def postgresql_world(cluster: postgres.Cluster, name: str, migrate: Callable[[str], None]) -> Iterator[World]:
    """In a cluster of this world alone: it is restarted under the workers' hands. Commits reach the log, as a restart
    in the middle of one would otherwise lose what was promised."""
    template, place = f"{name}_template", f"{name}_schedule"
    with postgres.fresh_database(cluster, template) as url:
        postgres.execute(url, f'ALTER DATABASE "{template}" SET synchronous_commit = on')
        migrate(url)
        made, guests = populate(url)

        def copy() -> Iterator[str]:
            postgres.execute(
                cluster.url(),
                f'DROP DATABASE IF EXISTS "{place}" WITH (FORCE)',
                f'CREATE DATABASE "{place}" TEMPLATE "{template}" STRATEGY = FILE_COPY',
                f'ALTER DATABASE "{place}" SET synchronous_commit = on',
            )
            yield cluster.url(place)

        yield World("postgresql", made, guests, application(), copy, lambda: restart(cluster))
        postgres.execute(cluster.url(), f'DROP DATABASE IF EXISTS "{place}" WITH (FORCE)')


def restart(cluster: postgres.Cluster) -> None:
    """Killed and started again, with what its log holds."""
    log = str(cluster.data / "server.log")
    cluster._run("pg_ctl", "restart", "-D", str(cluster.data), "-w", "-m", "immediate", "-l", log)
