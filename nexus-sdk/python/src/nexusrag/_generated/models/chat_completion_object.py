from enum import StrEnum


class ChatCompletionObject(StrEnum):
    CHAT_COMPLETION = "chat.completion"

    @classmethod
    def _missing_(cls, value: object) -> "ChatCompletionObject":
        # A word of a later server passes, and equals the text that it is.
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member
