import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { json, Listener } from "../../../../sandbox/issuer/listener";
import { KeptPorts } from "../../../../sandbox/cloud/identity/kept-ports";
import { removeTempDirs, tempDir } from "../../../support/temp-dir";

afterAll(removeTempDirs);

const listen = (ports: KeptPorts) => ports.listen("server", (port) => Listener.start(() => json({}), { port }));

describe("kept ports", () => {
  it("are the same after a restart, and others where somebody has taken them", async () => {
    const file = join(tempDir(), "ports.json");
    const first = await listen(new KeptPorts(file));
    await first.stop();
    const second = await listen(new KeptPorts(file));
    expect(second.host).toBe(first.host);
    await second.stop();
    const thief = createServer().listen(Number(first.host.split(":")[1]), "127.0.0.1");
    await once(thief, "listening");
    const third = await listen(new KeptPorts(file));
    expect(third.host).not.toBe(`127.0.0.1:${(thief.address() as AddressInfo).port}`);
    thief.close();
    await third.stop();
    const fourth = await listen(new KeptPorts(file));
    expect(fourth.host).toBe(third.host);
    await fourth.stop();
  });

  it("do not hide other failures", async () => {
    const ports = new KeptPorts(join(tempDir(), "ports.json"));
    await expect(ports.listen("server", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  });
});
