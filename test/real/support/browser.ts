import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';

/** An emulated VM is slow to serve a page and to start a kernel. */
const pageTimeoutMs = 120_000;

/** Debian's Chromium without its own background requests, since only loopback is reachable. */
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

/** Opens JupyterLab, runs a cell in a new notebook and returns its output. */
export async function runCell(url: string, code: string): Promise<string> {
  const browser = await chromium.launch(options);
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(pageTimeoutMs);
    await page.goto(url);
    await page.locator('.jp-LauncherCard[data-category="Notebook"]').first().click();
    // JupyterLab silently drops a cell that is run before the kernel is ready.
    await page.getByText(/\| Idle$/).waitFor();
    const cell = page.locator('.jp-Notebook .jp-CodeCell').first();
    await cell.locator('.cm-content').click();
    await page.keyboard.type(code);
    await page.keyboard.press('Shift+Enter');
    const printed = await cell.locator('.jp-OutputArea-output').first().textContent();
    await screenshot(page, 'jupyterlab');
    return printed?.trim() ?? '';
  } catch (error) {
    for (const page of browser.contexts().flatMap((each) => each.pages())) {
      await screenshot(page, 'jupyterlab-failed');
    }
    throw error;
  } finally {
    await browser.close();
  }
}

async function screenshot(page: Page, name: string): Promise<void> {
  const path = fileURLToPath(new URL(`../.artefacts/${name}.png`, import.meta.url));
  await page.screenshot({ path });
}
