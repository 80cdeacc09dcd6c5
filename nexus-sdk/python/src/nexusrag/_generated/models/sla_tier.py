from enum import StrEnum


class SlaTier(StrEnum):
    CUSTOM = "custom"
    ENTERPRISE = "enterprise"
    PRO = "pro"
    STANDARD = "standard"

    @classmethod
    def _missing_(cls, value: object) -> "SlaTier":
        # A word of a later server passes, and equals the text that it is.
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member
