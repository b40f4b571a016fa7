from confluent_kafka.admin import AclOperation, ResourceType

from access.rights import rights, users


def may(user, topic="raw_api_events"):
    """Give what a user may do, as text."""
    return {
        f"{right.operation.name} {right.resource.name} {right.name}"
        for right in rights(topic)
        if right.user == user and right.operation != AclOperation.DESCRIBE
    }


def test_the_producer_may_write_its_topic_and_nothing_else():
    assert may("producer") == {"WRITE TOPIC raw_api_events"}


def test_the_job_may_read_events_and_write_what_comes_of_them():
    assert may("spark-job") == {
        "READ TOPIC raw_api_events",
        "WRITE TOPIC raw_api_events.dlq",
        "WRITE TOPIC market_windows",
        "READ GROUP spark-job-",
    }


def test_the_debug_consumer_may_read_all_four_topics_and_nothing_else():
    assert may("debug-consumer") == {
        "READ TOPIC raw_api_events",
        "READ TOPIC raw_api_events.dlq",
        "READ TOPIC market_windows",
        "READ TOPIC market_alerts",
    }


def test_the_gateway_may_read_events_and_windows_and_write_alerts():
    assert may("gateway") == {
        "READ TOPIC raw_api_events",
        "READ TOPIC market_windows",
        "WRITE TOPIC market_alerts",
    }


def test_who_makes_the_topics_may_neither_read_nor_write_them():
    assert {it.split()[0] for it in may("topic-init")} == {
        "CREATE", "ALTER", "ALTER_CONFIGS", "DESCRIBE_CONFIGS",
    }  # fmt: skip


def test_rights_are_for_the_topic_that_is_set():
    assert may("producer", "quotes") == {"WRITE TOPIC quotes"}
    assert "WRITE TOPIC quotes.dlq" in may("spark-job", "quotes")


def test_the_administrator_is_not_among_the_users():
    assert users("raw_api_events") == [
        "debug-consumer", "gateway", "producer", "spark-job", "topic-init",
    ]  # fmt: skip
    assert all(right.resource != ResourceType.ANY for right in rights("raw_api_events"))
