from enum import StrEnum


class PrincipalType(StrEnum):
    API_KEY = "api_key"
    GROUP = "group"
    ROLE = "role"
    USER = "user"

    @classmethod
    def _missing_(cls, value: object) -> "PrincipalType":
        # A word of a later server passes, and equals the text that it is.
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member
