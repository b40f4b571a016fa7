"""The dataset in an object store, read as any reader of it would."""

import json
from typing import Any

READ = """
import json
import pyarrow as pa
from contracts.settings import load
from contracts.location import LocationSettings
from contracts.object_store import delta_table, file_system
from deltalake import DeltaTable
from pyarrow import fs, parquet
location = load(LocationSettings).location
uri, options = delta_table(location)
system, root = file_system(location)
if location.format == "delta":
    names = pa.table(DeltaTable(uri, storage_options=options).get_add_actions())["path"].to_pylist()
else:
    found = system.get_file_info(fs.FileSelector(root, recursive=True))
    names = [it.path.removeprefix(f"{root}/") for it in found if it.path.endswith(".parquet")]
tables = [parquet.ParquetFile(system.open_input_file(f"{root}/{name}")).read() for name in names]
for table in tables:
    for column in ("window_start", "window_end"):
        place = table.schema.get_field_index(column)
        table = table.set_column(place, column, table[column].cast(pa.int64()))
    for row in table.to_pylist():
        print(json.dumps(row))
"""
"""Prints the rows of the dataset as it is now, in a container that has its settings."""


def rows_of(printed: str) -> list[dict[str, Any]]:
    """Give what `READ` has printed; times are microseconds since 1970."""
    return [json.loads(line) for line in printed.splitlines()]
