/** The sandbox's certificate authority: what its machines trust, and nobody else. */
import { createHash, randomBytes, X509Certificate } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import { OpenSsl } from "./openssl";

/** Files of one certificate, readable by their owner only. */
export interface IssuedCertificate {
  /** The certificate, and the authority's after it. */
  readonly certFile: string;
  readonly keyFile: string;
  /** Certificates and key in one, as HAProxy wants them. */
  readonly combinedFile: string;
  /** SHA-256 of the certificate: another one once it has been renewed. */
  readonly fingerprint: string;
}

/** Days; the sandbox's files rarely live as long. */
const AUTHORITY_DAYS = 3650;
/** Days: the most that clients take of anybody. */
const CERTIFICATE_DAYS = 397;
/** Days before its end at which a certificate is made anew. */
const RENEW_DAYS = 30;
const DAY_MS = 86_400_000;
/** Longest common name that X.509 has room for; who checks names looks at the alternative ones. */
const COMMON_NAME_LENGTH = 64;

const FOLDER = "authority";
const OWN_FOLDER = "own";
const ISSUED_FOLDER = "issued";
const CERTIFICATE = "certificate.pem";
const KEY = "key.pem";
const COMBINED = "combined.pem";

/** Makes the authority in `authority/` below the local cloud's directory, or opens the one that is there. Its key never leaves it. */
export async function ensureAuthority(directory: string): Promise<Authority> {
  const openSsl = await OpenSsl.find();
  const folder = join(directory, FOLDER, OWN_FOLDER);
  const issued = join(directory, FOLDER, ISSUED_FOLDER);
  mkdirSync(issued, { recursive: true, mode: 0o700 });
  if (!isGood(join(folder, CERTIFICATE))) {
    await replaceFolder(folder, async (draft) => {
      writeFileSync(join(draft, "request.cnf"), authorityRequest(directory));
      await makeKey(openSsl, draft);
      const days = ["-days", String(AUTHORITY_DAYS), "-set_serial", newSerial()];
      await openSsl.run(
        draft,
        "req",
        "-x509",
        "-new",
        "-key",
        KEY,
        "-config",
        "request.cnf",
        "-out",
        CERTIFICATE,
        ...days,
      );
    });
  }
  return new Authority(openSsl, folder, issued);
}

export class Authority {
  /** One at a time: whoever asks for the same certificate twice at once gets one. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly openSsl: OpenSsl,
    private readonly own: string,
    private readonly issued: string,
  ) {}

  /** What clients are to trust. */
  get certificateFile(): string {
    return join(this.own, CERTIFICATE);
  }

  /** A server's certificate for these names and addresses: the same until it is about to expire. */
  async issue(names: readonly string[], ipAddresses: readonly string[] = []): Promise<IssuedCertificate> {
    const subjects = [...unique(names.map(checkedName), "DNS"), ...unique(ipAddresses.map(checkedAddress), "IP")];
    if (subjects.length === 0) throw new RangeError("a certificate needs a name or an address");
    const issuing = this.last.then(() => this.ensure(subjects));
    this.last = issuing.catch(() => undefined);
    return await issuing;
  }

  private async ensure(subjects: readonly string[]): Promise<IssuedCertificate> {
    const hash = createHash("sha256").update(subjects.join("\n")).digest("hex").slice(0, 16);
    const folder = join(this.issued, `${(subjects[0] ?? "").replace(/[^A-Za-z0-9.-]+/g, "-").slice(0, 80)}-${hash}`);
    const authority = new X509Certificate(readFileSync(this.certificateFile));
    if (!isGood(join(folder, CERTIFICATE), authority)) await this.make(folder, subjects);
    const certFile = join(folder, CERTIFICATE);
    return {
      certFile,
      keyFile: join(folder, KEY),
      combinedFile: join(folder, COMBINED),
      fingerprint: new X509Certificate(readFileSync(certFile)).fingerprint256,
    };
  }

