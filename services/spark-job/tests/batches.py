"""What a query reports of its batches."""

from typing import Any

from pyspark.sql.streaming import StreamingQuery


def batches_of(query: StreamingQuery) -> list[dict[str, Any]]:
    """Give the progress of each batch that ran; an idle query reports each second, too."""
    return [it for it in query.recentProgress if "addBatch" in it["durationMs"]]
