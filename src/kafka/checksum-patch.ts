import { createRequire } from "node:module";
import { crc32c } from "@node-rs/crc32";

// kafkajs computes the checksum of a batch in JavaScript, a byte at a time: twenty times slower than the processor's own instruction.
const require = createRequire(import.meta.url);
const path = "kafkajs/src/protocol/recordBatch/crc32C/index.js";
require(path);
const loaded = require.cache[require.resolve(path)];
if (loaded !== undefined) loaded.exports = (bytes: Buffer): number => crc32c(bytes);
