"""Why a record is refused."""

from enum import StrEnum


class Reason(StrEnum):
    """The reasons in the order in which they are looked for: the first that holds is given."""

    TOMBSTONE = "tombstone"
    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    NOT_OBJECT = "not_object"
    UNKNOWN_VERSION = "unknown_version"
    UNKNOWN_KIND = "unknown_kind"
    MISSING_FIELD = "missing_field"
    NULL_FIELD = "null_field"
    WRONG_TYPE = "wrong_type"
    OUT_OF_RANGE = "out_of_range"
    BAD_EVENT_ID = "bad_event_id"
    BAD_SYMBOL = "bad_symbol"
    BAD_TIME = "bad_time"
    IN_FUTURE = "in_future"
    UNKNOWN_SOURCE = "unknown_source"
