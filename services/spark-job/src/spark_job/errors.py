"""What can end the job, each with the exit code it ends with."""


class JobError(Exception):
    """Something that the job cannot go on after; the text is one line for a person."""

    exit_code = 1


class QueryFailedError(JobError):
    """The query stopped by itself: a restart goes on from the checkpoint."""


class ExecutorsDiedError(QueryFailedError):
    """The cluster's processes that worked on a batch died, one after the other."""


class WorkerDiedError(QueryFailedError):
    """A Python process that worked on a batch died without a word."""


class StateDamagedError(QueryFailedError):
    """The query's state cannot be read: the start after it makes a new checkpoint."""


class DamagedError(JobError):
    """A file of the checkpoint cannot be read: the start after it makes a new one."""


class ClusterLostError(JobError):
    """The cluster does not know the job any more: the start after it asks for workers anew."""


class TopicChangedError(JobError):
    """The topic is not the one that was read: the start after it sees what to do."""


class DeadLettersNotDeliveredError(JobError):
    """Refused records did not get to their topic: the batch is to be done again."""


class WindowsNotDeliveredError(JobError):
    """Final windows did not get to their topic: the batch is to be done again."""


class NeedsPersonError(JobError):
    """A restart alone does not help: somebody has to change something."""

    exit_code = 2


class WrongSparkError(NeedsPersonError):
    """Spark is of another version than the job is made for."""


class CheckpointError(NeedsPersonError):
    """The checkpoint does not fit the settings."""
