"""The pipeline page: how each stage is, and why."""

import os
import platform
from collections.abc import Iterator
from importlib.metadata import version

import streamlit as st

from contracts.status import JobDetails
from contracts.times import parse_time
from dashboard.models import words
from dashboard.models.health import feed_label, not_running
from dashboard.models.lag import held_back
from dashboard.models.pipeline import longest_phases, stages
from dashboard.models.stage import Light, Stage
from dashboard.models.words import plain
from dashboard.page_data import PageData
from dashboard.screens import parts, tables
from dashboard.screens.refused import refused
from dashboard.screens.view import View

_LIGHTS = {
    Light.OK: ("green", ":material/check_circle:"),
    Light.IDLE: ("gray", ":material/pause_circle:"),
    Light.WARN: ("orange", ":material/warning:"),
    Light.BAD: ("red", ":material/error:"),
    Light.UNKNOWN: ("gray", ":material/help:"),
}


def pipeline(view: View) -> None:
    """Draw the page."""
    data = view.data
    found = stages(
        data.statuses,
        data.snapshot,
        now=data.now,
        unreadable=data.unreadable,
        location=data.location,
        delays_s=data.delays_s,
        zone=view.zone,
    )
    with st.grid(parts.columns(len(found)), min_column_width=190, gap="small", key="stages"):
        for stage in found:
            _stage(stage)
    with st.container(gap="xsmall", key="held-back"):
        for text in held_back(data.statuses, data.now, view.zone):
            st.markdown(f":orange[:material/front_hand: {plain(text)}]")
    left, right = st.columns(2, gap="medium")
    with left:
        refused(view)
    with right:
        _times(view)
        _budgets(view)
        _disk(data)
    _versions(data)


def _stage(stage: Stage) -> None:
    color, icon = _LIGHTS[stage.light]
    with st.container(
        border=True, height="stretch", gap="xsmall", key=f"stage-{stage.name.replace(' ', '-')}"
    ):
        with st.container(horizontal=True, horizontal_alignment="distribute", gap="xsmall"):
            st.markdown(f"**{plain(stage.name)}**", width="content")
            st.markdown(f":{color}-badge[{icon} {stage.light}]", width="content")
        st.markdown(plain(stage.why))
        if stage.figures:
            tables.pairs(stage.figures)


def _times(view: View) -> None:
    st.markdown("##### Times", anchors=False)
    newest, job = view.data.snapshot.newest, view.data.statuses.job
    shown = []
    if newest:
        end = words.moment(newest.window_end, view.data.now, view.zone)
        shown.append(("Newest window ends", end))
    if job:
        shown += _times_of_job(job.details, view)
    tables.pairs(shown)
    for text in job.details.notices if job else ():
        st.caption(f":material/info: {plain(text)}")


def _times_of_job(job: JobDetails, view: View) -> Iterator[tuple[str, str]]:
    now = view.data.now
    if job.watermark:
        mark = parse_time(job.watermark)
        behind = words.duration(now - mark)
        yield "Watermark", f"{view.moment_to_second(mark)}, {behind} behind the clock"
    if job.batch_at:
        yield "Last batch", f"{words.duration(now - parse_time(job.batch_at))} ago"
    if phases := longest_phases(job):
        yield "Its longest phases", phases
    yield "Windows", f"{job.window_length} every {job.window_slide}"
    yield "Waits for late events", job.watermark_delay
    yield "A batch every", job.trigger_interval


def _budgets(view: View) -> None:
    for it in view.data.statuses.producers:
        if it.details.budget is None:
            continue
        budget = it.details.budget
        st.markdown(f"##### Calls of {plain(feed_label(it))}", anchors=False)
        share = min(1.0, budget.remaining / max(1, budget.daily_calls))
        st.progress(share, f"{budget.remaining} of {budget.daily_calls} calls in 24 hours are left")
        stands_still = not_running("It", it, view.data.now, view.zone)
        due = None if stands_still else budget.next_call_at
        at = view.moment_to_second(parse_time(due)) if due else "none"
        outcomes = ", ".join(f"{name} {count:,}" for name, count in it.details.outcomes.items())
        tables.pairs((("Next call", at), ("Outcomes", outcomes or "none yet")))


def _disk(data: PageData) -> None:
    st.markdown("##### Disk", anchors=False)
    try:
        disk = os.statvfs(data.folder)
    except OSError as error:
        st.caption(plain(str(error)))
        return
    total, free = disk.f_blocks * disk.f_frsize, disk.f_bavail * disk.f_frsize
    st.progress(free / max(1, total), f"{words.size(free)} of {words.size(total)} free")
    if not data.remote:
        tables.pairs((("Windows in files", words.size(data.snapshot.size_bytes)),))


def _versions(data: PageData) -> None:
    job = data.statuses.job
    named = {name: version(name) for name in ("dashboard", "contracts", "streamlit", "plotly")}
    named |= {"Python": platform.python_version()}
    if job:
        named["Spark"] = job.details.spark_version
    runs = [f"{it.service} run {it.details.run_id}" for it in data.statuses.producers]
    text = " · ".join([*(f"{name} {it}" for name, it in named.items()), *runs])
    st.caption(f"Versions: {plain(text)}")
