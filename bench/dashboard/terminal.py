"""Take a picture of what a command printed, as a terminal shows it: ``terminal.py FILE COMMAND``.

The text is read from standard input.
"""

import re
import sys
from html import escape

from playwright.sync_api import sync_playwright

_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")
_WIDTH_PX = 1210
_STYLE = """
body { margin: 0; padding: 14px 18px; font: 13px/1.35 monospace }
body { background: #0c0e15; color: #f0f3f8 }
p { margin: 0 0 8px; color: #99a1ad } pre { margin: 0; font: inherit; white-space: pre-wrap }
"""


def main() -> None:
    """Draw the command and its text, in lines as wide as a terminal's."""
    file, command = sys.argv[1:]
    text = escape(_CONTROLS.sub("", sys.stdin.read()).strip())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": _WIDTH_PX, "height": 100})
        page.set_content(f"<style>{_STYLE}</style><p>$ {escape(command)}</p><pre>{text}</pre>")
        page.screenshot(path=file, full_page=True)
        browser.close()


if __name__ == "__main__":
    main()
