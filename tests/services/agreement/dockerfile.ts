/** What a Dockerfile says of the image that it makes. */
import { readFileSync } from "node:fs";

export interface Dockerfile {
  /** Of the last stage, which is the image: instruction and arguments, in order. */
  readonly instructions: readonly (readonly [instruction: string, value: string])[];
}

/** Reads a Dockerfile without here-documents. */
export function readDockerfile(file: string): Dockerfile {
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n")
    .replace(/\\\n/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [instruction = "", ...rest] = line.trim().split(/\s+/);
      return [instruction.toUpperCase(), rest.join(" ")] as const;
    });
  return { instructions: lines.slice(lines.findLastIndex(([instruction]) => instruction === "FROM")) };
}

/** The last value of an instruction, which is the one that holds; undefined when it is not given. */
export function valueOf({ instructions }: Dockerfile, name: string): string | undefined {
  return instructions.findLast(([instruction]) => instruction === name)?.[1];
}

/** The words of `ENTRYPOINT` or `CMD` in their JSON form; none when it is not given. */
export function wordsOf(dockerfile: Dockerfile, name: "ENTRYPOINT" | "CMD"): string[] {
  return JSON.parse(valueOf(dockerfile, name) ?? "[]") as string[];
}
