"""Whether a sender's domain is set up as mailbox providers ask for it: what the name servers' answers mean."""

from __future__ import annotations

from service.domain.sender import FREE, Answers, Check, Sender, organisation, selectors

LOOKED_UP = ("include:", "a:", "mx:", "exists:", "redirect=")
MOST_INCLUDES = 10


def judge(sender: Sender, answers: Answers) -> list[Check]:
    """In the order in which one mends them."""
    identity = _identity(sender)
    if not sender.domain or sender.domain in FREE:
        return identity
    found = [_spf(sender, answers), *_dkim(sender, answers), _dmarc(sender, answers), _mx(sender, answers)]
    return [*identity, *found, _ptr(sender, answers)]


def _identity(sender: Sender) -> list[Check]:
    domain = sender.domain
    if not domain:
        yours = Check("sender", "mend", "No sender address is set", "Set it under Settings, Clinic.")
    elif domain in FREE:
        mend = f"Mail from {domain} that {domain} did not send is refused. Send from a domain of the clinic’s own."
        yours = Check("sender", "mend", f"The sender’s address is at {domain}", mend)
    else:
        yours = Check("sender", "well", f"Mail is from {sender.from_name or 'nobody named'} at {domain}")
    if sender.address.strip():
        post = Check("address", "well", "The postal address stands in every mail")
    else:
        post = Check("address", "mend", "No postal address is set", "The law asks for one: Settings, Clinic.")
    return [yours, post, *_links(sender)]


def _links(sender: Sender) -> list[Check]:
    scheme, _, rest = sender.base_url.partition("://")
    host = rest.partition("/")[0].partition(":")[0].lower()
    if scheme != "https":
        mend = "Set MERIDIAN_BASE_URL to an https address: one-click unsubscribing needs it."
        return [
            Check("links", "mend", "Links in mails do not begin with https", mend),
            Check("unsubscribe", "mend", "List-Unsubscribe stands in every mail, without one click", mend),
        ]
    one_click = Check("unsubscribe", "well", "Every mail of a series has a link and one click to unsubscribe")
    if organisation(host) == organisation(sender.domain):
        return [Check("links", "well", f"Links lead to {host}, of the sender’s own domain"), one_click]
    mend = f"Let a name below {organisation(sender.domain)} lead here, and set MERIDIAN_BASE_URL to it."
    return [Check("links", "note", f"Links lead to {host}, which is not the sender’s domain", mend), one_click]


def _spf(sender: Sender, answers: Answers) -> Check:
    domain = sender.domain
    txt = answers.get(("TXT", domain))
    if txt is None:
        return _unseen("spf", f"SPF of {domain}")
    include = "include:sendgrid.net" if sender.provider == "sendgrid" else "include:NAME-YOUR-RELAY-GIVES"
    found = [each for each in txt if each.lower().split(" ")[0] == "v=spf1"]
    if not found:
        mend = "Say who may send for the domain. Your provider’s help names what to include."
        return Check("spf", "mend", f"{domain} has no SPF record", mend, f'{domain}. TXT "v=spf1 {include} ~all"')
    if len(found) > 1:
        return Check("spf", "mend", f"{domain} has {len(found)} SPF records, so none counts", "Make one of them.")
    terms = found[0].lower().split()
    if "+all" in terms or "all" in terms:
        mend = "Anybody may send for the domain. End the record with ~all."
        return Check("spf", "mend", "SPF lets everybody pass", mend)
    bare = [term.lstrip("+-~?") for term in terms]
    if sum(term.startswith(LOOKED_UP) or term in ("a", "mx") for term in bare) > MOST_INCLUDES:
        return Check("spf", "mend", "SPF asks for more than ten look-ups, so it fails", "Take out who sends no more.")
    return Check("spf", "well", f"SPF of {domain} is set", "", found[0])


def _dkim(sender: Sender, answers: Answers) -> list[Check]:
    domain, checks = sender.domain, []
    if sender.provider == "outbox":
        return [Check("dkim", "note", "Nothing is signed (DKIM) while mail stays in the outbox")]
    if not selectors(sender):
        mend = "Open a mail that arrived: its headers must say dkim=pass with the sender’s domain."
        told = "The relay signs, under a name that it alone knows: DKIM could not be seen"
        return [Check("dkim", "unseen", told, mend)]
    for selector in selectors(sender):
        name = f"{selector}._domainkey.{domain}"
        txt = answers.get(("TXT", name))
        if txt is None:
            checks.append(_unseen("dkim", f"DKIM at {name}"))
        elif any(_tag(each, "p") for each in txt):
            checks.append(Check("dkim", "well", f"DKIM key {selector} is published"))
        else:
            checks.append(_no_key(sender, name, bool(txt)))
    return checks


