"""What `python -m service up` prints once it serves."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Login:
    """Who signs in to the desk."""

    email: str
    password: str


def banner(base_url: str, *, login: Login | None, clinic: str | None, outbox: bool) -> str:
    """The addresses, the demo login and what to try first.

    `login` is the demo's, None outside the demo. `clinic` is the name in the hosted form's address, None before the
    first-use page made a clinic. `outbox`: mails stay on this machine.
    """
    base = base_url.rstrip("/")
    if clinic is None:
        return _lines(
            "Meridian is ready.", [("first use", f"{base}/desk")], ["Open it to create the owner and the clinic."]
        )
    addresses = [("desk", f"{base}/desk"), ("sign-up form", f"{base}/join/{clinic}")]
    if outbox:
        addresses.append(("mailbox", f"{base}/outbox"))
    addresses.append(("health", f"{base}/healthz"))
    if login is not None:
        addresses.append(("sign in as", f"{login.email}   password: {login.password}"))
    return _lines("Meridian is ready.", addresses, _first_steps(login is not None, outbox))


def _first_steps(demo: bool, outbox: bool) -> list[str]:
    if not (demo and outbox):
        return []
    return [
        "Try first:",
        "  1. Sign up with any address on the sign-up form.",
        "  2. Read the welcome mail in the mailbox, and book a visit with its link.",
        "  3. Sign in to the desk, open Leads: the lead's timeline says why each mail went or did not.",
        '  4. Move the demo\'s time on with the bar on top ("tomorrow 09:00", "a week") and look at the mailbox again.',
    ]


def _lines(title: str, addresses: list[tuple[str, str]], steps: list[str]) -> str:
    width = max(len(label) for label, _ in addresses)
    rows = [f"  {label:<{width}}  {value}" for label, value in addresses]
    return "\n".join(
        ["", title, "", *rows, "", *steps, *([""] if steps else []), "Ctrl-C stops it; ./run starts it again.", ""]
    )
