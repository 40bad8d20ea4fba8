import { type Codec, zstdCodec } from "../core/zstd-codec.ts";

/** The part of the kafkajs package that knows codecs. */
interface Codecs {
  CompressionTypes: { readonly ZSTD: number };
  CompressionCodecs: object;
}

/**
 * Teaches a kafkajs package to read (and write) zstd, for topics that Tidemark compresses with it; it needs no other package. To be called before
 * the first consumer runs. Other clients know zstd by themselves.
 * @param kafkajs The package itself: `import kafkajs from "kafkajs"; readZstd(kafkajs)`.
 */
export function readZstd({ CompressionTypes, CompressionCodecs }: Codecs): void {
  const codecs: Record<number, () => Codec> = { [CompressionTypes.ZSTD]: () => zstdCodec };
  Object.assign(CompressionCodecs, codecs);
}
