"""A Spark cluster, an object store and users of Kafka in one stack, tested as each alone.

Where no image of the store is here, the two others.
"""

import pytest
from cluster import executors
from object_store import keys_are_hidden, server
from overlays import start
from test_cluster import (  # noqa: F401 - asked of the stack of this module, too
    test_the_secret_is_in_no_description_of_a_container,
    test_the_work_is_done_by_the_workers,
    test_what_runs_is_hardened_as_the_rest,
    test_who_does_not_know_the_secret_is_not_listened_to,
)
from test_secure import (  # noqa: F401
    test_a_user_may_not_read_what_is_not_for_it,
    test_a_user_may_not_write_what_is_not_its_own,
    test_a_wrong_password_and_an_unknown_user_are_refused,
    test_after_the_login_the_page_lives,
    test_final_windows_get_to_their_topic,
    test_no_password_is_to_be_seen,
    test_only_the_broker_reaches_zookeeper,
    test_plain_http_is_sent_on_to_https,
    test_plain_text_is_refused,
    test_the_debug_consumer_reads_each_topic,
    test_the_page_wants_a_login,
    test_who_is_refused_says_so_in_one_line_and_with_its_exit_code,
)

pytestmark = pytest.mark.scale


@pytest.fixture(scope="module")
def stack(new_stack):
    return start(new_stack, ("cluster", *(["s3"] if server() else []), "secure"))


@pytest.fixture
def store(stack):
    """Skip where there is no store."""
    if not stack.has("compose.s3.yaml"):
        pytest.skip("no image of the object store is here: make test-scale gets one")


@pytest.mark.usefixtures("store")
def test_windows_are_in_the_store_and_not_on_the_volume(stack):
    assert stack.rows()  # of the store
    assert not list((stack.data / "aggregates").rglob("*.parquet"))


@pytest.mark.usefixtures("store")
def test_the_keys_of_the_store_are_with_those_who_need_them_alone(stack):
    keys_are_hidden(stack)


def test_every_window_is_right_and_nothing_restarted(stack):
    assert stack.check_windows().doubtful == set()
    assert executors(stack)["driver"]["totalTasks"] == 0
    assert stack.restarts() == dict.fromkeys(stack.containers(), 0)
