"""Health, for Docker."""

from collections.abc import Callable

from litestar import Response, Router, get


def health_routes(is_well: Callable[[], bool]) -> Router:
    """Answer 200 while the topics are followed, else 503."""

    @get("/", sync_to_thread=False, summary="Whether the topics are followed")
    def health() -> Response[dict[str, str]]:
        well = is_well()
        return Response({"status": "ok" if well else "ill"}, status_code=200 if well else 503)

    return Router("/health", route_handlers=[health])
