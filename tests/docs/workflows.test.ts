import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { parseOnly, wordsOf } from "./clusters-command";
import { ROOT } from "./pages";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Concurrency {
  readonly group: string;
  readonly "cancel-in-progress": boolean | string;
}

interface Job {
  readonly uses?: string;
  readonly needs?: string;
  readonly if?: string;
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: Concurrency;
  readonly "timeout-minutes"?: number;
  readonly steps?: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: Concurrency;
  readonly jobs: Readonly<Record<string, Job>>;
}

const folder = join(ROOT, ".github", "workflows");
const action = join(ROOT, ".github", "actions", "prepare", "action.yml");
const files = readdirSync(folder).sort();

function read<T>(file: string): T {
  const document = parseDocument(readFileSync(file, "utf8"), { strict: true, uniqueKeys: true });
  expect(document.errors).toEqual([]);
  expect(document.warnings).toEqual([]);
  return document.toJS() as T;
}

const workflow = (name: string) => read<Workflow>(join(folder, name));
const jobsOf = (name: string) => Object.values(workflow(name).jobs);
const stepsOf = (name: string) => jobsOf(name).flatMap(({ steps = [] }) => steps);
const prepare = () => read<{ runs: { steps: readonly Step[] } }>(action).runs.steps;

describe.each(files)("workflow %s", (name) => {
  it("grants no permission by default but to read the repository", () => {
    const { "id-token": identity, ...rest } = workflow(name).permissions ?? {};
    expect(rest).toEqual({ contents: "read" });
    expect([undefined, "write"]).toContain(identity);
  });

  it("asks for an identity exactly where a step uses it", () => {
    for (const job of jobsOf(name)) {
      const identity = (job.permissions ?? workflow(name).permissions)?.["id-token"];
      const authenticates = job.steps?.some(({ uses }) => uses?.startsWith("google-github-actions/auth@")) ?? false;
      expect(identity === "write").toBe(authenticates);
    }
  });

  it("uses no stored secret", () => {
    expect(readFileSync(join(folder, name), "utf8")).not.toMatch(/secrets\.|credentials_json|service_account_key/);
  });

  it("runs no code of strangers with an identity, and pastes no event data into a script", () => {
    expect(Object.keys(workflow(name).on)).not.toContain("pull_request_target");
    for (const { run = "" } of stepsOf(name)) expect(run).not.toContain("${{");
  });

  it("pins every action of others to a commit", () => {
    const used = [...stepsOf(name), ...prepare()].flatMap(({ uses }) => (uses === undefined ? [] : [uses]));
    expect(used.filter((uses) => !uses.startsWith("./") && !/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(uses))).toEqual([]);
  });

  it("has a limit in time for every job, and one run at a time for what it works on", () => {
    for (const job of jobsOf(name).filter(({ uses }) => uses === undefined)) {
      expect(job["timeout-minutes"]).toBeGreaterThan(0);
      expect((job.concurrency ?? workflow(name).concurrency)?.group).toMatch(/\S/);
    }
  });

  it("calls the command with words that it accepts", () => {
    for (const { run = "" } of stepsOf(name)) {
      const words = wordsOf(run);
      if (words !== undefined) expect(() => parseOnly(words)).not.toThrow();
    }
  });
});

describe("the workflow that previews", () => {
  it("runs on pull requests of the repository itself and writes the job's summary", () => {
    expect(Object.keys(workflow("preview.yml").on)).toEqual(["pull_request"]);
    const [job] = jobsOf("preview.yml");
    expect(job?.if).toContain("head.repo.full_name == github.repository");
    expect(stepsOf("preview.yml").at(-1)?.run).toBe('cli/clusters preview prod --markdown "$GITHUB_STEP_SUMMARY"');
  });

  it("uses the identity that only reads", () => {
    const auth = stepsOf("preview.yml").find(({ uses }) => uses?.startsWith("google-github-actions/auth@"));
    expect(auth?.with?.service_account).toBe("${{ vars.GOOGLE_PREVIEW_SERVICE_ACCOUNT }}");
  });
});

describe("the workflow that deploys", () => {
  const deploy = () => workflow("deploy.yml").jobs.prod;

  it("runs after the tests, from main only, behind the environment's protection", () => {
    expect(workflow("deploy.yml").on).toEqual({ push: { branches: ["main"] }, workflow_dispatch: null });
    expect(deploy()?.needs).toBe("test");
    expect(workflow("deploy.yml").jobs.test?.uses).toBe("./.github/workflows/test.yml");
    expect(deploy()?.if).toBe("github.ref == 'refs/heads/main'");
    expect(deploy()?.environment).toBe("prod");
  });

  it("is never interrupted by another, and never runs beside one", () => {
    expect(deploy()?.concurrency).toEqual({ group: "deploy-prod", "cancel-in-progress": false });
  });

  it("updates all of the environment without asking", () => {
    expect(deploy()?.steps?.at(-1)?.run).toBe("cli/clusters up prod --yes");
  });
});

describe("the workflow that tests", () => {
  it("runs what a developer runs", () => {
    expect(stepsOf("test.yml").at(-1)?.run).toBe("make test");
  });
});
