/** Running the command within the test's own process, which takes milliseconds where a process takes a second. */
import { main } from "../../cli/main";
import { platform } from "../../deploy/project";
import type { Finished } from "../support/command";

/** Runs `clusters <args>` with variables of its own. One at a time: it takes the standard streams. */
export async function run(args: readonly string[], variables: NodeJS.ProcessEnv = {}): Promise<Finished> {
  const before = { ...process.env };
  const [stdout, stderr] = [capture(process.stdout), capture(process.stderr)];
  Object.assign(process.env, variables);
  try {
    const code = await main(platform, ["node", "clusters", ...args]);
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    process.env = before;
    for (const stream of [stdout, stderr]) stream.restore();
  }
}

function capture(stream: NodeJS.WriteStream): { text: () => string; restore: () => void } {
  let text = "";
  const spy = jest.spyOn(stream, "write").mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  return { text: () => text, restore: () => spy.mockRestore() };
}
