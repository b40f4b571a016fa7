"""What is said of the way out where it is a proxy, as the environment names it."""

NO_PROXY_ADDRESS = "HTTP_PROXY or HTTPS_PROXY is no address of a proxy, such as http://host:3128"
"""Without what they are: that may hold a password."""
