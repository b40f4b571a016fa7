import os
import re
from pathlib import Path

from hypothesis import HealthCheck, settings

# As in the image; the library reads it when it is imported.
_IMAGE = (Path(__file__).parents[1] / "Dockerfile").read_text()
os.environ |= dict(re.findall(r"(WEBSOCKETS_\w+)=(\w+)", _IMAGE))

# The first draw of a text builds tables of all characters, and these machines are shared: how long
# an example takes says nothing here.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")
