from enum import StrEnum


class PlatformKeyStatus(StrEnum):
    ACTIVE = "active"
    RETIRED = "retired"
    RETIRING = "retiring"
    REVOKED = "revoked"

    @classmethod
    def _missing_(cls, value: object) -> "PlatformKeyStatus":
        # A word of a later server passes, and equals the text that it is.
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member
