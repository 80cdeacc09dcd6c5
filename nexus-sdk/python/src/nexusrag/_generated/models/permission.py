from enum import StrEnum


class Permission(StrEnum):
    DELETE = "delete"
    OWNER = "owner"
    READ = "read"
    REINDEX = "reindex"
    WRITE = "write"

    @classmethod
    def _missing_(cls, value: object) -> "Permission":
        # A word of a later server passes, and equals the text that it is.
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member
