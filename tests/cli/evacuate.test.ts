/** evacuate against a control API that speaks the contracts. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FastifyRequest } from "fastify";
import { Problem } from "../../services/contracts/problems";
import type { Evacuation } from "../../services/contracts/resources";
import { cleanVariables, start } from "../support/command";
import { REPOSITORY } from "../support/environments";
import { removeTempDirs, tempDir } from "../support/temp-dir";
import { until } from "../support/until";
import { run } from "./in-process";
import { evacuationOf, transferOf } from "./samples";
import { StubControlApi, TOKEN } from "./stub-control-api";

jest.setTimeout(60_000);

const ID = "0192f2c4-5a7e-7000-8000-000000000001";
const done = evacuationOf({ id: ID, state: "done", phases: { settling: 1000, done: 200 } });

let api: StubControlApi;
beforeAll(async () => (api = await StubControlApi.start()));
beforeEach(() => {
  api.reset();
  api.answer("POST /v1/evacuations", ({ body }: FastifyRequest) =>
    (body as { dryRun?: boolean }).dryRun === true ? evacuationOf({ state: "dry-run" }) : evacuationOf({ id: ID }),
  );
});
afterAll(async () => {
  await api.stop();
  removeTempDirs();
});

const onStub = () => ({ CLUSTERS_API_URL: api.url, CLUSTERS_TOKEN: TOKEN, NO_COLOR: "1" });
const evacuate = (...args: string[]) => run(["evacuate", "prod", ...args], onStub());
const started = () => api.bodiesOf("/v1/evacuations");
const following = (...answers: Evacuation[]) => api.answer("GET /v1/evacuations/:id", answers);

describe("a dry run", () => {
  test("tells who would go where and who cannot, and changes nothing", async () => {
    const plan = evacuationOf({ state: "dry-run", refused: { "cluster-full": 12 } });
    api.answer("POST /v1/evacuations", plan);
    const { code, stdout, stderr } = await evacuate("free", "--share", "0.2", "--to", "free2", "reserve", "--dry-run");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(
      `1,200 users leave free, planned, 100 per second, 1,000 at once

destination  users
free2        1,000
reserve      200

cannot be moved  users
cluster-full     12
`,
    );
    expect(started()).toEqual([
      {
        source: "free",
        share: 0.2,
        destinations: ["free2", "reserve"],
        mode: "planned",
        rate: 100,
        concurrency: 1000,
        reason: "",
        dryRun: true,
      },
    ]);
  });

  test("sends the users of a file", async () => {
    const file = join(tempDir(), "users");
    writeFileSync(file, "alice\n\nbob # moved by hand\r\n");
    await evacuate("free", "--users-file", file, "--dry-run", "--emergency", "--rate", "2.5", "--concurrency", "7");
    expect(started()).toMatchObject([{ users: ["alice", "bob"], mode: "emergency", rate: 2.5, concurrency: 7 }]);
  });
});

describe("an evacuation", () => {
  test("is shown before it begins, followed, and told of in lines without a terminal", async () => {
    following(evacuationOf({ id: ID, phases: { requested: 700, stopping: 100, settling: 400 } }), done);
    const { code, stdout, stderr } = await evacuate("free", "--yes");
    expect(code).toBe(0);
    expect(stdout).toBe(`evacuation ${ID} of free: 1,200 of 1,200 moved, 0 under way, done\n`);
    expect(stderr).toContain("destination  users\nfree2        1,000\n");
    expect(stderr).toContain(`evacuation ${ID}\n`);
    expect(stderr).toContain("free  400 of 1,200 moved, 100 under way, 700 waiting\n");
    expect(stderr).toContain("free  1,200 of 1,200 moved, 0 under way, done\n");
    expect(started()).toMatchObject([{ dryRun: true }, { dryRun: false }]);
  });

  test("is begun under another key than its dry run", async () => {
    await evacuate("free", "--yes", "--no-wait");
    const keys = api.received.map(({ idempotencyKey }) => idempotencyKey);
    expect(new Set(keys).size).toBe(2);
  });

  test("fails when users were put back, and names them with the reason", async () => {
    following(evacuationOf({ id: ID, state: "done", phases: { settling: 1199, aborted: 1 } }));
    const outcome = "host vm-7 of free did not answer within 60 s";
    api.answer("GET /v1/transfers", { items: [transferOf({ user: "bob", phase: "aborted", outcome })] });
    const { code, stderr } = await evacuate("free", "--yes");
    expect(code).toBe(1);
    expect(stderr).toContain(`bob still lives in free: ${outcome}\n`);
    expect(api.received.at(-1)?.url).toBe(`/v1/transfers?evacuation=${ID}&phase=aborted&limit=10`);
  });

  test("fails when there was no room for all", async () => {
    following({ ...done, refused: { "cluster-full": 12 } });
    const { code, stderr } = await evacuate("free", "--yes");
    expect(code).toBe(1);
    expect(stderr).toContain("not begun for 12 users: cluster-full\n");
  });

  test("begins nothing when there is nobody to move", async () => {
    api.answer("POST /v1/evacuations", evacuationOf({ state: "dry-run", total: 0, destinations: {} }));
    const { code, stdout } = await evacuate("free", "--yes");
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("0 users leave free") as string,
    });
    expect(started()).toHaveLength(1);
  });

  test("prints its end as JSON, and nothing else on standard output", async () => {
    following(done);
    const { stdout } = await evacuate("free", "--yes", "--json");
    expect(JSON.parse(stdout)).toEqual(done);
  });

  test("is neither planned nor begun without a terminal to ask on, or --yes", async () => {
    const { code, stderr } = await evacuate("free");
    expect(code).toBe(2);
    expect(stderr).toBe("error: evacuate asks for confirmation, and there is no terminal to ask on; add --yes\n");
    expect(api.received).toEqual([]);
  });
});

describe("one that is under way", () => {
  test.each(["pause", "resume"])("is told to %s", async (action) => {
    api.answer(`POST /v1/evacuations/:id/${action}`, evacuationOf({ id: ID, state: "paused", phases: { done: 3 } }));
    const { code, stdout } = await evacuate(`--${action}`, ID);
    expect(code).toBe(0);
    expect(stdout).toBe(`evacuation ${ID} of free: 3 of 1,200 moved, 0 under way, paused\n`);
    expect(api.received.map(({ url }) => url)).toEqual([`/v1/evacuations/${ID}/${action}`]);
  });

  test("is given up, and watched until everybody is somewhere", async () => {
    api.answer("POST /v1/evacuations/:id/abort", evacuationOf({ id: ID, state: "aborting" }));
    following(
      evacuationOf({ id: ID, state: "aborting", phases: { aborting: 2, done: 5 } }),
      evacuationOf({ id: ID, state: "aborted", phases: { aborted: 2, done: 5 } }),
    );
    const { code, stdout } = await evacuate("--abort", ID);
    expect(code).toBe(0);
    expect(stdout).toBe(`evacuation ${ID} of free: 5 of 1,200 moved, 0 under way, 2 not moved, aborted\n`);
  });

  test("is followed again", async () => {
    following(done);
    expect((await evacuate("--follow", ID)).code).toBe(0);
    expect(started()).toEqual([]);
  });

  test("that the control API does not know is not said to go on", async () => {
    api.answer("GET /v1/evacuations/:id", () => {
      throw new Problem("unknown-evacuation", "there is no such evacuation");
    });
    const { code, stderr } = await evacuate("--follow", ID);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^error: unknown-evacuation: there is no such evacuation \(request /) as string,
    });
  });

  test("is called by its id, and nothing else is sent", async () => {
    const { code, stderr } = await evacuate("--pause", "free");
    expect(code).toBe(2);
    expect(stderr).toContain("it is no evacuation's id; clusters status shows those there are");
    expect(api.received).toEqual([]);
  });

  test.each([
    ["nothing", []],
    ["two things", ["free", "--pause", ID]],
  ])("is not guessed from %s", async (_, words) => {
    const { code, stderr } = await evacuate(...words);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: give one of these: a cluster, or an evacuation's id to --follow/);
  });
});

describe("Ctrl-C", () => {
  test("leaves the evacuation running and says how to go on and how to give it up", async () => {
    following(evacuationOf({ id: ID, phases: { requested: 1200 } }));
    const program = join(REPOSITORY, "cli", "clusters");
    const { child, finished } = start(program, ["evacuate", "prod", "free", "--yes"], cleanVariables(onStub()));
    await until("it follows", () => api.received.some(({ method, url }) => method === "GET" && url.endsWith(ID)));
    child.kill("SIGINT");
    const { code, stderr } = await finished;
    expect(code).toBe(130);
    expect(stderr).toContain(`clusters evacuate prod --follow ${ID}\n`);
    expect(stderr).toContain(`clusters evacuate prod --abort ${ID}\n`);
    expect(api.received.filter(({ method }) => method === "POST")).toHaveLength(2);
  });

  test("says of one that is paused that it does not go on by itself, and how it would", async () => {
    following(evacuationOf({ id: ID, state: "paused", phases: { requested: 1200 } }));
    const program = join(REPOSITORY, "cli", "clusters");
    const { child, finished } = start(program, ["evacuate", "prod", "--follow", ID], cleanVariables(onStub()));
    await until("it follows", () => api.received.some(({ method, url }) => method === "GET" && url.endsWith(ID)));
    child.kill("SIGINT");
    const { code, stderr } = await finished;
    expect(code).toBe(130);
    expect(stderr).toContain("The evacuation is paused.\n");
    expect(stderr).toContain(`clusters evacuate prod --resume ${ID}\n`);
    expect(stderr).not.toContain("--pause");
  });
});

describe("on a terminal", () => {
  /** Runs the command on a terminal of its own, where `answer` is typed. */
  async function typed(answer: string): Promise<{ code: number | null; shown: string }> {
    const command = `${join(REPOSITORY, "cli", "clusters")} evacuate prod free`;
    const variables = cleanVariables({ ...onStub(), TERM: "xterm" });
    // `script` of util-linux makes the terminal; it is part of every Debian.
    const { finished } = start("sh", ["-c", `echo '${answer}' | script -qec '${command}' /dev/null`], variables);
    const { code, stdout } = await finished;
    return { code, shown: stdout };
  }

  test("it asks for the cluster's name, and shows a bar", async () => {
    following(evacuationOf({ id: ID, phases: { requested: 600, settling: 600 } }), done);
    const { code, shown } = await typed("free");
    expect(code).toBe(0);
    expect(shown).toContain("Move 1,200 users? Type the cluster's name, free, to go on:");
    expect(shown).toContain("free  [###############...............]  600 of 1,200 moved");
    expect(started()).toMatchObject([{ dryRun: true }, { dryRun: false }]);
  });

  test("any other answer changes nothing", async () => {
    const { code, shown } = await typed("yes");
    expect(code).toBe(130);
    expect(shown).toContain("Nothing was changed.");
    expect(started()).toMatchObject([{ dryRun: true }]);
  });
});
