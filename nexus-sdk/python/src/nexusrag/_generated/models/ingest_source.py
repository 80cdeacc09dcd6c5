from enum import StrEnum


class IngestSource(StrEnum):
    RAW_TEXT = "raw_text"
    UPLOAD_FILE = "upload_file"

    @classmethod
    def _missing_(cls, value: object) -> "IngestSource":
        # A word of a later server passes, and equals the text that it is.
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member
