"""What the services of the pipeline say to each other.

========================  ====================================================
module                    what it holds
========================  ====================================================
:mod:`.event`             the event on the topic: models and encoding
:mod:`.check`             from bytes to an event, or to the reason it is refused
:mod:`.refusals`          the reasons for a refusal, and the dead letter
:mod:`.window`            the final window on its topic
:mod:`.alerts`            the alert on its topic
:mod:`.symbols`           what a symbol may be (with :mod:`.letters`)
:mod:`.sources`           where prices come from, and what is known of each source
:mod:`.times`             the one time format
:mod:`.topics`            the topics and how they are set up
:mod:`.dataset`           the columns of the dataset
:mod:`.arrow`             the same for Arrow, and how a file is brought to them
:mod:`.volume`            where things lie on the shared volume
:mod:`.files`             how a file is written whole
:mod:`.status`            the status files
:mod:`.examples`          valid and invalid records with the verdict they get
:mod:`.settings`          how a service reads its environment
:mod:`.logs`              how a service logs
========================  ====================================================
"""