def _no_key(sender: Sender, name: str, revoked: bool) -> Check:
    what = f"The DKIM key at {name} is empty" if revoked else f"There is no DKIM key at {name}"
    if sender.provider == "sendgrid":
        mend = "SendGrid, Settings, Sender Authentication shows the CNAME records for the domain; copy them."
        return Check("dkim", "mend", what, mend, f"{name}. CNAME (as SendGrid shows it)")
    mend = "Publish the public half of MERIDIAN_DKIM_KEY (openssl rsa -in KEY -pubout), in one line."
    return Check("dkim", "mend", what, mend, f'{name}. TXT "v=DKIM1; k=rsa; p=PUBLIC-KEY"')


def _dmarc(sender: Sender, answers: Answers) -> Check:
    domain, house = sender.domain, organisation(sender.domain)
    own = answers.get(("TXT", f"_dmarc.{domain}"))
    parents = answers.get(("TXT", f"_dmarc.{house}")) if house != domain else ()
    found = [each for each in [*(own or ()), *(parents or ())] if each.lower().replace(" ", "").startswith("v=dmarc1")]
    if not found:
        if own is None or parents is None:
            return _unseen("dmarc", f"DMARC of {domain}")
        record = f'_dmarc.{house}. TXT "v=DMARC1; p=none; rua=mailto:{sender.reply_to or sender.from_email}"'
        mend = "Gmail and Yahoo ask for one of everybody who sends much. Begin with p=none; it changes nothing yet."
        return Check("dmarc", "mend", f"{house} has no DMARC record", mend, record)
    policy = _tag(found[0], "p").lower()
    if policy not in ("none", "quarantine", "reject"):
        return Check("dmarc", "mend", "DMARC names no policy", "Add p=none, p=quarantine or p=reject.", found[0])
    if policy == "none":
        told = "When its reports show that all your own mail passes, raise it to p=quarantine."
        return Check("dmarc", "note", "DMARC is set and only watches (p=none)", told)
    return Check("dmarc", "well", f"DMARC is set to p={policy}")


def _mx(sender: Sender, answers: Answers) -> Check:
    found = answers.get(("MX", sender.domain))
    if found is None:
        return _unseen("mx", f"MX of {sender.domain}")
    if all(each.split()[-1:] == ["."] for each in found):
        mend = (
            "Answers and bounces to the sender’s address are lost. Set up mail for the domain, or use one that has it."
        )
        return Check("mx", "mend", f"{sender.domain} takes no mail", mend)
    return Check("mx", "well", f"{sender.domain} takes mail, so answers arrive")


def _ptr(sender: Sender, answers: Answers) -> Check:
    if sender.provider == "sendgrid":
        return Check("ptr", "well", "Reverse names (PTR) are SendGrid’s, and it keeps them")
    if sender.provider != "smtp":
        return Check("ptr", "note", "Reverse names (PTR) do not matter while mail stays here")
    numbers = answers.get(("A", sender.relay))
    if not numbers:
        return _unseen("ptr", f"the reverse name of {sender.relay}")
    names = answers.get(("PTR", numbers[0]))
    if names is None:
        return _unseen("ptr", f"the reverse name of {numbers[0]}")
    if not names:
        mend = (
            "If mail leaves from this number, ask whoever runs it for a reverse name: Gmail refuses mail without one."
        )
        return Check("ptr", "note", f"{sender.relay} ({numbers[0]}) has no reverse name", mend)
    return Check("ptr", "well", f"{numbers[0]} is called {names[0].rstrip('.')}")


def _unseen(key: str, what: str) -> Check:
    return Check(
        key, "unseen", f"{what[:1].upper()}{what[1:]} could not be seen", "No name server answered. Look again."
    )


def _tag(record: str, name: str) -> str:
    pairs = (part.partition("=") for part in record.split(";"))
    return next((value.strip() for key, _, value in pairs if key.strip().lower() == name), "")
