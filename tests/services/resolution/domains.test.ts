import { claimDomain, listDomains, releaseDomain, verifyDomain, answersOf } from "../../../services/resolution/domains";
import type { DomainLookup } from "../../../services/resolution/domains";
import { requestTransfer } from "../../../services/resolution/transfers";
import { createUser, deleteUser } from "../../../services/resolution/users";
import { clusterDocument } from "../support/clusters";
import { commit, haveClusters, headOf, stateOf, useStore } from "./store-fixture";

const store = useStore();
const placement = { defaultCluster: "free", plans: ["free"] };
const ZONES = { zone: "apps.example", parentZone: "hosting.example" };
const HOST = "shop.alice.apps.example";
const NAME = "www.example.org";

/** A DNS that has these records and fails for names that are `broken`. */
function dns(records: { cname?: Record<string, string>; txt?: Record<string, string[]>; broken?: boolean }) {
  const asked: string[] = [];
  const answer = (name: string, values: string[]) => {
    asked.push(name);
    return records.broken === true ? Promise.reject(new Error("SERVFAIL")) : Promise.resolve(values);
  };
  const lookup: DomainLookup = {
    cname: (name) =>
      answer(
        name,
        [records.cname?.[name]].filter((target) => target !== undefined),
      ),
    txt: (name) => answer(name, records.txt?.[name] ?? []),
  };
  return { asked, lookup };
}
const { lookup: proven } = dns({ cname: { [NAME]: `Shop.Alice.Apps.Example.` } });

const claim = (user: string, name = NAME, host = HOST.replace("alice", user)) =>
  commit(store.pool, (tx) => claimDomain(tx, ZONES, user, { name, host }));
const verify = (user: string, lookup: DomainLookup, name = NAME) =>
  commit(store.pool, (tx) => verifyDomain(tx, lookup, name, user));
const release = (user: string, name = NAME) => commit(store.pool, (tx) => releaseDomain(tx, name, user));

