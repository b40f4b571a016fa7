"""What the session is set to."""

from pathlib import Path


def test_a_file_of_the_checkpoint_is_made_without_running_a_program(session, tmp_path):
    jvm = session.sparkContext._jvm
    pid = jvm.java.lang.ProcessHandle.current().pid()
    path = jvm.org.apache.hadoop.fs.Path(f"file:{tmp_path}/offsets/0")
    files = path.getFileSystem(session._jsc.hadoopConfiguration())
    before = faults_of_children(pid)
    files.create(path).close()
    assert faults_of_children(pid) == before
    modes = [(tmp_path / name).stat().st_mode & 0o777 for name in ("offsets", "offsets/0")]
    assert modes == [0o755, 0o644]


def faults_of_children(pid: int) -> int:
    """Give the page faults of all children of a process that have ended: each has some."""
    _, fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)
    return int(fields.split()[8])
