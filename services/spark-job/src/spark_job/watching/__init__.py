"""How the job is: status file, metrics, lag, and whether it gets on."""
