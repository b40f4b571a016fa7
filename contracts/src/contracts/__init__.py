"""What the services of the pipeline say to each other; ``README.md`` has what each module holds."""
