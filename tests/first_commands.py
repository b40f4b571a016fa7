"""Commands of the documents that are run unchanged, on a stack with default settings."""

ENDING = {
    "docker compose": 0,
    "docker compose up -d": 0,
    "make ps": 0,
    "make fmt": 0,
    "docker compose logs producer": 0,
    "docker compose logs spark-job": 0,
    "docker compose logs gateway": 0,
    "docker compose logs topic-init": 0,
    "docker compose exec gateway python": 0,
    "docker compose run --rm debug-consumer --from-beginning --max-events 20": 0,
    "docker compose run --rm debug-consumer --topic raw_api_events.dlq"
    " --from-beginning --timeout 5": 3,
    "docker compose exec kafka kafka-configs --bootstrap-server localhost:29092"
    " --alter --entity-type topics --entity-name raw_api_events"
    " --add-config retention.ms=86400000": 0,
    "cp volumes/alerts/rules.example.toml volumes/alerts/rules.toml": 0,
}
"""Those that end by themselves, with the exit code."""

FOLLOWING = [
    "make logs",
    "make debug",
    "docker compose logs -f producer",
    "docker compose logs -f gateway",
    "docker compose run --rm debug-consumer",
    "docker compose run --rm debug-consumer --topic market_windows --from-beginning --timeout 5",
]
"""Those that go on until they are ended."""
