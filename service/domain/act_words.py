"""Steps that send nothing, in plain words."""

from __future__ import annotations

from service.domain.acts import (
    ActStep,
    AddScore,
    AddTag,
    CallHook,
    Effect,
    EndStep,
    EnterCampaign,
    JumpStep,
    LeaveCampaign,
    RemoveTag,
    SetField,
    SplitStep,
    TellStaff,
)


def act_words(step: ActStep) -> str:
    """parts people by chance: A, B; goes back to “causes”, at most 3 times; adds the tag “vip”"""
    match step:
        case SplitStep():
            return f"parts people by chance: {', '.join(variant.label for variant in step.variants)}"
        case JumpStep():
            times = "once" if step.at_most == 1 else f"at most {step.at_most} times"
            return f"goes back to “{step.to}”, {times}"
        case EndStep():
            return "ends the series"
    return " and ".join(effect_words(effect) for effect in step.effects)


def effect_words(effect: Effect) -> str:
    match effect:
        case SetField(name, ""):
            return f"forgets the field “{name}”"
        case SetField(name, value):
            return f"sets the field “{name}” to “{value}”"
        case AddTag(tag):
            return f"adds the tag “{tag}”"
        case RemoveTag(tag):
            return f"takes the tag “{tag}” away"
        case AddScore(points):
            return f"{'adds' if points >= 0 else 'takes'} {abs(points):g} points"
        case TellStaff(words):
            return f"tells the staff: “{words}”"
        case CallHook(hook):
            return f"calls the webhook “{hook}”"
        case EnterCampaign(campaign):
            return f"enters “{campaign}”"
        case LeaveCampaign(campaign):
            return f"leaves “{campaign}”"
