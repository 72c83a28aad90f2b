"""The yardstick: a bare kafka-python transactional copy, tuned, of the same bytes. No Postbag in it.

Run as a process of its own, like a worker: ``python -m tests.benchmark.bare SERVERS SOURCE TARGET COUNT`` copies COUNT
records and prints its CPU per message and its rate as JSON.
"""

from __future__ import annotations

import gc
import json
import sys
from time import perf_counter, process_time

from kafka import KafkaConsumer, KafkaProducer
from kafka.structs import OffsetAndMetadata


def copy(servers: str, source: str, target: str, count: int) -> dict[str, float]:
    """Copy ``count`` records from ``source`` to ``target``, offsets in the transaction, 2,000 a batch."""
    consumer = KafkaConsumer(
        source,
        bootstrap_servers=servers,
        group_id=f"bare-{target}",
        group_instance_id=f"bare-{target}",
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        max_poll_records=2000,
        max_partition_fetch_bytes=1 << 20,
        fetch_max_wait_ms=250,
        retry_backoff_ms=5,
        session_timeout_ms=15_000,
    )
    producer = KafkaProducer(
        bootstrap_servers=servers,
        transactional_id=f"bare-{target}",
        transaction_timeout_ms=15_000,
        batch_size=4 << 20,
        linger_ms=1000,
        max_request_size=8 << 20,
        compression_type="lz4",
        retry_backoff_ms=5,
    )
    producer.init_transactions()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    done, wall, cpu = 0, 0.0, 0.0
    while done < count:
        batch = consumer.poll(1000)
        if not batch:
            continue
        if not done:  # the wait for the first batch is not counted, all of its handling is
            wall, cpu = perf_counter(), process_time()
        member = consumer.group_metadata()
        producer.begin_transaction()
        for place, records in batch.items():
            for record in records:
                producer.send(target, record.value, record.key, None, place.partition)
            done += len(records)
        offsets = {place: OffsetAndMetadata(records[-1].offset + 1, "", -1) for place, records in batch.items()}
        producer.send_offsets_to_transaction(offsets, member)
        producer.commit_transaction()
    wall, cpu = perf_counter() - wall, process_time() - cpu
    producer.close()
    consumer.close(autocommit=False)
    return {"cpu_us": cpu / done * 1e6, "rate": done / wall}


if __name__ == "__main__":
    print(json.dumps(copy(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))))
