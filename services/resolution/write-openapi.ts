/** Writes `openapi.json` beside it: node --require ./tools/typescript.cjs services/resolution/write-openapi.ts */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeApi } from "./server/document";

describeApi().then(
  (document) => writeFileSync(join(__dirname, "openapi.json"), document),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
