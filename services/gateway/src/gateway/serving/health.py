"""Health, for Docker, and what Prometheus reads."""

from collections.abc import Callable
from typing import Any

from litestar import Response, get
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from gateway.serving.access import OPEN_TO_ALL
from gateway.serving.documented import answer_of


def health_handlers(is_well: Callable[[], bool], metrics: CollectorRegistry) -> list[Any]:
    """Answer 200 while the topics are followed, else 503; and give the metrics."""

    @get(
        "/health",
        sync_to_thread=False,
        opt={OPEN_TO_ALL: True},
        summary="Whether the topics are followed: 200, or 503",
        responses={
            200: answer_of(dict[str, str], "they are"),
            503: answer_of(dict[str, str], "they are not"),
        },
        security=[{}],  # none
    )
    def health() -> Response[dict[str, str]]:
        well = is_well()
        return Response({"status": "ok" if well else "ill"}, status_code=200 if well else 503)

    @get("/metrics", sync_to_thread=False, include_in_schema=False)
    def scrape() -> Response[bytes]:
        return Response(generate_latest(metrics), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [health, scrape]
