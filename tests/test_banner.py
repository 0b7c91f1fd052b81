"""What a newcomer reads when Meridian is up."""

from service.banner import Login, banner


def test_the_demo_names_its_addresses_its_login_and_what_to_try_first() -> None:
    text = banner(
        "http://127.0.0.1:8000", login=Login("dana@sun.example", "s3cret"), clinic="sun-acupuncture", outbox=True
    )
    for part in ("/desk", "/join/sun-acupuncture", "/outbox", "/healthz", "dana@sun.example", "s3cret", "Try first"):
        assert part in text


def test_an_empty_installation_points_at_its_first_use_page() -> None:
    text = banner("http://127.0.0.1:8000", login=None, clinic=None, outbox=True)
    assert "http://127.0.0.1:8000/desk" in text
    assert "password" not in text


def test_with_a_real_provider_no_mailbox_is_promised() -> None:
    text = banner("https://mail.clinic.example", login=None, clinic="sun-acupuncture", outbox=False)
    assert "/outbox" not in text
