"""The state of the job: status file, metrics, consumer lag, liveness."""
