"""Writes the SQL that makes the image's files of what the contracts know, on standard output.

``/sql/none`` gets a file without rows, with the dataset's columns; ``/sql`` the names
of the sources whose volume grows over a day.
"""

import sys

from contracts.dataset import COLUMNS, PARTITION_COLUMN
from contracts.sources import VOLUME_OF_THE_DAY

TYPES = {"string": "VARCHAR", "timestamp": "TIMESTAMPTZ", "double": "DOUBLE", "int64": "BIGINT"}

columns = ", ".join(f"NULL::{TYPES[it.type]} AS {it.name}" for it in COLUMNS)
sys.stdout.write(
    f"COPY (SELECT {columns} WHERE false)"
    f" TO '/sql/none/{PARTITION_COLUMN}=1970-01-01/none.parquet';\n"
    f"COPY (SELECT unnest({list(VOLUME_OF_THE_DAY)}) AS source)"
    " TO '/sql/volume_of_the_day.parquet';\n"
)
