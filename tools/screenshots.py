"""Takes the README's pictures from a running demo: .venv/bin/python tools/screenshots.py http://127.0.0.1:8000

Signs in with MERIDIAN_DEMO_PASSWORD, of the environment or of .env. Needs the development requirements and Chromium."""

import json
import re
import sys
import urllib.request  # noqa: TID251 - to the demo on this machine
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from service.settings import load  # noqa: E402
from tests.support.chromium import FLAGS, chromium  # noqa: E402

IMAGES = ROOT / "docs" / "images"
OWNER = "dana@sun.example"
SERIES = "/desk/campaigns/sciatica-consultation"


def main(base: str) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        desk(browser, base)
        patient(browser, base)
        browser.close()


def desk(browser: Browser, base: str) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 960}, reduced_motion="reduce")
    page.goto(f"{base}/desk")
    page.locator("input[type=email]").fill(OWNER)
    page.locator("input[type=password]").fill(load().demo_password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"/desk/?$"))
    page.screenshot(path=IMAGES / "home.png")
    page.keyboard.press("/")
    page.keyboard.type("lindgren")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/leads/*")
    page.screenshot(path=IMAGES / "lead.png")
    page.goto(f"{base}{SERIES}/edit?step=causes")
    page.locator("#panel").wait_for()
    page.screenshot(path=IMAGES / "editor.png")
    page.goto(f"{base}{SERIES}?does=clicks")
    page.screenshot(path=IMAGES / "simulation.png")
    page.goto(f"{base}{SERIES}/mails/causes/edit")
    page.locator("iframe").first.wait_for()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / "mail.png")
    page.goto(f"{base}/desk/reports/people")
    page.screenshot(path=IMAGES / "report.png")


def patient(browser: Browser, base: str) -> None:
    with urllib.request.urlopen(f"{base}/outbox.json?limit=300") as answer:  # noqa: TID251
        mails = json.load(answer)
    path = next(found[0] for mail in mails if (found := re.findall(r"/b/[\w-]{22}", mail["text"])))
    page = browser.new_page(viewport={"width": 390, "height": 844}, device_scale_factor=2)
    page.goto(f"{base}{path}")
    page.screenshot(path=IMAGES / "book.png")


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://127.0.0.1:8000")
