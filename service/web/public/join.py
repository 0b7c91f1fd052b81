"""/join/CLINIC: the clinic's own sign-up form. It needs no script, no cookie and no sign-in; a signed token stands in
each page instead. What was typed is never lost: it comes back with what to mend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from limits import parse

from service.domain.language import FIRST
from service.domain.signup import page_of, utm_of
from service.domain.wording import mask
from service.sources.hosted_form import REASONS, TRAP, Page, faults, is_embedded, page_token, read_page
from service.storage.clinics import ClinicRow
from service.storage.sources import SourceRow
from service.usecases.ask_again import ask_again
from service.usecases.consent_words import spanish_consent
from service.usecases.form_page import form_of, sent, sites_of
from service.usecases.take_post import Came, take_form
from service.web.kit import kit
from service.web.limits import limiter
from service.web.public.framing import may_frame
from service.web.public.language import language, noted, say, speaks_only

LONGEST = 64 * 1024
RATES = (parse("6/minute"), parse("60/hour"))
FIELDS = ("first_name", "email", "phone", "under_18", "reason", "message", "consent", "t", "lang")
BOT = "A field that people do not see was filled in: a script, most likely."
FROM_OUTSIDE = noted("Please look over what you wrote, then press the button once more.")
LATER = noted(
    "Many forms came from your connection just now. Yours is kept here: wait a minute, then press the button."
)
ONCE_MORE = {
    Page.HASTY: noted("That was very quick. Please look it over, then press the button once more."),
    Page.OLD: noted(
        "This page had been open for long. All you wrote is still here: please press the button once more."
    ),
}


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/join/<slug>", view_func=show, endpoint="join")
    blueprint.add_url_rule("/join/<slug>", view_func=send, endpoint="join_send", methods=["POST"])
    blueprint.add_url_rule("/join/<slug>/sent/<token>", view_func=show_sent, endpoint="join_sent")
    blueprint.add_url_rule("/join/<slug>/sent/<token>", view_func=again, endpoint="join_again", methods=["POST"])


def show(slug: str) -> ResponseReturnValue:
    clinic, source = _form(slug)
    asked = {"page": request.args.get("page", ""), **_utm(request.args)}
    return _page(clinic, source, asked, {}, token=page_token(kit().secret, slug, kit().clock()))


def send(slug: str) -> ResponseReturnValue:
    clinic, source = _form(slug)
    if (request.content_length or 0) > LONGEST:
        abort(413)
    typed = {name: request.form.get(name, "") for name in FIELDS}
    typed |= {"page": request.form.get("page", ""), **_utm(request.form)}
    now = kit().clock()
    if not _in_time():
        return _page(clinic, source, typed, {}, token=typed["t"], note=say(LATER)), 429
    if request.form.get(TRAP):
        return _taken(slug, source, typed, refused=BOT)
    wrong = faults(typed, source.consent_version, say)
    outside = is_embedded(kit().secret, slug, typed["t"])
    if outside and not wrong and request.headers.get("Origin") in sites_of(clinic, source):
        return _taken(slug, source, typed | {"page": typed["page"] or f"{request.headers['Origin']}/"})
    opened = read_page(kit().secret, slug, typed["t"], now)
    if wrong or opened is not Page.FRESH:
        token = page_token(kit().secret, slug, now) if opened is Page.OLD else typed["t"]
        note = None if wrong else say(FROM_OUTSIDE if outside else ONCE_MORE[opened])
        return _page(clinic, source, typed, wrong, token=token, note=note), 422
    return _taken(slug, source, typed)


def show_sent(slug: str, token: str) -> ResponseReturnValue:
    """Says the same to everyone who typed this, whatever we know of the address: it tells nobody who is a patient."""
    clinic, source = _form(slug)
    post = sent(kit(), source, token)
    if post is None:
        return redirect(url_for("public.join", slug=slug), 303)
    return render_template(
        "public/check_mail.html",
        clinic=clinic,
        slug=slug,
        token=token,
        address=mask(post.signup.address.email) if post.signup.address else "",
        ticked=post.signup.consent and not post.minor,
        minor=post.minor,
        confirms=source.double_opt_in,
        again="again" in request.args,
    )


def again(slug: str, token: str) -> ResponseReturnValue:
    _clinic, source = _form(slug)
    post = sent(kit(), source, token)
    if post is None:
        return redirect(url_for("public.join", slug=slug), 303)
    if _in_time():
        ask_again(kit(), post.post_id)
    return redirect(url_for("public.join_sent", slug=slug, token=token, again=1), 303)


def _form(slug: str) -> tuple[ClinicRow, SourceRow]:
    """The clinic and its form, whose consent is worded in the page's language."""
    found = form_of(kit(), slug)
    if found is None:
        abort(404)
    clinic, source = found
    may_frame(sites_of(clinic, source))
    if language() == FIRST:
        return found
    spoken = spanish_consent(source)
    if spoken is None:  # nobody is asked to agree to what stands in another language than the page
        speaks_only(FIRST)
        return found
    return clinic, replace(source, consent_wording=spoken[0], consent_version=spoken[1])


def _in_time() -> bool:
    """Counts this request against its address."""
    return not limiter.enabled or all(limiter.limiter.hit(rate, "join", request.remote_addr or "") for rate in RATES)


def _taken(slug: str, source: SourceRow, typed: Mapping[str, str], refused: str | None = None) -> ResponseReturnValue:
    """A script that fell into the trap sees what a person sees."""
    raw = urlencode([(name, value) for name, value in typed.items() if value]).encode()
    came = Came(
        ip=request.remote_addr,
        user_agent=request.headers.get("User-Agent"),
        page=page_of(f"{kit().base_url}/join/{slug}"),
        referrer=page_of(request.referrer),
    )
    headers = {"content-type": "application/x-www-form-urlencoded"}
    post_id = take_form(kit(), source, raw, headers, came, refused=refused)
    return redirect(url_for("public.join_sent", slug=slug, token=kit().links.mint("post", post_id)), 303)


def _utm(values: Mapping[str, str]) -> dict[str, str]:
    return {f"utm_{name}": value for name, value in utm_of(values).items()}


def _page(
    clinic: ClinicRow,
    source: SourceRow,
    typed: Mapping[str, str],
    wrong: Mapping[str, str],
    *,
    token: str,
    note: str | None = None,
) -> str:
    headline, _, detail = source.consent_wording.partition("\n")
    return render_template(
        "public/join.html",
        clinic=clinic,
        slug=clinic.slug,
        typed=typed,
        wrong=wrong,
        note=note,
        token=token,
        trap=TRAP,
        reasons={key: say(words) for key, (words, _interest) in REASONS.items()},
        consent={"version": source.consent_version, "headline": headline, "detail": detail},
        carried={name: value for name, value in typed.items() if name == "page" or name.startswith("utm_")},
    )
