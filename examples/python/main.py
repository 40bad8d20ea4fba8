"""Follows topics of Tidemark and keeps the accounts they tell of in a dict, each in its newest version."""

import json
import os
import signal
import sys
import uuid

from confluent_kafka import Consumer, KafkaException

TOPICS = os.environ["TOPICS"].split(",")

consumer = Consumer(
    {
        "bootstrap.servers": os.environ.get("KAFKA_BROKERS", "localhost:9092"),
        # librdkafka's default, but not that of every client: records of aborted transactions are none.
        "isolation.level": "read_committed",
        # The dict begins empty with every start, so the topics are read from their beginning, and no progress is kept.
        "group.id": f"accounts-{uuid.uuid4()}",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }
)

# By key (`<source>/<account id>`): the last version that was applied, and the document; None once it is deleted, and for a pointer, whose
# document is too large for its topic. What is deleted stays, or a replayed insert could bring it back.
accounts: dict[str, tuple[int, dict | None]] = {}


def take(message) -> str:
    """Applies a record where it is news, and says what became of it."""
    key = message.key().decode()
    headers = {name: value.decode() for name, value in message.headers()}
    # On a compacted topic a null follows a delete, with the headers of the delete.
    event = json.loads(message.value()) if message.value() is not None else None
    op = event["op"] if event else "forgotten"
    version = int(headers["ce_id"].rsplit("/", 1)[1])
    after = event["after"] if event else None
    last, document = accounts.get(key, (0, None))
    told = f"{op} {key} v{version}"

    # What was applied before comes again: with a replay, with a snapshot, after a rebalance. Of a pointer the document is still wanted.
    is_wanted = version == last and document is None and after is not None
    if version <= last and not is_wanted:
        return f"{told} ignored"
    accounts[key] = (version, after)
    # Live events count 1, 2, 3 …; what is published again is a selection, in which nothing is missing.
    is_live = event is not None and op != "snapshot" and "tidemark-replay" not in headers
    if is_live and version > last + 1:
        return f"{told} applied, but versions {last + 1} to {version - 1} are missing"
    return f"{told} applied"


def stop(*_) -> None:
    sys.exit(0)


signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGINT, stop)
consumer.subscribe(TOPICS)
try:
    while True:
        message = consumer.poll(timeout=0.5)
        if message is None:
            continue
        if message.error():
            raise KafkaException(message.error())
        print(take(message), flush=True)
finally:
    consumer.close()
    living = {key: document for key, (_, document) in accounts.items() if document is not None}
    print(json.dumps(living))