  private async make(folder: string, subjects: readonly string[]): Promise<void> {
    await replaceFolder(folder, async (draft) => {
      writeFileSync(join(draft, "request.cnf"), serverRequest(subjects));
      await makeKey(this.openSsl, draft);
      await this.openSsl.run(draft, "req", "-new", "-key", KEY, "-config", "request.cnf", "-out", "request.pem");
      const signer = ["-CA", this.certificateFile, "-CAkey", join(this.own, KEY), "-set_serial", newSerial()];
      const extensions = ["-extfile", "request.cnf", "-extensions", "extensions"];
      const days = ["-days", String(CERTIFICATE_DAYS)];
      await this.openSsl.run(
        draft,
        "x509",
        "-req",
        "-in",
        "request.pem",
        "-out",
        "leaf.pem",
        ...signer,
        ...extensions,
        ...days,
      );
      const chain = [join(draft, "leaf.pem"), this.certificateFile].map((file) => readFileSync(file, "utf8"));
      writeFileSync(join(draft, CERTIFICATE), chain.join(""));
      writeFileSync(join(draft, COMBINED), [...chain, readFileSync(join(draft, KEY), "utf8")].join(""), {
        mode: 0o600,
      });
    });
  }
}

/** Has a folder made beside its place, and put there when it is whole. */
async function replaceFolder(folder: string, fill: (draft: string) => Promise<void>): Promise<void> {
  const draft = mkdtempSync(`${folder}.new-`);
  try {
    await fill(draft);
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

async function makeKey(openSsl: OpenSsl, directory: string): Promise<void> {
  await openSsl.run(directory, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", KEY);
  chmodSync(join(directory, KEY), 0o600);
}

/** Whether a certificate is there, lasts for a while yet and, where a signer is given, is its. */
function isGood(file: string, signer?: X509Certificate): boolean {
  if (!existsSync(file)) return false;
  const certificate = new X509Certificate(readFileSync(file));
  const lasts = Date.parse(certificate.validTo) - Date.now() > RENEW_DAYS * DAY_MS;
  return lasts && (signer === undefined || certificate.verify(signer.publicKey));
}

/** The settings of the machine's own openssl.cnf would add extensions of their own, so that all of it is given. */
function authorityRequest(directory: string): string {
  return `[req]
distinguished_name = subject
x509_extensions = extensions
prompt = no
string_mask = utf8only
[subject]
O = Local cloud
CN = Sandbox authority ${createHash("sha256").update(directory).digest("hex").slice(0, 12)}
[extensions]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
`;
}

function serverRequest(subjects: readonly string[]): string {
  const commonName = (subjects[0] ?? "").replace(/^\w+:/, "").slice(0, COMMON_NAME_LENGTH);
  return `[req]
distinguished_name = subject
prompt = no
string_mask = utf8only
[subject]
CN = ${commonName}
[extensions]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = ${subjects.join(", ")}
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
`;
}

function newSerial(): string {
  // 127 bits: positive, and no two alike.
  const octets = randomBytes(16);
  octets[0] = (octets[0] ?? 0) & 0x7f;
  return `0x${octets.toString("hex")}`;
}

function unique(values: readonly string[], kind: "DNS" | "IP"): string[] {
  return [...new Set(values)].sort().map((value) => `${kind}:${value}`);
}

/** Names go into a file of openssl's: nothing else may. Cloud SQL's have a colon. */
function checkedName(name: string): string {
  if (/^(\*\.)?[A-Za-z0-9_:-]+(\.[A-Za-z0-9_:-]+)*$/.test(name)) return name;
  throw new RangeError(`${JSON.stringify(name)} is not a name that a certificate can be made for`);
}

function checkedAddress(address: string): string {
  if (isIP(address) !== 0) return address;
  throw new RangeError(`${JSON.stringify(address)} is not an IP address`);
}
