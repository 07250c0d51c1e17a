/**
 * Stands in for the Node language host of an official Pulumi installation, which cannot be built from Go modules: it starts
 * the program runner of @pulumi/pulumi as that host does, so that the program is loaded, compiled and run the same way.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { Server, ServerCredentials, type sendUnaryData, type ServerUnaryCall } from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { GetRequiredPackagesResponse, RunResponse, type RunRequest } from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { REPOSITORY } from "../support/environments";

const RUNNER = join(REPOSITORY, "node_modules", "@pulumi", "pulumi", "cmd", "run");
const PROGRAM_TIMEOUT_MS = 240_000;

export interface NodeHost {
  /** Address for the engine's `--client`. */
  readonly address: string;
  stop(): void;
}

/** Serves the program of this repository until it is stopped. `variables` are what it sees of the environment besides this process's. */
export async function startNodeHost(variables: NodeJS.ProcessEnv = {}): Promise<NodeHost> {
  const server = new Server();
  server.addService(LanguageRuntimeService, {
    run: (call: ServerUnaryCall<RunRequest, RunResponse>, done: sendUnaryData<RunResponse>) => {
      runProgram(call.request, variables).then(
        (error) => {
          const response = new RunResponse();
          response.setError(error);
          done(null, response);
        },
        (error: Error) => done(error),
      );
    },
    getRequiredPackages: (_: unknown, done: sendUnaryData<GetRequiredPackagesResponse>) =>
      done(null, new GetRequiredPackagesResponse()),
    getPluginInfo: (_: unknown, done: sendUnaryData<PluginInfo>) => {
      const info = new PluginInfo();
      info.setVersion("1.0.0");
      done(null, info);
    },
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return { address: `127.0.0.1:${port}`, stop: () => server.forceShutdown() };
}

/** Resolves with what the runner complained of, or nothing. */
function runProgram(request: RunRequest, variables: NodeJS.ProcessEnv): Promise<string> {
  const [engine = ""] = request.getArgsList();
  const config: Record<string, string> = {};
  request.getConfigMap().forEach((value: string, key: string) => (config[key] = value));
  const child = spawn(
    process.execPath,
    [
      RUNNER,
      ...["--monitor", request.getMonitorAddress(), "--engine", engine],
      ...[
        "--organization",
        request.getOrganization(),
        "--project",
        request.getProject(),
        "--stack",
        request.getStack(),
      ],
      ...["--dry-run", String(request.getDryrun()), "--pwd", REPOSITORY, REPOSITORY],
    ],
    {
      cwd: REPOSITORY,
      env: {
        ...process.env,
        ...variables,
        PULUMI_CONFIG: JSON.stringify(config),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
        PULUMI_NODEJS_TYPESCRIPT: "true",
      },
      timeout: PROGRAM_TIMEOUT_MS,
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  return new Promise((resolve, reject) => {
    let complaints = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (complaints += text));
    child.once("error", reject);
    child.once("close", (code) => resolve(code === 0 ? "" : `the program exited with ${code}: ${complaints}`));
  });
}
