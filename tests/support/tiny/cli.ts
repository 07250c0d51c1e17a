/** The command on a tiny project: `node --require tools/typescript.cjs cli.ts <project folder> <arguments>`. */
import { main } from "../../../cli/main";
import { tinyProject } from "./project";

const [node = "", script = "", root = "", ...args] = process.argv;
void main(tinyProject(root), [node, script, ...args]).then((code) => {
  process.exitCode = code;
});
