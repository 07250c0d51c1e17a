/** The command reaches the control API of an environment on the local cloud without a word in the environment. */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { ensureAuthority } from "../../sandbox/cloud/authority";
import { DnsAnswers } from "../support/dns-answers";
import { FakeLocalCloud } from "../support/fake-local-cloud";
import { removeTempDirs, tempDir } from "../support/temp-dir";
import { run } from "./in-process";
import { resolutionOf } from "./samples";

const NAME = "resolution.sandbox.test";

let directory: string;
let cloud: FakeLocalCloud;
let dns: DnsAnswers;
let api: Server;
const received: { host: string | undefined; authorization: string | undefined }[] = [];

beforeAll(async () => {
  directory = join(tempDir(), "sandbox");
  cloud = await FakeLocalCloud.start(join(directory, "cloud"));
  dns = await DnsAnswers.start({ [`${NAME} A`]: ["127.0.0.1"] });
  const authority = await ensureAuthority(join(directory, "cloud"));
  const { certFile, keyFile } = await authority.issue([NAME]);
  api = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, ({ headers }, response) => {
    received.push({ host: headers.host, authorization: headers.authorization });
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(resolutionOf()));
  });
  api.listen(0, "127.0.0.1");
  await once(api, "listening");
  cloud.resolver_ = dns.endpoint;
  cloud.ports = { http: 1, https: (api.address() as AddressInfo).port, dns: 2 };
});

afterAll(async () => {
  api.closeAllConnections();
  api.close();
  await Promise.all([cloud.close(), dns.stop()]);
  removeTempDirs();
});

const clusters = (...args: string[]) => run(args, { CLUSTERS_SANDBOX_DIR: join(directory, "..") });

test("by its name, its resolver, its port and its authority, as the first operator", async () => {
  const { code, stdout, stderr } = await clusters("resolve", "sandbox", "alice");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain("alice lives in free");
  expect(received).toEqual([{ host: NAME, authorization: "Bearer token-of-operator@sandbox.test" }]);
  expect(cloud.tokens).toEqual([{ email: "operator@sandbox.test", audience: `https://${NAME}` }]);
});

test("says how to start it where it does not run", async () => {
  const { code, stderr } = await run(["resolve", "sandbox", "alice"], { CLUSTERS_SANDBOX_DIR: tempDir() });
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: "error: the local cloud of sandbox does not run; start it with: make sandbox\n",
  });
});
