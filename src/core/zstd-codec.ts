import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";

/** What kafkajs wants of a codec: the bytes of the records of one batch. */
export interface Codec {
  compress(records: { buffer: Buffer }): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** zstd as Node has it (22.15 and newer): kafkajs brings gzip only. */
export const zstdCodec: Codec = {
  compress: ({ buffer }) => compress(buffer),
  decompress: (bytes) => decompress(bytes),
};
