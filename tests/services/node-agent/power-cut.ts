/** What a power cut would leave of a directory. */
import { cpSync, rmSync } from "node:fs";
import { tempDir } from "../../support/temp-dir";

/** A copy, taken at one moment: when a file goes away meanwhile, the copy is taken again. */
export function afterPowerCut(directory: string): string {
  for (;;) {
    const copy = tempDir();
    try {
      cpSync(directory, copy, { recursive: true });
      return copy;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      rmSync(copy, { recursive: true });
    }
  }
}
