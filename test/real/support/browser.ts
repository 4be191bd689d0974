import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';

/** An emulated VM takes its time over a page and over a kernel, in ms. */
const patience = 120_000;

/** Debian's Chromium; it has no network but loopback here, so what it would fetch by itself is off. */
const options = {
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
  ],
};

/** Opens JupyterLab by its URL, runs a cell in a new notebook and gives what the cell printed. */
export async function runCell(url: string, code: string): Promise<string> {
  const browser = await chromium.launch(options);
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(patience);
    await page.goto(url);
    await page.locator('.jp-LauncherCard[data-category="Notebook"]').first().click();
    // A cell that is run before its kernel is there is dropped without a word.
    await page.getByText(/\| Idle$/).waitFor();
    const cell = page.locator('.jp-Notebook .jp-CodeCell').first();
    await cell.locator('.cm-content').click();
    await page.keyboard.type(code);
    await page.keyboard.press('Shift+Enter');
    const printed = await cell.locator('.jp-OutputArea-output').first().textContent();
    await picture(page, 'jupyterlab');
    return printed?.trim() ?? '';
  } catch (error) {
    for (const page of browser.contexts().flatMap((each) => each.pages())) {
      await picture(page, 'jupyterlab-failed');
    }
    throw error;
  } finally {
    await browser.close();
  }
}

async function picture(page: Page, name: string): Promise<void> {
  const path = fileURLToPath(new URL(`../.artefacts/${name}.png`, import.meta.url));
  await page.screenshot({ path });
}
