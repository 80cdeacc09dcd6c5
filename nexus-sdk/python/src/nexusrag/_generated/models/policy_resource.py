from enum import StrEnum


class PolicyResource(StrEnum):
    ADMIN = "admin"
    AUDIT = "audit"
    CORPUS = "corpus"
    DOCUMENT = "document"
    OPS = "ops"
    RUN = "run"
    VALUE_6 = "*"

    @classmethod
    def _missing_(cls, value: object) -> "PolicyResource":
        # A word of a later server passes, and equals the text that it is.
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member
