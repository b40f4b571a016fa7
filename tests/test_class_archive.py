"""The job's image on a Java without an archive of its own classes, and on one that makes none."""

import pytest

pytestmark = pytest.mark.long  # the images here have an archive: test_first_start.py sees it in use

WITHOUT_ARCHIVES = 'rm -f "$JAVA_HOME"/lib/server/*.jsa /opt/bitnami/spark/classes.jsa\n'
REFUSES_TO_ARCHIVE = """
java=$(readlink -f "$JAVA_HOME/bin/java")
mv "$java" "$java.real"
printf '%s\\n' '#!/bin/sh' 'case $1 in -Xshare:dump) exit 1 ;; esac' \
  "exec $java.real "'"$@"' > "$java"
chmod 755 "$java"
"""
START = """
archive-classes > /tmp/archive.log 2>&1 || { cat /tmp/archive.log; exit 1; }
export SPARK_LOCAL_IP=127.0.0.1 SPARK_SUBMIT_OPTS="$SPARK_SUBMIT_OPTS -Xlog:class+load:/tmp/loaded"
python - << 'PYTHON'
from contracts.settings import load
from spark_job.session import build_session
from spark_job.settings import JobSettings
print("counted", build_session(load(JobSettings)).range(7).count())
PYTHON
echo "from the archive: $(grep -c 'shared objects file (top)' /tmp/loaded)"
"""


@pytest.fixture(scope="module")
def stack(new_stack):
    return new_stack("class-archive")


def started(stack, before: str) -> list[str]:
    """Make the archive anew after these commands, start Spark's session, give what was printed."""
    image = f"market-data/spark-job:{stack.environment['IMAGE_TAG']}"
    run = ("docker", "run", "--rm", "--user", "0", image)
    done = stack.shell(*run, "bash", "-c", before + START)
    return (done.stdout + done.stderr).splitlines()


def test_a_java_without_its_base_archive_is_given_one_and_the_job_starts_from_its_own(stack):
    counted, found = started(stack, WITHOUT_ARCHIVES)
    assert counted == "counted 7"
    assert int(found.removeprefix("from the archive: ")) > 1000


def test_a_java_that_makes_no_archive_starts_the_job_without_one_and_without_a_warning(stack):
    printed = started(stack, WITHOUT_ARCHIVES + REFUSES_TO_ARCHIVE)
    assert printed == ["counted 7", "from the archive: 0"]
