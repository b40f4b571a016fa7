"""What the server answers besides the page: what is on the screen as a file."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from contracts.reader import DatasetError, open_source
from contracts.times import MICROSECOND
from contracts.volume import STATUS
from dashboard.live.hub import hub
from dashboard.models.address import FIND, choice, chosen_sources, chosen_symbols
from dashboard.models.alerts import as_csv as as_alerts_csv
from dashboard.models.alerts import matching
from dashboard.models.export import as_csv, as_parquet, table
from dashboard.models.scope import Scope
from dashboard.page_data import PageData, page_data
from dashboard.settings import settings
from dashboard.store import read_rows

PATH = "/export"
ALERTS_PATH = f"{PATH}/alerts.csv"
_KINDS = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "parquet": (as_parquet, "application/vnd.apache.parquet"),
}


def asked_scope(found: PageData, address: Mapping[str, str]) -> Scope:
    """Give the windows that the market page shows under an address."""
    symbols = chosen_symbols(address, found.symbols)
    sources = chosen_sources(address, found.sources)
    return Scope(found.snapshot, found.range_of(choice(address)), tuple(symbols), tuple(sources))


def _export(request: Request) -> Response:
    """Answer with a file; the address is the page's."""
    kind = request.url.path.rpartition("/")[2]
    make, media_type = _KINDS[kind]
    scope = asked_scope(page_data(settings().location, STATUS), request.query_params)
    if not scope.bars:
        return PlainTextResponse("There is no window in this range.", 404)
    shown = scope.shown
    try:
        if scope.resolution_us:
            rows = table(scope.bars)
        else:
            source, length = open_source(settings().location), scope.snapshot.window_us
            asked = scope.symbols, scope.sources, shown.after, shown.until
            rows = read_rows(source, *asked, length=length * MICROSECOND)
    except DatasetError as error:
        return PlainTextResponse(str(error), 503)
    name = f"windows-{shown.name}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(make(rows), media_type=media_type, headers=headers)


def _alerts(request: Request) -> Response:
    """Answer with the alerts that the page lists under an address."""
    found = matching(hub().alerts.newest, request.query_params.get(FIND, ""))
    headers = {"Content-Disposition": 'attachment; filename="alerts.csv"'}
    return Response(as_alerts_csv(found), media_type=_KINDS["csv"][1], headers=headers)


ROUTES = [
    *(Route(f"{PATH}/{kind}", _export, name=kind) for kind in _KINDS),
    Route(ALERTS_PATH, _alerts),
]
