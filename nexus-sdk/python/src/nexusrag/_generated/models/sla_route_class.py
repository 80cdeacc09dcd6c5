from enum import StrEnum


class SlaRouteClass(StrEnum):
    ADMIN = "admin"
    INGEST = "ingest"
    MUTATION = "mutation"
    OPS = "ops"
    READ = "read"
    RUN = "run"

    @classmethod
    def _missing_(cls, value: object) -> "SlaRouteClass":
        # A word of a later server passes, and equals the text that it is.
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member
