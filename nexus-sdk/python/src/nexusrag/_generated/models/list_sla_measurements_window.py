from enum import StrEnum


class ListSlaMeasurementsWindow(StrEnum):
    VALUE_0 = "1m"
    VALUE_1 = "5m"

    @classmethod
    def _missing_(cls, value: object) -> "ListSlaMeasurementsWindow":
        # A word of a later server passes, and equals the text that it is.
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member
