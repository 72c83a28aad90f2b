"""What can go wrong with a local Kafka, each with what to do about it.

    LocalKafkaError
      ├─ JavaMissingError   the package with Java is not installed
      ├─ JarsError          a jar is missing and cannot be fetched, or is not the one that was locked
      ├─ PortTakenError     another program listens where this broker should
      ├─ DataFolderError    the folder holds the data of another cluster, or of a newer Kafka
      ├─ AlreadyRunsError   another keeper holds this home
      └─ BrokerFailedError  Java ended, or does not answer in time

A message is one or two sentences for a person: what is wrong, then the remedy. Commands print it without a traceback.
"""


class LocalKafkaError(Exception):
    """Any of the below."""


class JavaMissingError(LocalKafkaError):
    """The extra `local` is not installed."""


class JarsError(LocalKafkaError):
    """A jar is missing and cannot be fetched, or its checksum is not the locked one."""


class PortTakenError(LocalKafkaError):
    """Another program listens on the port."""


class DataFolderError(LocalKafkaError):
    """The data folder belongs to another cluster or to a newer Kafka."""


class AlreadyRunsError(LocalKafkaError):
    """A broker already runs from this home."""


class BrokerFailedError(LocalKafkaError):
    """The broker ended, or did not answer in time."""
