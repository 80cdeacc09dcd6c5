from enum import StrEnum


class AutoscalingVerb(StrEnum):
    DEGRADE = "degrade"
    HOLD = "hold"
    SCALE_DOWN = "scale_down"
    SCALE_UP = "scale_up"

    @classmethod
    def _missing_(cls, value: object) -> "AutoscalingVerb":
        # A word of a later server passes, and equals the text that it is.
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member
