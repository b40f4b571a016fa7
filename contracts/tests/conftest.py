from hypothesis import HealthCheck, settings

# The first draw of a text builds tables of all characters, and these machines are shared: how long
# an example takes says nothing here. Records at the limit of 64 KiB are meant to be large.
settings.register_profile(
    "shared",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("shared")
