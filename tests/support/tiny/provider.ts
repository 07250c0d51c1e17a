/**
 * A provider of one resource, for tests of what drives the engine: `tiny:index:Thing` does on command what real resources
 * do on bad days. Properties: `size` is updated in place, `shape` replaces, `deleteFirst` says how; `fail` fails the
 * creation with its text, `die` ends the process in the middle of it, `waitFor` holds it until that file exists.
 */
import { existsSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { main, type CreateResult, type DiffResult, type Provider, type ReadResult } from "@pulumi/pulumi/provider";

type Properties = Readonly<Record<string, unknown>>;

class TinyProvider implements Provider {
  readonly version = "1.0.0";
  readonly schema = JSON.stringify({ name: "tiny", version: this.version, resources: { "tiny:index:Thing": {} } });

  diff(_id: string, _urn: string, olds: Properties, news: Properties): Promise<DiffResult> {
    const replaces = olds.shape === news.shape ? [] : ["shape"];
    const changes = replaces.length > 0 || olds.size !== news.size;
    return Promise.resolve({ changes, replaces, deleteBeforeReplace: news.deleteFirst === true });
  }

  async create(_urn: string, { fail, die, waitFor, ...inputs }: Properties): Promise<CreateResult> {
    if (typeof fail === "string") throw new Error(fail);
    if (die === true) process.exit(1);
    if (typeof waitFor === "string") await held(waitFor);
    return { id: "id", outs: inputs };
  }

  update(_id: string, _urn: string, _olds: Properties, news: Properties): Promise<{ outs: Properties }> {
    return Promise.resolve({ outs: news });
  }

  delete(): Promise<void> {
    return Promise.resolve();
  }

  read(id: string, _urn: string, props?: Properties): Promise<ReadResult> {
    return Promise.resolve({ id, props });
  }
}

/** Says, by a file beside it, that it waits; ends when the file is there. */
async function held(file: string): Promise<void> {
  writeFileSync(`${file}.waiting`, String(process.pid));
  while (!existsSync(file)) await setTimeout(20);
}

void main(new TinyProvider(), process.argv.slice(2));
