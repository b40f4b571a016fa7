"""Fewer points for a long line, without losing its extremes."""

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Indices = NDArray[np.int64]


def kept(times: Floats, average: Floats, maximum: Floats, buckets: int) -> Indices:
    """Choose which points to draw; `times` must rise.

    Up to five points a bucket, all of them where there are no more. The time is cut into `buckets`;
    of each stay the first and the last point, the lowest and highest average and the highest
    maximum. Nothing is averaged: what is drawn is what was measured.
    """
    count = len(times)
    if count <= 5 * buckets:
        return np.arange(count)
    span = times[-1] - times[0]
    bucket = np.minimum((times - times[0]) * buckets // span, buckets - 1)
    starts = np.flatnonzero(np.diff(bucket, prepend=-1.0))
    ends = np.append(starts[1:], count)
    chosen = [starts, ends - 1]
    for values in (-average, average, maximum):
        highest = np.repeat(np.maximum.reduceat(values, starts), ends - starts)
        at = np.flatnonzero(values == highest)
        chosen.append(at[np.unique(bucket[at], return_index=True)[1]])
    return np.unique(np.concatenate(chosen))
