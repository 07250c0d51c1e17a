/** What the page shows, in Debian's Chromium. */
import { ServiceError } from "../../../cli/control-api/failure";
import type { Unit } from "../../../sandbox/cloud/controller";
import { until } from "../../support/until";
import { Browsing, makeBusy } from "./support/browsing";
import { Tunnel } from "./support/tunnel";

jest.setTimeout(60_000);

const units = (): Promise<Unit[]> =>
  Promise.resolve([
    {
      name: "prod-free-http-serving-x3k9",
      kind: "vm",
      failureDomain: "free",
      role: "http-serving",
      region: "europe-west1",
      address: "127.42.64.2",
      healthy: false,
      trouble: "ended with code 1",
      pids: [],
    },
  ]);

const browsing = Browsing.forFile(units);

describe("what is seen", () => {
  test("is the state of every failure domain, and what is the matter", async () => {
    makeBusy(browsing.api);
    await browsing.open();
    await browsing.page
      .getByRole("region", { name: "In short" })
      .getByText("free2 is down; hackers and shared are degraded.")
      .waitFor();
    expect(await browsing.page.title()).toBe("! prod: free2 is down; hackers and shared are degraded.");
    const rows = await browsing.page.getByRole("table", { name: "Failure domains" }).getByRole("row").allInnerTexts();
    const [header, free, free2, hackers, shared] = rows.map((row) => row.replace(/\s+/g, " "));
    expect(header).toBe("Name Health Users Room for Machines Actions");
    expect(free).toBe(
      "free europe-west1, active healthy 150 of 200 2 arriving 48 2 edges, 2 container hosts Evacuate…",
    );
    expect(free2).toContain("down no container host has reported");
    expect(hackers).toContain("degraded 1 of 2 edges silent: edge-2");
    expect(shared).toContain("1 of 3 name servers lagging: dns-9 holds no users");
    expect(await browsing.page.getByRole("table", { name: "Name servers" }).innerText()).toContain(
      "4,321 entries behind",
    );
    expect(await browsing.page.getByRole("table", { name: "Transfers in flight" }).innerText()).toContain("carol");
    expect(await browsing.page.getByRole("table", { name: "Tombstones" }).innerText()).toMatch(/free\s+free2\s+1/);
    expect(await browsing.page.getByRole("list", { name: "Evacuations" }).innerText()).toContain("590 of 1,200 moved");
    expect(await browsing.page.getByRole("region", { name: "What runs" }).innerText()).toContain("ended with code 1");
  });

  test("changes as things change, without a reload, and is announced", async () => {
    await browsing.open();
    await browsing.page.getByText("All 4 failure domains are healthy.").first().waitFor();
    browsing.api.nodes = browsing.api.nodes.map((node) =>
      node.cluster === "hackers" ? { ...node, live: false } : node,
    );
    await browsing.page.getByRole("log").getByText("hackers is down.").waitFor({ state: "attached" });
    expect(await browsing.page.getByRole("row").filter({ hasText: "hackers" }).innerText()).toContain(
      "both edges are silent",
    );
  });

  test("keeps focus where it is while it changes", async () => {
    await browsing.open();
    await browsing.button("Evacuate hackers…").focus();
    browsing.api.clusters = [
      ...browsing.api.clusters.slice(1).map((cluster) => ({ ...cluster, users: cluster.users + 1 })),
    ];
    await browsing.page.getByText("96 of 100").waitFor();
    expect(await browsing.page.evaluate("document.activeElement.ariaLabel")).toBe("Evacuate hackers…");
  });

  test("says how old it is and why when the control API is away, and recovers by itself", async () => {
    await browsing.open();
    browsing.api.failure = new ServiceError(
      "the control API at https://resolution.example cannot be asked: connection refused",
      true,
    );
    await browsing.alert.getByText("connection refused").waitFor();
    expect(await browsing.alert.innerText()).toMatch(
      /^The control API has not answered since \d\d:\d\d:\d\d\. Clusters and name servers go on/,
    );
    await browsing.page.getByText(/^\d+ s old$/).waitFor();
    await browsing.page.getByText("Before that, when it answered last:").waitFor();
    browsing.api.failure = undefined;
    await browsing.page.getByText(/^live, \d s old$/).waitFor();
    expect(await browsing.alert.innerText()).toBe("");
  });

  test("says so when the command has ended, and what to do", async () => {
    await browsing.open();
    await browsing.stopServing();
    await browsing.alert.getByText("The command that serves this page has ended.").waitFor();
    expect(await browsing.button("Move a user…").isDisabled()).toBe(true);
  });

  test("says that its server is lost, and comes back by itself when it is there again", async () => {
    const tunnel = await Tunnel.to(Number(new URL(browsing.url).port));
    await browsing.open({}, tunnel.through(browsing.url));
    tunnel.break();
    await browsing.alert.getByText("This page has lost its server.").waitFor();
    expect(await browsing.button("Move a user…").isDisabled()).toBe(true);
    browsing.api.clusters = browsing.api.clusters.map((cluster) => ({ ...cluster, users: 77 }));
    tunnel.mend();
    await browsing.page.getByText("77 of 200").first().waitFor();
    await until("nothing is wrong any more", async () => (await browsing.alert.innerText()) === "");
    await tunnel.close();
  });
});
