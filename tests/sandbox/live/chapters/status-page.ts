/** The status page of the running sandbox, in Debian's Chromium. */
import type { Browser } from "playwright-core";
import { startChromium } from "../../../cli/status-page/support/chromium";
import type { Running } from "../../../support/command";
import { until } from "../../../support/until";
import type { LiveSandbox } from "../support/live-sandbox";

/** What a person waits for at most. */
const TIMEOUT_MS = 30_000;

export function statusPage(sandbox: LiveSandbox): void {
  let browser: Browser;
  let command: Running;
  let url = "";

  beforeAll(async () => {
    browser = await startChromium();
    command = sandbox.start(["status", "sandbox", "--web"]);
    let said = "";
    command.child.stdout?.on("data", (text: string) => (said += text));
    url = await until("the page's address", () => /http:\S+/.exec(said)?.[0]);
  });

  afterAll(async () => {
    await browser.close();
    command.child.kill("SIGINT");
    expect((await command.finished).code).toBe(0);
  });

  test("shows every failure domain with what runs in it, and a move through the dialog changes the picture", async () => {
    const home = (await sandbox.prove()).find(({ user }) => user === "bob")?.expected.cluster ?? "";
    const destination = home === "free" ? "free2" : "free";
    const page = await browser.newPage();
    page.setDefaultTimeout(TIMEOUT_MS);
    await page.goto(url);
    const domains = page.getByRole("table", { name: "Failure domains" });
    const users = async (cluster: string) => {
      const text = await domains.getByRole("row", { name: new RegExp(`^${cluster}\\b`) }).innerText();
      return Number(/(\d+) of \d+/.exec(text)?.[1]);
    };
    for (const name of ["free", "free2", "hackers"]) {
      await domains.getByRole("row", { name: new RegExp(`^${name}\\b`) }).waitFor();
    }
    const running = await page.locator("#units").innerText();
    for (const { failureDomain, role } of await sandbox.units()) {
      if (failureDomain !== "outside") expect(running).toContain(role);
    }
    const before = { home: await users(home), destination: await users(destination) };

    await page.getByRole("button", { name: "Move a user…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("User").fill("bob");
    await dialog.getByLabel("To").selectOption(destination);
    await page.getByRole("button", { name: "See what it means" }).click();
    await page.getByRole("button", { name: `Move bob to ${destination}` }).click();
    await page.getByRole("list", { name: "Asked for here" }).getByText("moved;").waitFor();
    await until("the new picture", async () => (await users(destination)) === before.destination + 1);
    expect(await users(home)).toBe(before.home - 1);
    const now = (await sandbox.prove()).find(({ user }) => user === "bob");
    expect(now?.expected.cluster).toBe(destination);
  });
}
