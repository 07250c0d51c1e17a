/** What Knot finds on disk when it starts: its configuration, and a zone. */
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { State } from "../driver";
import { renderConfig } from "./config";
import type { SerialBound } from "./serial";
import { filesOf, type KnotSettings } from "./settings";
import { zoneRecords } from "./zone";
import { readFirstSerial, writeZoneFile } from "./zone-file";

/** Makes the directories that agent and Knot share. */
export function makeDirectories(settings: KnotSettings): void {
  for (const directory of [filesOf(settings).runDirectory, settings.storageDirectory]) {
    mkdirSync(directory, { recursive: true, mode: 0o750 });
    giveToKnot(settings, directory);
  }
}

/** Writes the configuration. Returns whether it is another than before, which a Knot that runs does not know. */
export function writeConfig(settings: KnotSettings): boolean {
  const { config } = filesOf(settings);
  const text = renderConfig(settings);
  if (existsSync(config) && readFileSync(config, "utf8") === text) return false;
  // It holds the key. Knot that starts meanwhile finds it whole or not at all.
  writeFileSync(`${config}.new`, text, { mode: 0o600 });
  giveToKnot(settings, `${config}.new`);
  renameSync(`${config}.new`, config);
  return true;
}

/**
 * Writes a zone file of the state, unless Knot has one already that it goes on from, with its journal. Returns whether it wrote one. The
 * journal of a Knot that runs without its file would not continue the new one, and would be lost when it ends.
 */
export async function writeFirstZone(settings: KnotSettings, state: State, bound: SerialBound): Promise<boolean> {
  const { zone: path, journal } = filesOf(settings);
  if (existsSync(path) && !isJournalLost(path, journal, bound)) return false;
  const serial = bound.take();
  const onInvalid = (error: Error) => settings.log.error({ error: error.message }, "an entry has no place in the zone");
  await writeZoneFile(path, settings.zone, zoneRecords(settings, state, serial, onInvalid));
  giveToKnot(settings, path);
  settings.log.info({ path, serial, entries: state.size }, "wrote the zone that Knot begins with");
  return true;
}

/** The zone file alone is as old as the name server: Knot would serve what was true then, with a serial from then. */
function isJournalLost(zoneFile: string, journal: string, bound: SerialBound): boolean {
  if (existsSync(journal)) return false;
  const serial = readFirstSerial(zoneFile);
  // Knot begins a journal with the first change.
  return serial !== undefined && bound.isPast(serial);
}

function giveToKnot({ supervise }: KnotSettings, path: string): void {
  if (supervise?.user !== undefined) chownSync(path, supervise.user.uid, supervise.user.gid);
}
