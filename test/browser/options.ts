/** What scripts/lib/browser-suite.mjs hands over: where the editor runs and where to leave what was seen. */
export interface Options {
  /** Address of code-server. */
  url: string;
  /** Process, and process group, of code-server. */
  serverPid: number;
  serverLog: string;
  /** Absolute path of the repository under test. */
  workspace: string;
  report: string;
  artifacts: string;
  screenshots: string;
  chromium: string;
  chromiumArguments: string[];
}

function parse(): Options {
  const text = process.env['BONSAI_BROWSER_TEST'];
  if (!text) throw new Error('This suite is started by: npm test -- --only browser');
  return JSON.parse(text) as Options;
}

export const options = parse();
