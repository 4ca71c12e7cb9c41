// The Chromium that shows the editor to the suites: headless, without sandbox (tests run as root in containers),
// without anything that talks to the network by itself.
export const chromiumArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A fresh browser; closing it removes its profile. */
export async function launchBrowser(executablePath) {
  const { chromium } = await import('playwright-core');
  return chromium.launch({ executablePath, args: chromiumArguments, headless: true });
}
