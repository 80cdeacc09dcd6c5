from enum import StrEnum


class PolicyAction(StrEnum):
    DELETE = "delete"
    MANAGE = "manage"
    READ = "read"
    REINDEX = "reindex"
    RUN = "run"
    VALUE_6 = "*"
    WRITE = "write"

    @classmethod
    def _missing_(cls, value: object) -> "PolicyAction":
        # A word of a later server passes, and equals the text that it is.
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member
