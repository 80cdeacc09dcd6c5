from enum import StrEnum


class ChatFinish(StrEnum):
    LENGTH = "length"
    STOP = "stop"

    @classmethod
    def _missing_(cls, value: object) -> "ChatFinish":
        # A word of a later server passes, and equals the text that it is.
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member
