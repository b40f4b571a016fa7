"""What goes wrong on a page is listed: all that it asks of others, nothing of the machine's own."""

import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

from browsing import STATE, Visit
from waiting import wait_for

LINE = '<p class="st-key-state">Live</p>'
TO_OTHERS = """<script>
fetch("/own");
fetch("http://OTHER/request");
new WebSocket("ws://OTHER/socket");
</script>"""
LATER = """<script>
addEventListener("load", async () => { await import("/later.js") });
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


def test_a_network_that_comes_and_goes_on_the_machine_interrupts_no_request(browser, run):
    asked, changed = Event(), Event()

    def answer(path):
        if path != "/later.js":
            return "text/html", LINE + LATER
        asked.set()
        changed.wait(60)
        return "text/javascript", 'document.body.append("It came.")'

    with served(answer) as url:
        visit = Visit(browser, url)
        wait_for("a script that is under way", lambda: visit.text(STATE) and asked.is_set(), 30)
        name = f"market-data-test-{run.id}-browsing"
        for what in ("create", "rm"):
            subprocess.run(["docker", "network", what, name], capture_output=True, check=True)
        visit.page.wait_for_timeout(1000)  # until Chromium would have been told
        changed.set()
        wait_for("its text", lambda: "It came." in visit.text("body"), 30)
        assert visit.troubles == []
        visit.page.close()
