"""Errors as RFC 9457 has them: ``application/problem+json``."""

from http import HTTPStatus
from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, MethodNotAllowedException

from contracts.reader import DatasetError
from gateway.serving.answers import Problem
from gateway.serving.documented import PROBLEM_TYPE

_log = structlog.get_logger()

type AnyRequest = Request[Any, Any, Any]


def problem(request: AnyRequest, error: HTTPException) -> Response[Problem]:
    """Answer what was asked wrongly, or is not there."""
    wrong = error.extra if isinstance(error.extra, list) else []
    return Response(
        Problem(
            type="about:blank",
            status=error.status_code,
            title=HTTPStatus(error.status_code).phrase,
            detail=error.detail,
            errors=[_named(request, it) for it in wrong],
        ),
        status_code=error.status_code,
        headers=error.headers,
        media_type=PROBLEM_TYPE,
    )


def _named(request: AnyRequest, error: dict[str, Any]) -> dict[str, Any]:
    """Name a parameter as it is asked for: the library has the name of the handler's argument."""
    argument = request.route_handler.parsed_fn_signature.parameters.get(error.get("key", ""))
    name = getattr(argument and argument.kwarg_definition, "name", None)
    return error | {"key": name} if name else error


def not_allowed(request: AnyRequest, error: MethodNotAllowedException) -> Response[Problem]:
    """Answer a method that there is not; to the library a WebSocket is one, and HEAD is none."""
    methods = {*(error.headers or {}).get("allow", "").split(", ")} - {"websocket"}
    heads = {"HEAD"} if "GET" in methods else set[str]()
    error.headers = {"allow": ", ".join(sorted(methods | heads))}
    return problem(request, error)


def unexpected(request: AnyRequest, error: Exception) -> Response[Problem]:
    """Answer what went wrong here: the log has the reason, the answer does not."""
    _log.error("a request failed", path=request.url.path, exc_info=error)
    return problem(
        request, HTTPException(status_code=500, detail="The gateway's log has the reason.")
    )


def away(request: AnyRequest, error: DatasetError) -> Response[Problem]:
    """Answer that the dataset cannot be reached at the moment, and why."""
    return problem(request, HTTPException(status_code=503, detail=str(error)))


EXCEPTION_HANDLERS: Any = {
    MethodNotAllowedException: not_allowed,
    HTTPException: problem,
    DatasetError: away,
    Exception: unexpected,
}
