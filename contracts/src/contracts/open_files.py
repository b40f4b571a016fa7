"""How many files, and with them connections, a process may have open."""

from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit, setrlimit

_MOST = 16_384


def allow_many() -> None:
    """Raise the limit to what a service's readers may take: engines give a container 1,024."""
    soft, hard = getrlimit(RLIMIT_NOFILE)
    most = _MOST if hard == RLIM_INFINITY else min(_MOST, hard)
    if soft != RLIM_INFINITY and soft < most:
        setrlimit(RLIMIT_NOFILE, (most, hard))
