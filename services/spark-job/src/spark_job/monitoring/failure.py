"""Makes one line of what went wrong inside Spark."""

from py4j.protocol import Py4JError, Py4JJavaError

_PLAN = "=== Streaming Query ==="
_TRACE = "Traceback (most recent call last):"
_LONGEST = 500


def one_line(error: object) -> str:
    """Say what is at the bottom of an error.

    Spark's texts hold the trace of every process on the way, and the query's plan: what a person
    wants is the last line of the innermost trace, or the first line where there is none.
    """
    if error is None:
        return "the query ended by itself"
    if isinstance(error, Py4JError) and not isinstance(error, Py4JJavaError):
        return "Spark's JVM is gone: killed, or out of memory (SPARK_DRIVER_MEMORY)"
    lines = [line.strip() for line in str(error).partition(_PLAN)[0].splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    if _TRACE in str(error):
        python = [line for line in lines if not line.startswith("at ")]
        return python[-1][:_LONGEST]
    return lines[0][:_LONGEST]
