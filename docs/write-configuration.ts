/* Writes the reference of every key into docs/configuration.md: node --import tsx docs/write-configuration.ts */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderJsonSchema } from "../config/json-schema";
import { renderConfigurationReference } from "./configuration-reference";
import { replaceGenerated } from "./generated-section";

const page = join(__dirname, "configuration.md");
const reference = renderConfigurationReference(renderJsonSchema());
writeFileSync(page, replaceGenerated(readFileSync(page, "utf8"), "reference", reference));
