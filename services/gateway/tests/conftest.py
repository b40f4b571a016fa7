from hypothesis import HealthCheck, settings

# The first draw of a text builds tables of all characters, and these machines are shared: how long
# an example takes says nothing here.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")
