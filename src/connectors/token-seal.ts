import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import { ConfigError, SourceHaltedError } from "../core/errors.ts";

/** Makes texts unreadable for everybody without the key: what a database, its backups and its operators may see of a token. */
export interface TokenSeal {
  /** @throws SourceHaltedError `TIDEMARK_SOURCE_SETTINGS` when there is no key */
  demandKey(): void;
  /**
   * @param label What the text belongs to (not secret): under another one it cannot be opened.
   * @returns Hex, different each time.
   * @throws SourceHaltedError `TIDEMARK_SOURCE_SETTINGS` when there is no key
   */
  seal(text: string, label: string): string;
  /** @throws SourceHaltedError `TIDEMARK_SOURCE_SETTINGS` when there is no key, not the right one, or somebody has changed what is stored */
  open(sealed: string, label: string): string;
}

/** The environment variable that holds the keys. */
const variable = "TIDEMARK_TOKEN_KEY";
const howToMake = "make a key with: openssl rand -base64 32";

const cipher = "aes-256-gcm";
const keyBytes = 32;
const idBytes = 8;
const nonceBytes = 12;
const tagBytes = 16;

interface Key {
  secret: Buffer;
  /** Tells keys apart without telling anything about them. */
  id: Buffer;
}

/**
 * AES-256-GCM. Sealed is: id of the key (8 bytes), nonce (12, random), tag (16), and the encrypted text.
 * @param configured Keys of 32 bytes as base64, separated by commas: the first one seals, every one opens. Undefined or empty: none.
 * @throws ConfigError `TIDEMARK_CONFIG_INVALID` when one of them is no such key
 */
export function tokenSeal(configured: string | undefined): TokenSeal {
  const keys = keysOf(configured ?? "");

  const newestKey = () => {
    const [key] = keys;
    if (key === undefined) throw noKey();
    return key;
  };

  return {
    demandKey: () => void newestKey(),
    seal(text, label) {
      const key = newestKey();
      const nonce = randomBytes(nonceBytes);
      const sealing = createCipheriv(cipher, key.secret, nonce).setAAD(Buffer.from(label));
      const encrypted = Buffer.concat([sealing.update(text, "utf8"), sealing.final()]);
      return Buffer.concat([key.id, nonce, sealing.getAuthTag(), encrypted]).toString("hex");
    },
    open(sealed, label) {
      newestKey();
      const bytes = Buffer.from(sealed, "hex");
      const [nonceAt, tagAt, textAt] = [idBytes, idBytes + nonceBytes, idBytes + nonceBytes + tagBytes];
      const key = keys.find(({ id }) => id.equals(bytes.subarray(0, idBytes)));
      if (key === undefined) throw unknownKey(label);
      try {
        const opening = createDecipheriv(cipher, key.secret, bytes.subarray(nonceAt, tagAt), {
          authTagLength: tagBytes,
        })
          .setAAD(Buffer.from(label))
          .setAuthTag(bytes.subarray(tagAt, textAt));
        return opening.update(bytes.subarray(textAt), undefined, "utf8") + opening.final("utf8");
      } catch {
        throw changed(label);
      }
    },
  };
}

function keysOf(configured: string): Key[] {
  const texts = configured.split(",").map((text) => text.trim());
  if (texts.every((text) => text === "")) return [];
  const secrets = texts.map((text) => Buffer.from(text, "base64"));
  const faults = secrets.flatMap(({ length }, index) =>
    length === keyBytes
      ? []
      : [`${variable}: key ${index + 1} is not ${keyBytes} bytes as base64; ${howToMake}`],
  );
  if (faults.length > 0) throw new ConfigError("TIDEMARK_CONFIG_INVALID", faults);
  return secrets.map((secret) => ({ secret, id: idOf(secret) }));
}

function idOf(secret: Buffer): Buffer {
  return createHmac("sha256", secret).update("tidemark token key").digest().subarray(0, idBytes);
}

function noKey(): SourceHaltedError {
  return halted(
    `OAuth grants are stored sealed, and environment variable ${variable} is not set; ${howToMake}`,
  );
}

function unknownKey(label: string): SourceHaltedError {
  return halted(
    `The stored grant of ${label} was sealed with a key that is not in ${variable}: put that key back, behind the newest; ` +
      "if it is lost, authorise anew and configure the new refresh token",
  );
}

function changed(label: string): SourceHaltedError {
  return halted(
    `The stored grant of ${label} is not as it was sealed: somebody has changed table token; restore its row, or authorise anew and ` +
      "configure the new refresh token",
  );
}

function halted(what: string): SourceHaltedError {
  return new SourceHaltedError("TIDEMARK_SOURCE_SETTINGS", what);
}
