/** `clusters status --web` as a person runs it. */
import { join } from "node:path";
import { cleanVariables, start } from "../../support/command";
import { REPOSITORY } from "../../support/environments";
import { until } from "../../support/until";
import { run } from "../in-process";
import { clusterOf, nodeOf } from "../samples";
import { StubControlApi, TOKEN } from "../stub-control-api";

jest.setTimeout(60_000);

let api: StubControlApi;
beforeAll(async () => (api = await StubControlApi.start()));
beforeEach(() => {
  api.reset();
  api.answer("GET /v1/clusters", { items: [clusterOf()] });
  api.answer("GET /v1/nodes", { items: [nodeOf()] });
});
afterAll(() => api.stop());

const variables = () => ({ CLUSTERS_API_URL: api.url, CLUSTERS_TOKEN: TOKEN, NO_COLOR: "1" });

test.each(["SIGINT", "SIGTERM"] as const)(
  "it prints the page's address, and ends in good order by %s",
  async (signal) => {
    const program = join(REPOSITORY, "cli", "clusters");
    const { child, finished } = start(program, ["status", "prod", "--web"], cleanVariables(variables()));
    let printed = "";
    child.stdout?.on("data", (text: string) => (printed += text));
    const url = await until("an address", () => /^http:\S+$/m.exec(printed)?.[0]);
    expect(await (await fetch(url)).text()).toContain("<h1");
    child.kill(signal);
    const { code, stdout, stderr } = await finished;
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${url}\n` });
    expect(stderr).toBe(
      "The status page of prod, for this machine only. Whoever has its address can move users. Ctrl-C ends it.\n",
    );
    await expect(fetch(url)).rejects.toThrow();
  },
);

test.each([
  [["--port", "8080"], "error: --port is the page's: add --web\n"],
  [["--web", "--port", "0"], /it is a port, from 1 to 65535/],
  [["--web", "--port", "65536"], /it is a port, from 1 to 65535/],
  [["--web", "--json"], /'--web' cannot be used with option '--json'/],
])("%j is refused", async (words, message) => {
  const { code, stdout, stderr } = await run(["status", "prod", ...words], variables());
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(message);
});
