from enum import StrEnum


class RateType(StrEnum):
    PER_1K_TOKENS = "per_1k_tokens"
    PER_CHAR = "per_char"
    PER_MB = "per_mb"
    PER_REQUEST = "per_request"
    PER_SECOND = "per_second"

    @classmethod
    def _missing_(cls, value: object) -> "RateType":
        # A word of a later server passes, and equals the text that it is.
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member
