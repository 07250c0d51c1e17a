/** What cloud-init does with a VM's `user-data`: files that it writes and commands that it runs. Pure. */
import { parse } from "yaml";

export interface CloudConfig {
  /** Contents by absolute path. */
  readonly files: ReadonlyMap<string, string>;
  /** The commands, each as its words. */
  readonly commands: readonly (readonly string[])[];
}

const HEADER = "#cloud-config";
const KEYS = ["write_files", "runcmd"];
const FILE_KEYS = ["path", "permissions", "owner", "content"];

/** Reads a cloud-config. Throws an Error that names what it does not know or what is malformed. */
export function parseCloudConfig(userData: string): CloudConfig {
  if (userData.split("\n", 1)[0]?.trimEnd() !== HEADER) {
    throw new Error(`user-data does not begin with the line ${HEADER}, so that cloud-init does nothing with it`);
  }
  const config = asObject(parseYaml(userData), "user-data");
  refuseOthers(config, KEYS, "user-data");
  const files = new Map<string, string>();
  for (const file of asList(config.write_files ?? [], "write_files").map(parseFile)) {
    if (files.has(file.path)) throw new Error(`write_files: ${file.path} is written twice`);
    files.set(file.path, file.content);
  }
  return { files, commands: asList(config.runcmd ?? [], "runcmd").map(parseCommand) };
}

/** cloud-init reads YAML 1.1. */
function parseYaml(text: string): unknown {
  try {
    return parse(text, { version: "1.1" });
  } catch (error) {
    throw new Error(`user-data is not YAML: ${(error as Error).message}`, { cause: error });
  }
}

function parseFile(value: unknown, index: number): { path: string; content: string } {
  const at = `write_files[${index}]`;
  const file = asObject(value, at);
  refuseOthers(file, FILE_KEYS, at);
  const { path, permissions = "0644", owner = "root", content = "" } = file;
  if (typeof path !== "string" || !path.startsWith("/")) throw new Error(`${at}.path: ${show(path)} is not absolute`);
  if (typeof content !== "string") throw new Error(`${at}.content of ${path} is not text`);
  if (typeof permissions !== "string" || !/^0?[0-7]{3}$/.test(permissions)) {
    throw new Error(`${at}.permissions of ${path}: ${show(permissions)} is not text such as "0644"`);
  }
  if (owner !== "root" && owner !== "root:root") {
    throw new Error(`${at}.owner of ${path}: ${show(owner)}; the sandbox knows files of root only`);
  }
  return { path, content };
}

function parseCommand(value: unknown, index: number): string[] {
  if (Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === "string")) return value;
  throw new Error(`runcmd[${index}]: ${show(value)} is not a list of words; the sandbox has no shell for its VMs`);
}

function refuseOthers(value: Readonly<Record<string, unknown>>, known: readonly string[], at: string): void {
  const other = Object.keys(value).find((key) => !known.includes(key));
  if (other !== undefined) throw new Error(`${at}: the sandbox does not know ${other}; it knows ${known.join(", ")}`);
}

function asObject(value: unknown, at: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Error(`${at} is not a mapping`);
}

function asList(value: unknown, at: string): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  throw new Error(`${at} is not a list`);
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? "nothing";
}
