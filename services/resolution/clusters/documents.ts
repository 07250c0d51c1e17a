/** The environment's clusters as files: one `<cluster>.json` each, in a directory that changes while the process runs. */
import { readdir, readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { clusterDocument, type ClusterDocument } from "../../contracts/cluster";

const ENDING = ".json";
/** Where Kubernetes keeps the files of a mounted ConfigMap: a link that is changed in one step. */
const MOUNTED_DATA = "..data";

/** Reads all documents by name. Throws one error that names the file, the key and what is wrong with it. */
export async function readDocuments(dir: string): Promise<ClusterDocument[]> {
  return parseDocuments(await readFiles(dir));
}

/** The files by name. Of a mounted ConfigMap all are of the same version, or the read fails. */
export async function readFiles(dir: string): Promise<ReadonlyMap<string, string>> {
  const folder = await realpath(join(dir, MOUNTED_DATA)).catch(() => dir);
  const names = (await readdir(folder)).filter((name) => name.endsWith(ENDING) && !name.startsWith(".")).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return new Map(names.map((name, index) => [name, texts[index] ?? ""]));
}

/** Reads the files' texts. An environment has at least one cluster, so none at all is an error too. */
export function parseDocuments(files: ReadonlyMap<string, string>): ClusterDocument[] {
  if (files.size === 0) throw new Error(`no cluster is described: expected one <cluster>${ENDING} per cluster`);
  return [...files].map(([file, text]) => parseDocument(file, text));
}

function parseDocument(file: string, text: string): ClusterDocument {
  const parsed = clusterDocument.safeParse(parseJson(file, text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`${file}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "is no cluster document"}`);
  }
  const expected = file.slice(0, -ENDING.length);
  if (parsed.data.name !== expected) {
    throw new Error(`${file}: name: is "${parsed.data.name}"; a file is named after its cluster`);
  }
  return parsed.data;
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${file}: is not JSON: ${(error as Error).message}`, { cause: error });
  }
}
