/** A browser with the status page in it, on a control API with a memory of its own. */
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";
import type { UnitSource } from "../../../../cli/status-page/reading";
import { serveStatusPage, type StatusPage } from "../../../../cli/status-page/serve";
import { evacuationOf, nodeOf, transferOf } from "../../samples";
import { startChromium } from "./chromium";
import { FakeApi } from "./fake-api";

const QUICK = { calm: 50, busy: 10, away: 50 };
/** What the browser logs of refusals and of a server that is gone, which tests cause on purpose. */
const ON_PURPOSE = /status of (4\d\d|503)|net::ERR_/;

/** An evacuation's id. */
export const ID = "0192f2c4-5a7e-7000-8000-000000000001";

/** One browser for a file of tests; each test has a server, a control API and a page of its own. */
export class Browsing {
  api = new FakeApi();
  private browser: Browser | undefined;
  private context: BrowserContext | undefined;
  private current: Page | undefined;
  private served: StatusPage | undefined;
  private complaints: string[] = [];

  /** Says in a test file when it begins and ends. */
  static forFile(units?: UnitSource): Browsing {
    const browsing = new Browsing();
    beforeAll(async () => (browsing.browser = await startChromium()));
    beforeEach(() => browsing.begin(units));
    afterEach(() => browsing.end());
    afterAll(() => browsing.browser?.close());
    return browsing;
  }

  /** The page's address. */
  get url(): string {
    return this.served?.url ?? "";
  }

  get page(): Page {
    if (this.current === undefined) throw new Error("open the page first");
    return this.current;
  }

  get dialog(): Locator {
    return this.page.getByRole("dialog");
  }

  get alert(): Locator {
    return this.page.locator("#alerts");
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole("button", { name });
  }

  /** Opens the page and waits until it shows something. */
  async open(options: BrowserContextOptions = {}, url = this.url): Promise<void> {
    if (this.browser === undefined) throw new Error("Chromium has not been started");
    this.context = await this.browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    this.current = await this.context.newPage();
    this.current.setDefaultTimeout(20_000);
    this.current.on("pageerror", (error) => this.complaints.push(error.message));
    this.current.on("console", (message) => {
      if (message.type() === "error" && !ON_PURPOSE.test(message.text())) this.complaints.push(message.text());
    });
    await this.current.goto(url);
    await this.current.locator("#main").waitFor();
  }

  /** Ends the command that serves the page. */
  async stopServing(): Promise<void> {
    await this.served?.stop();
  }

  private async begin(units: UnitSource | undefined): Promise<void> {
    this.api = new FakeApi();
    this.complaints = [];
    const parts = { environment: "prod", api: this.api, watching: this.api, intervals: QUICK };
    this.served = await serveStatusPage({ ...parts, ...(units && { units }) });
  }

  /** Scripts that fail, and anything that the content security policy had to refuse, fail the test. */
  private async end(): Promise<void> {
    await this.context?.close();
    await this.served?.stop();
    expect(this.complaints).toEqual([]);
  }
}

/** Something of everything, so that every part of the page is seen. */
export function makeBusy(api: FakeApi): void {
  api.nodes = api.nodes.map((node) =>
    node.name === "edge-2" && node.cluster === "hackers" ? { ...node, live: false } : node,
  );
  api.nodes.push(nodeOf({ name: "dns-9", kind: "dns", cluster: undefined, scope: "dns", lag: 4321 }));
  api.nodes = api.nodes.filter(({ scope }) => scope !== "host:free2");
  api.transfers = [transferOf({ user: "carol", phase: "stopping" }), transferOf({ user: "dora", phase: "settling" })];
  api.tombstones = [
    { user: "dora", holder: "free", destination: "free2", transfer: ID, createdAt: "2026-11-23T03:00:00.000Z" },
  ];
  api.evacuations = [
    evacuationOf({
      id: ID,
      phases: { requested: 600, settling: 590, aborted: 10 },
      refused: { "cluster-full": 3 },
      requestedAt: "2026-11-23T03:00:00.000Z",
    }),
    evacuationOf({
      id: ID.replace(/1$/, "2"),
      state: "paused",
      phases: { requested: 1 },
      requestedAt: "2026-11-22T03:00:00.000Z",
    }),
    evacuationOf({
      id: ID.replace(/1$/, "3"),
      state: "done",
      phases: { done: 1200 },
      requestedAt: "2026-11-21T03:00:00.000Z",
    }),
  ];
}
