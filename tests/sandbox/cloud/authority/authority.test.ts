import { X509Certificate } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { ensureAuthority, type IssuedCertificate } from "../../../../sandbox/cloud/authority";
import { OpenSsl } from "../../../../sandbox/cloud/authority/openssl";
import { removeTempDirs, tempDir } from "../../../support/temp-dir";

afterEach(removeTempDirs);

const NAME = "resolution.sandbox.test";

async function serve({ certFile, keyFile }: IssuedCertificate): Promise<Server> {
  const server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (_, response) =>
    response.end("served"),
  );
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return server;
}

async function ask(server: Server, ca: string, servername: string): Promise<string> {
  const { port } = server.address() as AddressInfo;
  return await new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, servername, ca: readFileSync(ca), agent: false }, (response) =>
      resolve(text(response)),
    ).on("error", reject);
  });
}

describe("the sandbox's certificate authority", () => {
  test("a client that trusts it reaches a server by the names that it was asked for, and by no other", async () => {
    const authority = await ensureAuthority(tempDir());
    const server = await serve(await authority.issue([NAME, "project:region"]));
    try {
      await expect(ask(server, authority.certificateFile, NAME)).resolves.toBe("served");
      await expect(ask(server, authority.certificateFile, "other.sandbox.test")).rejects.toThrow("other.sandbox.test");
    } finally {
      server.close();
    }
  });

  test("a client that trusts another sandbox's authority does not reach it", async () => {
    const [authority, other] = await Promise.all([ensureAuthority(tempDir()), ensureAuthority(tempDir())]);
    const server = await serve(await authority.issue([NAME]));
    try {
      await expect(ask(server, other.certificateFile, NAME)).rejects.toThrow();
    } finally {
      server.close();
    }
  });

  test("certificates have addresses where they are asked for", async () => {
    const authority = await ensureAuthority(tempDir());
    const { certFile } = await authority.issue([], ["127.1.2.3"]);
    expect(new X509Certificate(readFileSync(certFile)).checkIP("127.1.2.3")).toBe("127.1.2.3");
  });

  test("the same authority and certificate are there the next time, whatever the order of the names", async () => {
    const directory = tempDir();
    const first = await ensureAuthority(directory);
    const [once, twice] = await Promise.all([first.issue(["a.test", "b.test"]), first.issue(["b.test", "a.test"])]);
    const again = await ensureAuthority(directory);
    expect(twice).toEqual(once);
    expect(await again.issue(["a.test", "b.test"])).toEqual(once);
    expect(readdirSync(join(directory, "authority", "issued"))).toHaveLength(1);
  });

  test("a certificate that is about to expire is made anew", async () => {
    const directory = tempDir();
    const authority = await ensureAuthority(directory);
    const before = await authority.issue([NAME]);
    const openSsl = await OpenSsl.find();
    const own = join(directory, "authority", "own");
    const folder = join(before.certFile, "..");
    const signer = ["-CA", join(own, "certificate.pem"), "-CAkey", join(own, "key.pem"), "-set_serial", "1"];
    await openSsl.run(
      folder,
      "x509",
      "-req",
      "-in",
      "request.pem",
      "-out",
      "certificate.pem",
      "-days",
      "20",
      ...signer,
    );
    const after = await authority.issue([NAME]);
    const { validTo } = new X509Certificate(readFileSync(after.certFile));
    expect(Date.parse(validTo) - Date.now()).toBeGreaterThan(300 * 86_400_000);
    expect(after.fingerprint).not.toBe(before.fingerprint);
  });

  test("a certificate of an authority that is gone is made anew", async () => {
    const directory = tempDir();
    const before = await (await ensureAuthority(directory)).issue([NAME]);
    rmSync(join(directory, "authority", "own"), { recursive: true });
    const authority = await ensureAuthority(directory);
    const after = await authority.issue([NAME]);
    const signer = new X509Certificate(readFileSync(authority.certificateFile));
    expect(new X509Certificate(readFileSync(after.certFile)).verify(signer.publicKey)).toBe(true);
    expect(after.fingerprint).not.toBe(before.fingerprint);
  });

  test("only the owner can read keys", async () => {
    const authority = await ensureAuthority(tempDir());
    const { keyFile, combinedFile } = await authority.issue([NAME]);
    const modes = [keyFile, combinedFile].map((file) => statSync(file).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600]);
  });

  test.each(["a b", "a,DNS:b.test", "$HOME", ""])("a name that is none is refused: %j", async (name) => {
    const authority = await ensureAuthority(tempDir());
    await expect(authority.issue([name])).rejects.toThrow("is not a name");
  });

  test("says which package is missing where there is no openssl", async () => {
    await expect(OpenSsl.find("openssl-that-is-not-there")).rejects.toThrow(/apt-get install openssl/);
  });

  test("says so where the program is another one", async () => {
    const directory = tempDir();
    mkdirSync(join(directory, "bin"));
    const program = join(directory, "bin", "openssl");
    writeFileSync(program, "#!/bin/sh\necho LibreSSL 3.8.2\n", { mode: 0o755 });
    await expect(OpenSsl.find(program)).rejects.toThrow('is not OpenSSL: version prints "LibreSSL 3.8.2"');
  });
});
