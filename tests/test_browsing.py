"""The list of what goes wrong on a page has all that it asks of others."""

import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from browsing import STATE, Visit
from waiting import wait_for

PAGE = """<p class="st-key-state">Live</p><script>
fetch("/own");
fetch("http://OTHER/request");
new WebSocket("ws://OTHER/socket");
</script>"""


def handler_of(page):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_):
            """Log nothing."""

    return Handler


def test_requests_and_web_sockets_to_another_port_are_in_it(browser):
    with socket.socket() as nobody:
        nobody.bind(("localhost", 0))  # and does not listen
        other = f"localhost:{nobody.getsockname()[1]}"
        handler = handler_of(PAGE.replace("OTHER", other))
        with ThreadingHTTPServer(("localhost", 0), handler) as server:
            Thread(target=server.serve_forever, daemon=True).start()
            visit = Visit(browser, f"http://localhost:{server.server_port}/")
            wait_for("both", lambda: visit.text(STATE) and len(elsewhere(visit)) == 2, 30)
            visit.page.close()
            server.shutdown()
    assert elsewhere(visit) == {
        f"elsewhere: http://{other}/request",
        f"elsewhere: ws://{other}/socket",
    }


def elsewhere(visit):
    return {it for it in visit.troubles if it.startswith("elsewhere: ")}
