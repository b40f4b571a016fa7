"""From checked events to aggregates: sums of panes, then windows."""