async function published(name = NAME): Promise<Record<string, unknown>> {
  const scopes = ["directory", "edge:free", "edge:pro", "edge:reserve"];
  const states = await Promise.all(scopes.map((scope) => stateOf(store.pool, scope)));
  const values = states.map((state, index) => [scopes[index] ?? "", state[`domain/${name}`]] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

beforeEach(async () => {
  await haveClusters(
    store.pool,
    ["free", "pro", "reserve"].map((name, index) => clusterDocument(name, index + 1, { plans: ["free"] })),
  );
  for (const label of ["alice", "bob"]) {
    await commit(store.pool, (tx) => createUser(tx, placement, { label, plan: "free", cluster: "free" }));
  }
});

describe("claimDomain", () => {
  it("notes the claim, tells how to prove it, and publishes nothing", async () => {
    const domain = await claim("Alice", "WWW.Example.ORG.", "Shop.ALICE.apps.example");
    expect(domain).toEqual({
      name: NAME,
      user: "alice",
      host: HOST,
      verified: false,
      challenge: {
        name: `_resolution-challenge.${NAME}`,
        value: expect.stringMatching(/^[\w-]{22}$/) as string,
      },
      claimedAt: expect.stringMatching(/Z$/) as string,
    });
    expect(await published()).toEqual({});
  });

  it("keeps the challenge of a claim that is made again, and gives every user another", async () => {
    const first = await claim("alice");
    expect((await claim("alice")).challenge).toEqual(first.challenge);
    expect((await claim("bob")).challenge.value).not.toBe(first.challenge.value);
  });

  it("points a verified domain at another host of the user", async () => {
    await claim("alice");
    await verify("alice", proven);
    expect(await claim("alice", NAME, "alice.apps.example")).toMatchObject({ verified: true });
    expect(await published()).toEqual({
      directory: { user: "alice", host: "alice.apps.example" },
      "edge:free": { host: "alice.apps.example" },
    });
  });

  it.each([
    ["invalid-domain", "alice", "localhost", HOST],
    ["invalid-domain", "alice", "www.hosting.example", HOST],
    ["invalid-domain", "alice", NAME, "shop.bob.apps.example"],
    ["invalid-domain", "alice", NAME, "www.elsewhere.test"],
    ["invalid-label", "-", NAME, HOST],
    ["unknown-user", "carol", NAME, "shop.carol.apps.example"],
  ])("refuses with %s: user %s, %s for %s", async (type, user, name, host) => {
    await expect(claim(user, name, host)).rejects.toMatchObject({ type });
    expect((await listDomains(store.pool, "alice", { limit: 10 })).items).toEqual([]);
  });
});

describe("verifyDomain", () => {
  it("takes a CNAME to the host as proof, and publishes the domain", async () => {
    await claim("alice");
    expect(await verify("alice", proven)).toMatchObject({ verified: true });
    expect(await published()).toEqual({ directory: { user: "alice", host: HOST }, "edge:free": { host: HOST } });
  });

  it("takes the claim's challenge in a TXT record as proof, also beside others", async () => {
    const { challenge } = await claim("alice");
    const { lookup } = dns({ txt: { [challenge.name]: ["v=spf1 -all", challenge.value] } });
    expect(await verify("alice", lookup)).toMatchObject({ verified: true });
  });

  it("tells the edges of every cluster that requests may come to", async () => {
    await claim("alice");
    await store.pool.query(
      `with moved as (
         insert into transfers (id, user_label, source, destination, mode, phase, reason, phase_since_ms, requested_by)
         values (gen_random_uuid(), 'alice', 'reserve', 'free', 'planned', 'settling', '', 0, '') returning id
       )
       insert into tombstones (user_label, holder, destination, transfer) select 'alice', 'reserve', 'free', id from moved`,
    );
    const request = { user: "alice", destination: "pro", mode: "planned", reason: "" } as const;
    await commit(store.pool, (tx) => requestTransfer(tx, request, "ops"));
    await store.pool.query("update transfers set phase = 'accepting' where phase = 'requested'");
    await verify("alice", proven);
    expect(Object.keys(await published())).toEqual(["directory", "edge:free", "edge:pro", "edge:reserve"]);
  });

  it("tells no edge of a cluster that the user has not begun to move to, as nobody would tell it to forget", async () => {
    await claim("alice");
    const request = { user: "alice", destination: "pro", mode: "planned", reason: "" } as const;
    await commit(store.pool, (tx) => requestTransfer(tx, request, "ops"));
    await verify("alice", proven);
    expect(Object.keys(await published())).toEqual(["directory", "edge:free"]);
  });

  it("takes no CNAME as proof from who has the name of a user that is gone, only the challenge", async () => {
    await claim("alice");
    await verify("alice", proven);
    await commit(store.pool, (tx) => deleteUser(tx, "alice"));
    await commit(store.pool, (tx) => createUser(tx, placement, { label: "alice", plan: "free", cluster: "free" }));
    const { challenge } = await claim("alice");
    const refused = verify("alice", proven);
    await expect(refused).rejects.toMatchObject({ type: "domain-unverified" });
    await expect(refused).rejects.toThrow(`add a TXT record ${challenge.name} with "${challenge.value}"`);
    await expect(refused).rejects.toThrow(/a CNAME proves nothing here/);
    expect(await published()).toEqual({});
    const { lookup } = dns({ txt: { [challenge.name]: [challenge.value] } });
    expect(await verify("alice", lookup)).toMatchObject({ verified: true });
  });

  it("verifies no claim that was made while DNS was asked about another one", async () => {
    await claim("alice");
    const { lookup } = dns({ cname: { [NAME]: HOST } });
    const meanwhile: DomainLookup = {
      ...lookup,
      cname: async (name) => {
        await release("alice");
        await claim("alice", NAME, "alice.apps.example");
        return await lookup.cname(name);
      },
    };
    await expect(verify("alice", meanwhile)).rejects.toMatchObject({ type: "domain-unverified" });
    expect(await published()).toEqual({});
  });

  it("does nothing the second time, and asks nobody", async () => {
    await claim("alice");
    await verify("alice", proven);
    const head = await headOf(store.pool);
    const { asked, lookup } = dns({});
    expect(await verify("alice", lookup)).toMatchObject({ verified: true });
    expect(asked).toEqual([]);
    expect(await headOf(store.pool)).toBe(head);
  });

  it.each([
    ["nothing", () => ({})],
    ["a CNAME to another user's host", () => ({ cname: { [NAME]: "shop.bob.apps.example" } })],
    ["another name's CNAME", () => ({ cname: { "example.org": HOST } })],
    ["another challenge", () => ({ txt: { [`_resolution-challenge.${NAME}`]: ["AAAAAAAAAAAAAAAAAAAAAA"] } })],
    ["the challenge at another name", (value: string) => ({ txt: { [NAME]: [value] } })],
    ["no answer", () => ({ broken: true })],
  ])("refuses %s as proof, and says what to add", async (_, records) => {
    const { challenge } = await claim("alice");
    const refused = verify("alice", dns(records(challenge.value)).lookup);
    await expect(refused).rejects.toMatchObject({ type: "domain-unverified" });
    await expect(refused).rejects.toThrow(`add a CNAME from ${NAME} to ${HOST}, or a TXT record ${challenge.name}`);
    expect(await published()).toEqual({});
  });

  it("refuses a domain that was not claimed", async () => {
    await expect(verify("alice", proven)).rejects.toMatchObject({ type: "unknown-domain" });
    await expect(verify("alice", proven, "..")).rejects.toMatchObject({ type: "unknown-domain" });
  });

  it("lets one of two users have a domain that both can prove, whoever comes first", async () => {
    const claims = { alice: await claim("alice"), bob: await claim("bob") };
    const { lookup } = dns({
      txt: { [claims.alice.challenge.name]: [claims.alice.challenge.value, claims.bob.challenge.value] },
    });
    const outcomes = await Promise.allSettled([verify("alice", lookup), verify("bob", lookup)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const loser = outcomes[0].status === "rejected" ? "alice" : "bob";
    expect(outcomes.find(({ status }) => status === "rejected")).toMatchObject({ reason: { type: "domain-taken" } });
    await expect(claim(loser)).rejects.toMatchObject({ type: "domain-taken" });
    await expect(verify(loser, lookup)).rejects.toMatchObject({ type: "domain-taken" });
  });
});

describe("releaseDomain", () => {
  it("withdraws a verified domain, which another may then have", async () => {
    await claim("alice");
    await verify("alice", proven);
    await release("ALICE", "www.EXAMPLE.org");
    expect(await published()).toEqual({});
    expect(await claim("bob")).toMatchObject({ user: "bob", verified: false });
  });

  it("of a mere claim takes nothing from the user who has proved theirs", async () => {
    await claim("bob");
    await claim("alice");
    await verify("alice", proven);
    await release("bob");
    expect(Object.keys(await published())).toEqual(["directory", "edge:free"]);
  });

  it("refuses a domain that the user has not claimed", async () => {
    await claim("alice");
    await expect(release("bob")).rejects.toMatchObject({ type: "unknown-domain" });
  });
});

describe("listDomains", () => {
  it("pages through a user's domains", async () => {
    for (const name of ["c.test", "a.test", "b.test"]) await claim("alice", name);
    await claim("bob", "z.test");
    const first = await listDomains(store.pool, "alice", { limit: 2 });
    expect(first.items.map(({ name }) => name)).toEqual(["a.test", "b.test"]);
    const rest = await listDomains(store.pool, "alice", { limit: 2, cursor: first.next });
    expect(rest.items.map(({ name }) => name)).toEqual(["c.test"]);
    expect(rest).not.toHaveProperty("next");
  });

  it("refuses an unknown user", async () => {
    await expect(listDomains(store.pool, "carol", { limit: 2 })).rejects.toMatchObject({ type: "unknown-user" });
  });
});

describe("answersOf", () => {
  it("asks before the transaction, and once", async () => {
    await claim("alice");
    const { asked, lookup } = dns({ cname: { [NAME]: HOST } });
    const answers = await answersOf(lookup, "WWW.example.org.");
    expect(asked).toEqual([NAME, `_resolution-challenge.${NAME}`]);
    await verify("alice", answers);
    expect(asked).toHaveLength(2);
  });

  it("keeps failures for whoever asks", async () => {
    await claim("alice");
    const answers = await answersOf(dns({ broken: true }).lookup, NAME);
    await expect(verify("alice", answers)).rejects.toThrow(/DNS did not answer/);
  });
});
