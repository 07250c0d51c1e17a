/** A program that registers what a file says, by stack: `{ "prod.free": { "edge": { "size": 1 } } }`. */
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import type { PulumiFn } from "@pulumi/pulumi/automation";

class Thing extends pulumi.CustomResource {
  constructor(name: string, { protect, ...inputs }: ThingSpec) {
    super("tiny:index:Thing", name, inputs, { version: "1.0.0", protect: protect === true });
  }
}

/** Properties of a thing; `protect` is the resource option. */
export type ThingSpec = Readonly<Record<string, string | number | boolean>>;
export type ProgramSpec = Readonly<Record<string, Readonly<Record<string, ThingSpec>>>>;

export function tinyProgram(specFile: string): PulumiFn {
  return () => {
    const spec = JSON.parse(readFileSync(specFile, "utf8")) as ProgramSpec;
    for (const [name, thing] of Object.entries(spec[pulumi.getStack()] ?? {})) new Thing(name, thing);
    return Promise.resolve({ things: Object.keys(spec).length });
  };
}
