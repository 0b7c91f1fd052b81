"""The broken campaign files: what each announces at its top, and the mend that it names, made.

# 7: what is wrong | the mend
# mend: this text => that text
"""

from __future__ import annotations

import re
from pathlib import Path

from tests.content.mails import mjml_file

BROKEN = sorted((Path(__file__).parent / "broken/campaigns").glob("*.yaml"))
KNOWN = ("a", "reviews", "win-back")
_LONG = "Hello. " + "word " * 150
MAILS = {
    "welcome": (mjml_file("Hello", service=False), _LONG),
    "other": (mjml_file("Hello", service=False), _LONG),
    "visit": (mjml_file("{{ appointment.day }}"), "On {{ appointment.day }}."),
}


def expected(text: str) -> list[tuple[int, str, str]]:
    """The faults that a broken file announces at its top: `# line: what | mend`."""
    found = re.findall(r"^# (\d+): (.*?) \| (.*)$", text, re.MULTILINE)
    return [(int(line), what, mend) for line, what, mend in found]


def mended(file: Path) -> str:
    """The file after the mend, without what it announces."""
    text = file.read_text("utf-8")
    body = re.sub(r"\A(?:# .*\n)+", "", text)
    for old, new in re.findall(r"^# mend: (.*?) =>(?: (.*))?$", text, re.MULTILINE):
        this, that = old.replace("\\n", "\n"), new.replace("\\n", "\n")
        assert body.count(this) == 1, f"{file.name}: {this!r} does not stand there once"
        body = body.replace(this, that)
    return body
