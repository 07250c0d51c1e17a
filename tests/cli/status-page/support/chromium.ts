/** Debian's Chromium, without a screen. */
import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

/** Where Debian's package has it. */
const CHROMIUM = "/usr/bin/chromium";

export async function startChromium(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) throw new Error(`${CHROMIUM} is missing: tools/packages.sh test installs it`);
  return await chromium.launch({
    executablePath: CHROMIUM,
    // Chromium's sandbox refuses to work for root, whom tests run as in containers. Only our own page is opened.
    chromiumSandbox: process.getuid?.() !== 0,
    // Containers have a small /dev/shm, in which a browser without this crashes.
    args: ["--disable-dev-shm-usage"],
  });
}
