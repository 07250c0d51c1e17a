/** What Web Content Accessibility Guidelines ask of a page, measured in the browser. */
import type { Page } from "playwright-core";

/** A text that is hard to read. */
export interface Faint {
  readonly text: string;
  readonly contrast: number;
  readonly colours: string;
}

/** Texts that are shown with a contrast below AA (WCAG 2.2, 1.4.3): 4.5, or 3 for large ones. */
export async function faintTexts(page: Page): Promise<Faint[]> {
  return await page.evaluate(FAINT_TEXTS);
}

/** How many texts are shown, so that a test knows that it has looked at some. */
export async function countTexts(page: Page): Promise<number> {
  return await page.evaluate(`(${SHOWN_TEXTS})().length`);
}

// As text, because it is the browser's: this project's types know no document.
const SHOWN_TEXTS = String.raw`() => {
  const root = document.querySelector("dialog[open]") ?? document.body;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const shown = [];
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    const isShown = element.checkVisibility({ visibilityProperty: true }) && !element.closest(".unseen, .skip, option, button:disabled");
    if (node.textContent.trim() !== "" && isShown) shown.push(element);
  }
  return shown;
}`;

const FAINT_TEXTS = String.raw`(() => {
  const rgba = (colour) => {
    const numbers = colour.match(/[\d.]+/g).map(Number);
    return { rgb: numbers.slice(0, 3), alpha: numbers[3] ?? 1 };
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) => value / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const groundOf = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const { rgb, alpha } = rgba(getComputedStyle(at).backgroundColor);
      if (alpha === 1) return rgb;
      if (alpha > 0) throw new Error("a ground that is seen through: " + at.outerHTML.slice(0, 100));
    }
    return rgba(getComputedStyle(document.documentElement).backgroundColor).rgb;
  };
  const faint = [];
  for (const element of (${SHOWN_TEXTS})()) {
    const style = getComputedStyle(element);
    const [ink, ground] = [rgba(style.color).rgb, groundOf(element)];
    const [light, dark] = [luminance(ink), luminance(ground)].sort((a, b) => b - a);
    const contrast = (light + 0.05) / (dark + 0.05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (contrast < (isLarge ? 3 : 4.5)) {
      faint.push({ text: element.textContent.trim().slice(0, 60), contrast, colours: style.color + " on " + ground });
    }
  }
  return faint;
})()`;
