"""What goes wrong on a page is listed: all that it asks of others, nothing of the machine's own."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from browsing import Visit
from waiting import wait_for

LINE = '<p class="st-key-state">Live</p>'
TO_OTHERS = """<script>
fetch("/own");
fetch("http://OTHER/request");
new WebSocket("ws://OTHER/socket");
</script>"""


@contextmanager
def served(answer: Callable[[str], tuple[str, str]]) -> Iterator[str]:
    """Serve the type and the text that `answer` gives for a path; give the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, text = answer(self.path)
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("localhost", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()


def test_requests_and_web_sockets_to_another_port_are_in_it(browser):
    with socket.socket() as nobody:
        nobody.bind(("localhost", 0))  # and does not listen
        other = f"localhost:{nobody.getsockname()[1]}"
        page = LINE + TO_OTHERS.replace("OTHER", other)
        with served(lambda _: ("text/html", page)) as url:
            visit = Visit(browser, url)
            wait_for("both", lambda: len(elsewhere(visit)) == 2, 30)
            visit.page.close()
    assert elsewhere(visit) == {
        f"elsewhere: http://{other}/request",
        f"elsewhere: ws://{other}/socket",
    }


def elsewhere(visit):
    return {it for it in visit.troubles if it.startswith("elsewhere: ")}


def test_containers_that_come_and_go_interrupt_no_page():
    """Chromium drops its requests when it is told that a network has changed; here it is not."""
    with pytest.raises(OSError, match="Address family not supported"):
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)
