#!/bin/sh
# Prints key, headers and value of every committed record of a topic, from its beginning, with the console consumer that comes with Kafka.
#
#   ./read-topic.sh localhost:9092 tidemark.bamboohr.accounts
#
# Java clients read uncommitted records unless they are told otherwise: without --isolation-level (`isolation.level` of a program's consumer) also
# those of transactions that were aborted, and so what Tidemark has never published.
exec kafka-console-consumer.sh \
  --bootstrap-server "${1:?the brokers, such as localhost:9092}" \
  --topic "${2:?the topic, such as tidemark.bamboohr.accounts}" \
  --from-beginning \
  --isolation-level read_committed \
  --property print.key=true \
  --property print.headers=true \
  --property headers.separator=';' \
  --property null.literal=null
