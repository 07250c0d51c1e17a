/** Extended DNS errors (RFC 8914): why there is no answer, in words that `dig` shows. Pure. */
import type { PacketOpt } from "dns-packet";
import type { Message } from "./message";

const OPTION_CODE = 15;
/** `Other`: the text says it all. */
const INFO_CODE = 0;
const INFO_CODE_LENGTH = 2;
/** Octets of text, so that it fits into the least response there is beside any question. */
const MAX_TEXT = 200;

/** The option of a response that is none. */
export function extendedError(text: string): PacketOpt {
  const code = Buffer.alloc(INFO_CODE_LENGTH);
  code.writeUInt16BE(INFO_CODE);
  // The package's types do not know options that it has no words for.
  return { code: OPTION_CODE, data: Buffer.concat([code, cut(text)]) } as unknown as PacketOpt;
}

/** The text of a response's extended error; undefined where it has none. */
export function extendedErrorOf({ additionals = [] }: Message): string | undefined {
  const options = additionals.flatMap((record) => (record.type === "OPT" ? record.options : []));
  const found = options
    .map(({ code, data }) => ({ code: Number(code), data }))
    .find(({ code }) => code === OPTION_CODE);
  const text = found?.data?.subarray(INFO_CODE_LENGTH).toString() ?? "";
  return text === "" ? undefined : text;
}

/** Not within a character. */
function cut(text: string): Buffer {
  const octets = Buffer.from(text);
  if (octets.length <= MAX_TEXT) return octets;
  return Buffer.from(
    octets
      .subarray(0, MAX_TEXT - 3)
      .toString()
      .replace(/\uFFFD+$/, "") + "…",
  );
}
