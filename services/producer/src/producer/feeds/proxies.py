"""What is said of the way out where it is a proxy, as the environment names it."""

import aiohttp


def bad_address(error: Exception) -> str | None:
    """Say so where a proxy's address is none, without it: it may hold a password; else None.

    Other errors may be a `ValueError`, too: that of a certificate is one.
    """
    is_connecting = isinstance(error, aiohttp.ClientError | OSError)
    if is_connecting and not isinstance(error, aiohttp.InvalidURL):
        return None
    return "HTTP_PROXY or HTTPS_PROXY is no address of a proxy, such as http://host:3128"
