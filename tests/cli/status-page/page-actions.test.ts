/** Moving users and evacuating clusters on the page, in Debian's Chromium. */
import { ServiceError } from "../../../cli/control-api/failure";
import { evacuationOf } from "../samples";
import { Browsing, ID } from "./support/browsing";

jest.setTimeout(60_000);

const browsing = Browsing.forFile();

describe("moving a user", () => {
  async function plan(user: string, destination = "free2"): Promise<void> {
    await browsing.button("Move a user…").click();
    await browsing.dialog.getByLabel("User").fill(user);
    await browsing.dialog.getByLabel("To").selectOption(destination);
    await browsing.button("See what it means").click();
  }

  test("shows what it means, asks, and tells how it ended", async () => {
    await browsing.open();
    await plan("alice");
    await browsing.dialog.getByText("alice (plan free) lives in free and moves to free2, which then has").waitFor();
    expect(browsing.api.writes).toEqual([]);
    await browsing.button("Move alice to free2").click();
    await browsing.dialog.waitFor({ state: "hidden" });
    const asked = browsing.page.getByRole("list", { name: "Asked for here" });
    await asked.getByText("settling: moved;").waitFor();
    // Nothing that is announced is lost to what comes after it.
    for (const said of ["alice is being moved to free2", "alice: moved;"]) {
      await browsing.page.getByRole("log").getByText(said).waitFor({ state: "attached" });
    }
    expect(browsing.api.writes).toMatchObject([
      { operation: "requestTransfer", body: { user: "alice", destination: "free2", mode: "planned" } },
    ]);
    expect(await browsing.page.evaluate("document.activeElement.id")).toBe("open-move");
  });

  test("that cannot be is told in the dialog, and offers no button to go on", async () => {
    await browsing.open();
    await plan("nobody");
    await browsing.dialog.getByRole("alert").getByText('there is no user "nobody"').waitFor();
    await browsing.dialog.getByLabel("User").fill("alice");
    browsing.api.clusters = browsing.api.clusters.map((cluster) => ({ ...cluster, headroom: 0 }));
    await browsing.button("See what it means").click();
    await browsing.dialog.getByText("alice cannot be moved: the destination is full").waitFor();
    expect(await browsing.button(/^Move alice/).count()).toBe(0);
    await browsing.button("Back").click();
    expect(await browsing.dialog.getByLabel("User").inputValue()).toBe("alice");
  });

  test("without a name says what is missing", async () => {
    await browsing.open();
    await plan("");
    await browsing.dialog
      .getByRole("alert")
      .getByText(/^User: /)
      .waitFor();
    expect(await browsing.page.evaluate("document.activeElement.id")).toBe("move-user");
  });

  test("is cancelled by Escape, and changes nothing", async () => {
    await browsing.open();
    await plan("alice");
    await browsing.button("Move alice to free2").waitFor();
    await browsing.page.keyboard.press("Escape");
    await browsing.dialog.waitFor({ state: "hidden" });
    expect(browsing.api.writes).toEqual([]);
  });

  test("whose request fails half-way may be sent again, and is done once", async () => {
    await browsing.open();
    await plan("alice");
    await browsing.button("Move alice to free2").waitFor();
    browsing.api.failure = new ServiceError("store-unavailable: the store cannot be reached", true);
    await browsing.button("Move alice to free2").click();
    await browsing.dialog.getByRole("alert").getByText("store-unavailable").waitFor();
    browsing.api.failure = undefined;
    await browsing.button("Move alice to free2").click();
    await browsing.dialog.waitFor({ state: "hidden" });
    expect(browsing.api.transfers).toHaveLength(1);
  });
});

describe("evacuating a cluster", () => {
  test("shows who goes where, and begins when the cluster's name was typed", async () => {
    await browsing.open();
    await browsing.button("Evacuate free…").click();
    expect(await browsing.dialog.getByLabel("Cluster", { exact: true }).inputValue()).toBe("free");
    await browsing.dialog.getByLabel("Percent").fill("50");
    await browsing.dialog.getByLabel(/^free2/).check();
    await browsing.button("See what it means").click();
    await browsing.dialog.getByText("75 users leave free, 100 per second").waitFor();
    expect(await browsing.dialog.getByRole("table", { name: "Who goes where" }).innerText()).toMatch(
      /free2\s+75\s+95 of 200 users/,
    );
    await browsing.button("Move 75 users").click();
    await browsing.dialog.getByRole("alert").getByText("Type the cluster’s name, free, to confirm.").waitFor();
    expect(browsing.api.writes).toEqual([]);
    await browsing.dialog.getByLabel(/type the cluster’s name/).fill("free");
    await browsing.button("Move 75 users").click();
    await browsing.dialog.waitFor({ state: "hidden" });
    expect(browsing.api.writes).toMatchObject([
      { body: { source: "free", share: 0.5, destinations: ["free2"], mode: "planned" } },
    ]);
    await browsing.page.getByRole("list", { name: "Evacuations" }).getByText("0 of 75 moved").waitFor();
  });

  test("is paused, resumed and given up where it is shown", async () => {
    browsing.api.evacuations = [
      evacuationOf({ id: ID, phases: { requested: 1200 }, requestedAt: "2026-11-23T03:00:00.000Z" }),
    ];
    await browsing.open();
    await browsing.button("Pause (evacuation of free)").click();
    await browsing.button("Resume (evacuation of free)").click();
    await browsing.button("Give up… (evacuation of free)").click();
    await browsing.dialog.getByText("users who have moved stay where they are").waitFor();
    expect(browsing.api.writes.map(({ operation }) => operation)).toEqual(["pauseEvacuation", "resumeEvacuation"]);
    await browsing.button("Give it up").click();
    await browsing.dialog.waitFor({ state: "hidden" });
    await browsing.page.getByRole("list", { name: "Evacuations" }).getByText("aborting").waitFor();
    expect(browsing.api.writes.at(-1)?.operation).toBe("abortEvacuation");
  });

  test("that cannot be paused says why, beside it", async () => {
    browsing.api.evacuations = [evacuationOf({ id: ID, phases: { requested: 1200 } })];
    await browsing.open();
    await browsing.button("Pause (evacuation of free)").waitFor();
    browsing.api.pauseEvacuation = () => Promise.reject(new ServiceError("evacuation-not-running: it is done", false));
    await browsing.button("Pause (evacuation of free)").click();
    await browsing.page
      .getByRole("list", { name: "Evacuations" })
      .getByText("evacuation-not-running: it is done")
      .waitFor();
  });
});
