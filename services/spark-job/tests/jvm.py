"""What Py4J gives of the JVM, without one."""

from py4j.java_gateway import JavaObject


class Raised(JavaObject):
    """An exception in the JVM."""

    def __init__(self) -> None:
        self._target_id = "o1"
