"""What the job has refused, and what came too late."""

import streamlit as st

from contracts.status import JobDetails
from contracts.times import parse_time
from dashboard.models.words import plain
from dashboard.screens import tables
from dashboard.screens.view import View

_SAMPLES = 20
_CUT = 120


def refused(view: View) -> None:
    """Draw the counts by reason, and the last records with why."""
    st.markdown("##### Refused and late", anchors=False)
    job = view.data.statuses.job
    if job is None:
        st.caption("The Spark job has not reported yet.")
        return
    counted, late = job.details.refused, job.details.late_window_updates
    tables.pairs(
        (
            ("Records refused", f"{sum(counted.values()):,}"),
            ("Late window updates", f"{late:,}"),
        )
    )
    if not counted:
        st.caption("No record has been refused since the job's start.")
        return
    counts = sorted(counted.items(), key=lambda it: -it[1])
    tables.rows(("Reason", "Records"), [(f"`{name}`", f"{it:,}") for name, it in counts], right=1)
    _samples(job.details, view)


def _samples(details: JobDetails, view: View) -> None:
    samples = details.refused_samples[-_SAMPLES:][::-1]
    if not samples:
        return
    count = "one" if len(samples) == 1 else str(len(samples))
    with st.expander(f"The last {count} refused", key="samples"):
        tables.rows(
            ("At", "Reason", "Detail", "Partition, offset", "Payload"),
            [
                (
                    view.moment_to_second(parse_time(it.kafka_timestamp)),
                    f"`{it.reason}`",
                    _short(it.detail),
                    f"{it.partition}, {it.offset:,}",
                    "none" if it.payload is None else _short(it.payload),
                )
                for it in samples
            ],
        )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return plain(line if len(line) <= _CUT else f"{line[:_CUT]}…")
