import kafkajs, { CompressionTypes } from "kafkajs";
import { zstdCodec } from "../core/zstd-codec.ts";

/** How the records of output topics are compressed. */
export type Compression = "none" | "gzip" | "zstd";

/** kafkajs' number of each. */
export const compressionTypes: Readonly<Record<Compression, CompressionTypes>> = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  zstd: CompressionTypes.ZSTD,
};

// Whatever the setting is now: a topic may hold what was written under another one.
kafkajs.CompressionCodecs[CompressionTypes.ZSTD] = () => zstdCodec;
