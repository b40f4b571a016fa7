"""How the job is: status file, metrics, consumer lag, liveness."""
