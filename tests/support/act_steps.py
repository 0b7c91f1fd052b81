"""Random steps that send nothing."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from service.content.fork_table import weights
from service.domain.acts import (
    AddScore,
    AddTag,
    CallHook,
    Effect,
    EnterCampaign,
    LeaveCampaign,
    RemoveTag,
    SetField,
    SplitStep,
    TellStaff,
    Variant,
)

_words = st.sampled_from(("vip", "null", "12", 'says "no": # yes', "héllo\u2028", "a\nb"))
_tags = st.sampled_from(("vip", "warm lead", "on"))
_fields = st.sampled_from(("insurance", "Age_2", "null"))
_others = st.sampled_from(("win-back", "12"))
effects: st.SearchStrategy[Effect] = (
    st.builds(SetField, _fields, st.just("") | _words)
    | st.builds(AddTag, _tags)
    | st.builds(RemoveTag, _tags)
    | st.builds(AddScore, st.sampled_from((10.0, -2.5, 0.1)))
    | st.builds(TellStaff, _words, st.sampled_from(("call", "note")))
    | st.builds(CallHook, _words)
    | st.builds(EnterCampaign, _others)
    | st.builds(LeaveCampaign, _others)
)


def split(draw: st.DrawFn, key: str, then: str | None, way: Callable[[], str | None]) -> SplitStep:
    """Two or three ways and perhaps a holdout; the last way goes on to `then`."""
    shares = [*draw(st.lists(st.integers(0, 9_999), min_size=1, max_size=2)), draw(st.integers(1, 9_999))]
    ways = [way() for _share in shares[1:]]
    labels = [f"way {number}" for number in range(len(shares))]
    held = draw(st.sampled_from((0, 1, 1_000, 9_900)))
    return SplitStep(key, tuple(map(Variant, labels, weights(shares), [*ways, then])), held, then)
