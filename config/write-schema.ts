/** Writes `config.schema.json` at the top level: `node --import tsx config/write-schema.ts`, after a change of the schema. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderJsonSchema } from "./json-schema";

writeFileSync(join(__dirname, "..", "config.schema.json"), renderJsonSchema());
