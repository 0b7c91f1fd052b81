"""What reports mean does not depend on the order in which they come, nor on how often."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.domain.delivery_event import DeliveryEvent, Kind, columns_of, rank, stamps, standing, stop_of

kinds = st.sampled_from(list(Kind))


@given(st.lists(kinds), st.randoms())
def test_where_a_message_stands_does_not_depend_on_the_order(seen: list[Kind], random: object) -> None:
    shuffled = seen + seen[: len(seen) // 2]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert standing(shuffled) == standing(seen)


@given(st.lists(kinds, min_size=1), kinds)
def test_no_report_moves_a_message_backwards(seen: list[Kind], late: Kind) -> None:
    before, after = standing(seen), standing([*seen, late])
    assert before is not None
    assert after is not None
    assert rank(after) >= rank(before)


reports = st.builds(
    lambda kind, at, counted, flag: DeliveryEvent("sendgrid", "1", kind, None, at, counted=counted, flag=flag),
    kinds,
    st.integers(0, 99),
    st.booleans(),
    st.sampled_from([None, "proxy"]),
)


@given(st.lists(st.tuples(st.integers(1, 3), reports)), st.randoms())
def test_the_earliest_instant_of_each_kind_is_kept(seen: list[tuple[int, DeliveryEvent]], random: object) -> None:
    shuffled = seen * 2
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert stamps(shuffled) == stamps(seen)
    for column, instants in stamps(seen).items():
        for message_id, at in instants.items():
            assert at == min(event.at for m, event in seen if m == message_id and column in columns_of(event))


def test_what_a_machine_opened_was_not_opened_and_a_provider_s_click_counts_for_nothing() -> None:
    assert stamps([(1, of(Kind.OPENED))]) == {"opened_at": {1: 0}}
    assert stamps([(1, of(Kind.OPENED, flag="proxy")), (1, of(Kind.CLICKED)), (2, of(Kind.CLICKED))]) == {}


def of(kind: Kind, **more: object) -> DeliveryEvent:
    return DeliveryEvent("sendgrid", "1", kind, None, 0, **more)  # type: ignore[arg-type]


def test_only_what_says_something_lasting_stops_an_address() -> None:
    assert stop_of(of(Kind.BOUNCED, bad_address=True)) == "invalid"
    assert stop_of(of(Kind.BOUNCED)) == "hard-bounce"
    assert stop_of(of(Kind.COMPLAINED)) == "complaint"
    assert stop_of(of(Kind.UNSUBSCRIBED)) == "unsubscribed"
    assert stop_of(of(Kind.DROPPED, stop="hard-bounce")) == "hard-bounce"
    assert stop_of(of(Kind.BOUNCED, soft=True)) is None
    quiet = set(Kind) - {Kind.BOUNCED, Kind.COMPLAINED, Kind.UNSUBSCRIBED}
    assert {stop_of(of(kind)) for kind in quiet} == {None}
