"""Rules about the pipeline's own states, as its services tell them."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from contracts.alerts import Alert
from contracts.status import JOB_GONE_AFTER, JobDetails, ProducerSummary, Status
from contracts.times import MICROSECOND, epoch_us, format_time, from_ms
from gateway.alerts import wording
from gateway.alerts.evaluation.state import Key, State, Watched
from gateway.alerts.evaluation.statuses import Statuses
from gateway.alerts.evaluation.throttle import throttled
from gateway.alerts.evaluation.trigger import step
from gateway.alerts.making import make
from gateway.alerts.rules.kinds import PipelineRule, Rule

_BACK = 0.5
"""A job is no longer behind once it is so much of what was asked for, or less."""


class _Seen(NamedTuple):
    """What was seen of a service: whether it is so, whether it is over, and what to say of it.

    `counted` is what is counted from, once it triggered.
    """

    service: str
    is_so: bool
    is_over: bool
    origin: str
    text: str
    value: float | None = None
    threshold: float | None = None
    counted: int = 0


class Pipeline:
    """The rules that look at the services."""

    def __init__(self, rules: Iterable[tuple[str, Rule]], state: State) -> None:
        self._state = state
        self._rules = [(mark, rule) for mark, rule in rules if isinstance(rule, PipelineRule)]

    def tick(self, now_us: int, statuses: Statuses) -> list[Alert]:
        """Look at the services at a moment."""
        self._state.look(now_us)
        return [
            alert
            for mark, rule in self._rules
            for seen in self._look(mark, rule, now_us, statuses)
            for alert in self._judge(Key(mark, seen.service), rule, seen, now_us)
        ]

    def _look(
        self, mark: str, rule: PipelineRule, now_us: int, statuses: Statuses
    ) -> Iterator[_Seen]:
        match rule.state:
            case "job_behind":
                if statuses.job:
                    yield _behind(rule, statuses.job, now_us, self._state.looking_since_us)
            case "refused":
                if statuses.job:
                    watched = self._state.of(Key(mark, statuses.job.service))
                    yield _refused(statuses.job, watched, now_us)
            case "feed_failed":
                for status in statuses.producers.values():
                    yield _failed(status, "the feed has failed", is_so=status.state == "failed")
            case "key_rejected":
                for status in statuses.producers.values():
                    is_so = status.details.key_rejected
                    yield _failed(status, "the provider rejects the key", is_so=is_so)

    def _judge(self, key: Key, rule: PipelineRule, seen: _Seen, now_us: int) -> list[Alert]:
        watched = self._state.of(key)
        triggers = step(
            watched.trigger,
            beyond=seen.is_so,
            back=seen.is_over,
            now_us=now_us,
            cooldown_us=rule.cooldown.us,
        )
        if not triggers:
            return []
        watched.count = seen.counted
        alert = make(
            rule.name,
            "pipeline",
            wording.sentence(rule.name, seen.text),
            at=format_time(from_ms(now_us // 1000)),
            origin=f"{seen.service} {seen.origin or now_us}",
            value=seen.value,
            threshold=seen.threshold,
        )
        return throttled(self._state, key.mark, rule, alert, now_us)


def _behind(
    rule: PipelineRule, job: Status[JobDetails], now_us: int, looking_since_us: int
) -> _Seen:
    """Take the larger of its lag and of how long it has told nothing, if it is gone.

    One that began together with the gateway, or was stopped with the machine, has yet to tell.
    """
    asked_s = rule.behind.total_seconds()
    told_us = now_us - epoch_us(job.updated_at)
    behind_s = max((it.lag_s or 0.0 for it in job.details.lag), default=0.0)
    is_silent = told_us > JOB_GONE_AFTER // MICROSECOND
    has_yet_to_tell = is_silent and now_us - looking_since_us <= JOB_GONE_AFTER // MICROSECOND
    if is_silent:
        behind_s = max(behind_s, told_us / 1_000_000)
    what = "has reported nothing for" if is_silent else "is behind by"
    return _Seen(
        job.service,
        is_so=behind_s > asked_s and not has_yet_to_tell,
        is_over=behind_s <= asked_s * _BACK,
        origin="",
        text=f"the Spark job {what} {wording.about(behind_s)}",
        value=behind_s,
        threshold=asked_s,
    )


def _refused(job: Status[JobDetails], watched: Watched, now_us: int) -> _Seen:
    """Compare the count of refused records with the one of the last alert, at first of now."""
    total = sum(job.details.refused.values())
    if not watched.last_us:
        watched.count = total
    elif total < watched.count:  # the job counts from its start
        watched.count = 0
    watched.last_us = now_us
    more = total - watched.count
    counts = sorted(job.details.refused.items(), key=lambda it: (-it[1], it[0].value))
    reasons = ", ".join(f"{count:,} {reason.value}" for reason, count in counts)
    return _Seen(
        job.service,
        is_so=more > 0,
        is_over=True,
        origin=f"{job.since} {total}",
        text=f"{wording.count(more, 'more record')} refused; since the job's start {reasons}",
        value=float(more),
        counted=total,
    )


def _failed(status: Status[ProducerSummary], text: str, *, is_so: bool) -> _Seen:
    return _Seen(
        status.service,
        is_so=is_so,
        is_over=not is_so,
        origin=status.since,
        # Without the provider's words: they may repeat the key, and hold what a messenger acts on.
        text=f"{text} ({status.service}, {status.details.feed})",
    )
