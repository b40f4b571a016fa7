"""Runs the producer; the exit code says what ended it."""

import sys

from contracts.stopping import end_on_signals

# From the first moment on: what is imported next takes longer than a person takes to say stop.
end_on_signals()

from producer.command import main  # noqa: E402 - see above

if __name__ == "__main__":
    sys.exit(main())
