import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { RecordedFirewall } from "../../../../sandbox/cloud/compute/firewall/recorded-firewall";
import type { HealthCheck } from "../../../../sandbox/cloud/compute/instance-groups/health-check";
import { InstanceGroups } from "../../../../sandbox/cloud/compute/instance-groups/instance-groups";
import { probeHttp } from "../../../../sandbox/cloud/compute/instance-groups/probe";
import { TYPES } from "../../../../sandbox/cloud/compute/types";
import { SETTLED } from "../../../../sandbox/cloud/controller";
import { removeTempDirs, tempDir } from "../../../support/temp-dir";
import { until } from "../../../support/until";
import { fakeCloud } from "./support/fake-machines";
import { edges, HEALTH_CHECK, HEALTH_PORT, MANAGER } from "./support/records";

const servers: Server[] = [];

async function serve(listener: RequestListener, host = "127.0.0.1", port = 0): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(port, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map(close));
  removeTempDirs();
});

function check(port: number, changes: Partial<HealthCheck> = {}): HealthCheck {
  const thresholds = { intervalSeconds: 1, timeoutSeconds: 1, healthyThreshold: 1, unhealthyThreshold: 2 };
  return { port, path: "/healthz", host: undefined, response: undefined, ...thresholds, ...changes };
}

async function probed(listener: RequestListener, changes: Partial<HealthCheck> = {}): Promise<string | undefined> {
  const port = await serve(listener);
  const trouble = await probeHttp({ host: "127.0.0.1", port }, check(port, changes));
  return trouble?.replace(String(port), "<port>");
}

describe("a health check", () => {
  it("takes 200 for health", async () => {
    expect(
      await probed((request, response) => response.writeHead(request.url === "/healthz" ? 200 : 404).end("ok")),
    ).toBeUndefined();
  });

  it.each([204, 302, 404, 503])("does not take %i for it", async (status) => {
    const trouble = await probed((_, response) => response.writeHead(status, { location: "/" }).end());
    expect(trouble).toBe(`health check GET :<port>/healthz answered ${status}`);
  });

  it("waits no longer than its timeout for an answer, headers and body", async () => {
    const trouble = "health check GET :<port>/healthz had no answer within 0.1 s";
    expect(await probed(() => undefined, { timeoutSeconds: 0.1 })).toBe(trouble);
    expect(await probed((_, response) => response.writeHead(200).write("o"), { timeoutSeconds: 0.1 })).toBe(trouble);
  });

  it("fails where nobody listens", async () => {
    const port = await serve(() => undefined);
    await Promise.all(servers.splice(0).map(close));
    expect(await probeHttp({ host: "127.0.0.1", port }, check(port))).toBe(
      `health check GET :${port}/healthz failed: ECONNREFUSED`,
    );
  });

  it("looks for the text that it is to find at the beginning of the answer", async () => {
    const answer: RequestListener = (_, response) => response.end(`${" ".repeat(2000)}late`);
    expect(await probed(answer, { response: "late" })).toBe('health check GET :<port>/healthz answered without "late"');
    expect(await probed((_, response) => response.end("all ready"), { response: "ready" })).toBeUndefined();
  });

  it("says which host it asks for", async () => {
    const answer: RequestListener = ({ headers }, response) =>
      response.writeHead(headers.host === "edge" ? 200 : 400).end();
    expect(await probed(answer, { host: "edge" })).toBeUndefined();
    expect(await probed(answer)).toContain("answered 400");
  });
});

describe("instance groups whose machines are real servers", () => {
  it("settle when these answer, and repair one that stops answering", async () => {
    const records = edges();
    records.change(TYPES.healthCheck, HEALTH_CHECK, {
      checkIntervalSec: 1,
      timeoutSec: 1,
      unhealthyThreshold: 2,
    });
    const [manager] = records.google(TYPES.manager);
    const policies = manager?.outputs.autoHealingPolicies as object;
    records.change(TYPES.manager, MANAGER, { autoHealingPolicies: { ...policies, initialDelaySec: 1 } });
    const cloud = fakeCloud(tempDir(), records, () => undefined);
    const groups = new InstanceGroups(cloud, new RecordedFirewall());
    const standing = () => groups.standing({ scope: "gcp", type: TYPES.manager, id: MANAGER });
    const pass = async () => await groups.reconcile(records);
    try {
      await pass();
      await until("a refused connection", () => {
        const now = standing();
        return now.is === "pending" && now.because.includes("ECONNREFUSED");
      });
      const ill = new Set<string>();
      const [first, second] = groups.all();
      for (const instance of [first, second]) {
        if (instance === undefined) throw new Error("there are not two instances");
        await serve(
          (_, response) => response.writeHead(ill.has(instance.name) ? 503 : 200).end(),
          instance.address,
          HEALTH_PORT,
        );
      }
      await until("two healthy instances", () => standing().is === "settled");
      expect(standing()).toEqual(SETTLED);

      ill.add(first?.name ?? "");
      await until("a repair", async () => {
        await pass();
        return cloud.machines.made.length > 2;
      });
      expect(cloud.machines.made.at(-1)?.spec.name).toBe(first?.name);
      ill.clear();
      await until("two healthy instances again", () => standing().is === "settled");
    } finally {
      await groups.stop();
    }
  });
});
