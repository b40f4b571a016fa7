"""What can end the job, each with the exit code it ends with."""


class JobError(Exception):
    """Something that ends the job; the text is one line for people."""

    exit_code = 1


class QueryFailedError(JobError):
    """The query failed: a restart resumes from the checkpoint."""


class ExecutorsDiedError(QueryFailedError):
    """The cluster's processes that worked on a batch died, one after the other."""


class WorkerDiedError(QueryFailedError):
    """A Python process that worked on a batch died without an error message."""


class StateDamagedError(QueryFailedError):
    """The query's state cannot be read: the next start makes a new checkpoint."""


class DamagedError(JobError):
    """A file of the checkpoint cannot be read: the next start makes a new checkpoint."""


class ClusterLostError(JobError):
    """The cluster no longer knows the job: the next start registers with it again."""


class TopicChangedError(JobError):
    """The topic is no longer the one that was read: the next start decides what to do."""


class DeadLettersNotDeliveredError(JobError):
    """Refused records did not reach their topic: the batch has to be repeated."""


class WindowsNotDeliveredError(JobError):
    """Final windows did not reach their topic: the batch has to be repeated."""


class NeedsPersonError(JobError):
    """A restart alone does not help: somebody has to change something."""

    exit_code = 2


class WrongSparkError(NeedsPersonError):
    """Spark has another version than the job is made for."""


class CheckpointError(NeedsPersonError):
    """The checkpoint does not fit the settings."""
