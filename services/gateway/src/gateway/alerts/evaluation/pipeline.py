"""Rules about the pipeline's own states, as its services tell them."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from contracts.alerts import Alert
from contracts.status import (
    GATEWAY,
    JOB_GONE_AFTER,
    STARTED_AGAIN,
    JobDetails,
    ProducerSummary,
    Status,
    waits,
)
from contracts.times import MICROSECOND, epoch_us, format_time, from_ms
from gateway.alerts import wording
from gateway.alerts.evaluation.state import Key, State, Watched
from gateway.alerts.evaluation.statuses import Statuses
from gateway.alerts.evaluation.throttle import throttled
from gateway.alerts.evaluation.trigger import step
from gateway.alerts.making import make
from gateway.alerts.rules.kinds import A_MINUTE, PipelineRule, Rule
from gateway.following.lag import Waiting

_GONE_AFTER_US = JOB_GONE_AFTER // MICROSECOND
_GRACE_US = 90_000_000
"""How long a start of the job may take, as for its health check; it may start with the gateway.

Until then a lag says nothing: what the last run left unread is as old as the stop was long.
"""
_REARMS_AT = 0.5
"""A job is no longer behind once its lag is at most so much of the rule's threshold."""


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

    def tick(self, now_us: int, statuses: Statuses, waiting: Waiting | None) -> list[Alert]:
        """Look at the services at a moment; `waiting` is for what the gateway waits, if it does."""
        self._state.look(now_us)
        return [
            alert
            for mark, rule in self._rules
            for seen in self._look(mark, rule, now_us, statuses, waiting)
            for alert in self._judge(Key(mark, seen.service), rule, seen, now_us)
        ]

    def _look(
        self,
        mark: str,
        rule: PipelineRule,
        now_us: int,
        statuses: Statuses,
        waiting: Waiting | None,
    ) -> Iterator[_Seen]:
        job, looking_us = statuses.job, now_us - self._state.looking_since_us
        match rule.state:
            case "broker_away":
                yield _away(rule, waiting)
            case "feed_failed":
                for status in statuses.producers.values():
                    yield _failed(status, "the feed has failed", is_so=status.state == "failed")
            case "key_rejected":
                for status in statuses.producers.values():
                    is_so = status.details.key_rejected
                    yield _failed(status, "the provider rejects the key", is_so=is_so)
            case "refused" if job:
                yield _refused(job, self._state.of(Key(mark, job.service)), now_us)
            case "job_failed" if job:
                yield _job_failed(job, now_us, looking_us)
            case "job_behind" if job:
                watched = self._state.of(Key(mark, job.service))
                yield _behind(rule, job, watched, now_us, looking_us)

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


def _away(rule: PipelineRule, waiting: Waiting | None) -> _Seen:
    """Take what the gateway sees of the broker: producers and job tell it each in their own way."""
    what, seconds = waiting or ("", 0.0)
    asked_s = (rule.after or A_MINUTE).total_seconds()
    return _Seen(
        GATEWAY,
        is_so=seconds > asked_s,
        is_over=waiting is None,
        origin="",
        text=f"the gateway has been waiting for {what} for {wording.about(seconds)}",
        value=seconds,
        threshold=asked_s,
    )


def _behind(
    rule: PipelineRule,
    job: Status[JobDetails],
    watched: Watched,
    now_us: int,
    looking_us: int,
) -> _Seen:
    """Take its lag; where that is not known, how long ago all was read that there is now.

    It is not known of a job that waits, that ends and starts again and again, or that gets no
    answer. Of one that is gone take for how long it has told nothing.
    What has begun a moment ago, the gateway's look or the job's running, has yet to settle.
    """
    asked_s = (rule.behind or A_MINUTE).total_seconds()
    lag_s = max((it.lag_s or 0.0 for it in job.details.lag), default=0.0)
    is_silent = _is_silent(job, now_us)
    is_known = not is_silent and _knows_its_lag(job)
    settled_us = looking_us
    if is_known:
        settled_us = min(looking_us, now_us - epoch_us(job.since))
        watched.last_us = now_us - int(lag_s * 1_000_000)
        what, behind_s = "is behind by", lag_s
    elif is_silent:
        what = "has reported nothing for"
        behind_s = (now_us - epoch_us(job.updated_at)) / 1_000_000
    else:
        what = f"{_doing(job)} for"
        behind_s = min(now_us - watched.last_us, looking_us) / 1_000_000
    is_starting = job.state == "starting" and not waits(job)
    least_s = max(asked_s, _GRACE_US / 1_000_000) if is_starting else asked_s
    return _Seen(
        job.service,
        is_so=behind_s > least_s and settled_us > _GRACE_US,
        is_over=is_known and behind_s <= asked_s * _REARMS_AT,
        origin="",
        text=f"the Spark job {what} {wording.about(behind_s)}",
        value=behind_s,
        threshold=asked_s,
    )


def _knows_its_lag(job: Status[JobDetails]) -> bool:
    """Tell whether it does; while it starts only if nothing is unread, see `_GRACE_US`."""
    unread = [it for it in job.details.lag if it.lag]
    if job.state == "starting" and job.details.lag and not waits(job):
        return not unread
    return job.state == "running" and all(it.lag_s is not None for it in unread)


def _doing(job: Status[JobDetails]) -> str:
    """Say what a job does that does not know how far it is; without the words of an error."""
    if waits(job) and job.last_error:
        return f"has been {job.last_error.partition(': ')[0]}"  # addresses hold a colon, too
    if job.state == "starting":
        return "has been starting"
    return "has not told how far it is behind"


def _job_failed(job: Status[JobDetails], now_us: int, looking_us: int) -> _Seen:
    """Take that it has failed, also while it starts again and has yet to read something.

    Without its reason, which may be another's words.
    """
    is_started_again = job.state == "starting" and (job.last_error or "").startswith(STARTED_AGAIN)
    is_so = job.state == "failed" or is_started_again
    more = ", and was started again" if is_started_again else ""
    # It may have begun together with the gateway, or woken up with the machine.
    has_yet_to_tell = _is_silent(job, now_us) and looking_us <= _GONE_AFTER_US
    return _Seen(
        job.service,
        is_so=is_so and not has_yet_to_tell,
        is_over=job.state in {"running", "stopped"},
        origin=job.since,
        text=f"the Spark job has failed{more}: its log says why",
    )


def _is_silent(job: Status[JobDetails], now_us: int) -> bool:
    return now_us - epoch_us(job.updated_at) > _GONE_AFTER_US


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
