"""The object store of `compose.s3.yaml`: its image, and its key."""

import re
import subprocess

from shown import shown
from stack import CHECKOUT, base_images

SECRET = "for-trials-only"
_IMAGES = CHECKOUT / "bootstrap/images.list"


def server():
    """Give the setting that names the image of the store; nothing where none is here.

    It may take minutes to build: `make test-scale` gets one.
    """
    (row,) = re.findall(r"^S3_IMAGE +(\S+) +(\S+)", _IMAGES.read_text(), re.MULTILINE)
    for image in [base_images().get("S3_IMAGE"), *row]:
        look = ["docker", "image", "inspect", str(image)]
        if subprocess.run(look, capture_output=True, check=False).returncode == 0:
            return {"S3_IMAGE": image}
    return {}


def keys_are_hidden(stack):
    """Assert that who needs the key of the store has it, nobody else, and that none shows it."""
    with_it = {
        service
        for service, it in stack.containers().items()
        if any(SECRET in line for line in it["Config"]["Env"])
    }
    assert with_it == {"s3", "bucket-init", "spark-job", "dashboard", "gateway"}
    assert [where for where, text in shown(stack).items() if SECRET in text] == []
