/** The page for everybody: keyboard only, screen readers, dark and light, without motion, on a phone. In Debian's Chromium. */
import { until } from "../../support/until";
import { Browsing, makeBusy } from "./support/browsing";
import { countTexts, faintTexts } from "./support/contrast";

jest.setTimeout(60_000);

const browsing = Browsing.forFile();

describe("for everybody", () => {
  test.each(["light", "dark"] as const)("every text has the contrast that AA asks for: %s", async (colorScheme) => {
    makeBusy(browsing.api);
    await browsing.open({ colorScheme });
    await browsing.page.getByText("free2 is down").first().waitFor();
    expect(await countTexts(browsing.page)).toBeGreaterThan(100);
    expect(await faintTexts(browsing.page)).toEqual([]);
    await browsing.button("Move a user…").click();
    await browsing.dialog.getByLabel("User").fill("alice");
    await browsing.dialog.getByLabel("Emergency").check();
    await browsing.button("See what it means").click();
    await browsing.button("Move alice to").waitFor();
    await browsing.page.mouse.move(0, 0);
    expect(await faintTexts(browsing.page)).toEqual([]);
  });

  test("dark and light are what the system is", async () => {
    await browsing.open({ colorScheme: "dark" });
    const ground = () => browsing.page.evaluate("getComputedStyle(document.body).backgroundColor");
    expect(await ground()).toBe("rgb(18, 20, 19)");
    await browsing.page.emulateMedia({ colorScheme: "light" });
    expect(await ground()).toBe("rgb(245, 245, 242)");
  });

  test("nothing moves for those who do not want that", async () => {
    await browsing.open({ reducedMotion: "reduce" });
    const moving = `[...document.querySelectorAll("*")].filter((element) => {
      const { transitionDuration, animationName } = getComputedStyle(element);
      return transitionDuration !== "0s" || animationName !== "none";
    }).length`;
    expect(await browsing.page.evaluate(moving)).toBe(0);
    await browsing.page.emulateMedia({ reducedMotion: "no-preference" });
    expect(await browsing.page.evaluate(moving)).toBeGreaterThan(0);
  });

  test("a move needs no mouse", async () => {
    await browsing.open();
    const tabTo = (text: string): Promise<unknown> =>
      until(`focus is on ${text}`, async () => {
        await browsing.page.keyboard.press("Tab");
        return (await browsing.page.evaluate("document.activeElement.textContent")) === text;
      });
    await tabTo("Move a user…");
    await browsing.page.keyboard.press("Enter");
    await browsing.page.keyboard.type("alice");
    await browsing.page.keyboard.press("Tab");
    await browsing.page.keyboard.type("free2");
    await tabTo("See what it means");
    await browsing.page.keyboard.press("Enter");
    await browsing.dialog.getByRole("heading", { name: "Move alice to free2?" }).waitFor();
    expect(await browsing.page.evaluate("document.activeElement.id")).toBe("move-title");
    await tabTo("Move alice to free2");
    await browsing.page.keyboard.press("Enter");
    await browsing.dialog.waitFor({ state: "hidden" });
    expect(browsing.api.writes).toHaveLength(1);
  });

  test("focus stays in a dialog while it is open", async () => {
    await browsing.open();
    await browsing.button("Evacuate a cluster…").click();
    for (let step = 0; step < 30; step += 1) {
      await browsing.page.keyboard.press("Tab");
      const where = await browsing.page.evaluate(
        "document.activeElement.closest('dialog')?.id ?? document.activeElement.tagName",
      );
      // The browser's own controls come between the last and the first; it calls them the body.
      expect(["evacuate-dialog", "BODY"]).toContain(where);
    }
  });

  test("parts, tables and controls have names and roles", async () => {
    makeBusy(browsing.api);
    await browsing.open();
    await browsing.page.getByText("free2 is down").first().waitFor();
    const tree = await browsing.page.locator("body").ariaSnapshot();
    for (const line of [
      /^- banner:/m,
      /^- main:/m,
      /^- contentinfo:/m,
      /heading "prod" \[level=1\]/,
      /table "Failure domains":/,
      /columnheader "Room for"/,
      /rowheader "free europe-west1, active"/,
      /progressbar "Users of free who have moved or stay"/,
      /button "Evacuate hackers…"/,
    ]) {
      expect(tree).toMatch(line);
    }
    expect(tree).not.toMatch(/- (button|table|textbox|combobox|checkbox|radio)( \[|:|$)(?!.*")/m);
    for (const [opener, name] of [
      ["Move a user…", "Move a user"],
      ["Evacuate a cluster…", "Evacuate a cluster"],
    ] as const) {
      await browsing.button(opener).click();
      const inside = await browsing.page.getByRole("dialog", { name }).ariaSnapshot();
      expect(inside).not.toMatch(/- (button|textbox|combobox|checkbox|radio|spinbutton)( \[|:|$)(?!.*")/m);
      await browsing.page.keyboard.press("Escape");
    }
  });

  test("on a phone nothing is cut off, and tables stay tables", async () => {
    makeBusy(browsing.api);
    await browsing.open({ viewport: { width: 360, height: 740 } });
    await browsing.page.getByText("free2 is down").first().waitFor();
    expect(await browsing.page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
    expect(await browsing.page.getByRole("table", { name: "Failure domains" }).getByRole("row").count()).toBe(5);
    expect(await browsing.page.getByRole("rowheader", { name: "hackers" }).first().isVisible()).toBe(true);
  });
});

test("without a source of units there is no panel of them", async () => {
  await browsing.open();
  expect(await browsing.page.getByRole("region", { name: "What runs" }).count()).toBe(0);
});
