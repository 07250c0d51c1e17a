import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { decode, encode, type Answer, type Packet } from "dns-packet";
import { dnsLookup, type DomainLookup } from "../../../services/resolution/domains";

const SERVFAIL = 2;
const NXDOMAIN = 3;
const records: Answer[] = [
  { type: "CNAME", name: "alias.test", data: "shop.alice.apps.example" },
  { type: "TXT", name: "texts.test", data: ["in two ", "strings"] },
  { type: "TXT", name: "texts.test", data: "another" },
];

let server: Socket;
let lookup: DomainLookup;
let silent = false;

beforeAll(async () => {
  server = createSocket("udp4", (message, { port, address }) => {
    if (!silent) server.send(encode(answerTo(decode(message))), port, address);
  });
  server.bind(0, "127.0.0.1");
  await once(server, "listening");
  lookup = dnsLookup([`127.0.0.1:${server.address().port}`]);
});
afterAll(() => server.close());

function answerTo({ id, questions = [] }: Packet): Packet {
  const [question] = questions;
  const answers = records.filter(({ name, type }) => name === question?.name && type === question.type);
  const exists = records.some(({ name }) => name === question?.name);
  const code = question?.name === "broken.test" ? SERVFAIL : exists ? 0 : NXDOMAIN;
  return { type: "response", flags: code, questions, answers, ...(id !== undefined && { id }) };
}

describe("dnsLookup", () => {
  it("finds the target of a CNAME", async () => {
    expect(await lookup.cname("alias.test")).toEqual(["shop.alice.apps.example"]);
  });

  it("finds all texts, each as one", async () => {
    expect((await lookup.txt("texts.test")).sort()).toEqual(["another", "in two strings"]);
  });

  it.each(["absent.test", "alias.test"])("finds no text at %s, which is no error", async (name) => {
    expect(await lookup.txt(name)).toEqual([]);
  });

  it("fails when the server does", async () => {
    await expect(lookup.cname("broken.test")).rejects.toMatchObject({ code: "ESERVFAIL" });
  });

  it("gives a server up that does not answer", async () => {
    silent = true;
    const begin = performance.now();
    await expect(lookup.txt("texts.test")).rejects.toThrow();
    expect(performance.now() - begin).toBeLessThan(10_000);
    silent = false;
  });
});
