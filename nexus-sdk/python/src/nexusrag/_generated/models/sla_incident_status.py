from enum import StrEnum


class SlaIncidentStatus(StrEnum):
    MITIGATING = "mitigating"
    OPEN = "open"
    RESOLVED = "resolved"

    @classmethod
    def _missing_(cls, value: object) -> "SlaIncidentStatus":
        # A word of a later server passes, and equals the text that it is.
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member
