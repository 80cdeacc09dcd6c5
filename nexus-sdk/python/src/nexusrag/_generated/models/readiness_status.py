from enum import StrEnum


class ReadinessStatus(StrEnum):
    DEGRADED = "degraded"
    NOT_READY = "not_ready"
    READY = "ready"

    @classmethod
    def _missing_(cls, value: object) -> "ReadinessStatus":
        # A word of a later server passes, and equals the text that it is.
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member
