from enum import StrEnum


class ChatAnnotationType(StrEnum):
    URL_CITATION = "url_citation"

    @classmethod
    def _missing_(cls, value: object) -> "ChatAnnotationType":
        # A word of a later server passes, and equals the text that it is.
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member
