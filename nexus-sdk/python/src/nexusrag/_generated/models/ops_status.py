from enum import StrEnum


class OpsStatus(StrEnum):
    DEGRADED = "degraded"
    OK = "ok"

    @classmethod
    def _missing_(cls, value: object) -> "OpsStatus":
        # A word of a later server passes, and equals the text that it is.
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member
