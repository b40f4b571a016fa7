"""JSON in three layouts: an object a line, objects in arrays or under times, arrays as columns.

`json_lines`, `documents` and `columnar` read one each; `recording` tries them in that order, and
at last takes objects that stand side by side as rows.
"""
