"""What the services of the pipeline say to each other.

========================  ====================================================
module                    what it holds
========================  ====================================================
:mod:`.event`             the event on the topic: models and encoding
:mod:`.check`             from bytes to an event, or to the reason it is refused
:mod:`.reasons`           the reasons, in the order in which they are looked for
:mod:`.refused`           the record on the dead-letter topic
:mod:`.times`             the one time format
:mod:`.topics`            the topics and how they are set up
:mod:`.aggregates`        the columns of the dataset, and where it lies
:mod:`.status`            the status files
:mod:`.examples`          valid and invalid records with the verdict they get
:mod:`.settings`          how a service reads its environment
:mod:`.logs`              how a service logs
========================  ====================================================
"""
