/** Entry of the suite that runs inside the extension host: VS Code calls `run` and takes a rejection as failure. */
import { runMocha } from './mocha';

export async function run(): Promise<void> {
  const reportFile = process.env['BONSAI_TEST_REPORT'];
  if (!reportFile) throw new Error('BONSAI_TEST_REPORT must name the report file; run the suite with: npm test -- --only host');
  const files = [
    () => import('./activation.test'),
    () => import('./memory.test'),
    () => import('./reading.test'),
    () => import('./ghostText.test'),
    () => import('./ghostOdd.test'),
    () => import('./languageModel.test'),
    () => import('./edits.test'),
    () => import('./hostile.test'),
    () => import('./commitMessage.test'),
    () => import('./terminal.test'),
    () => import('./lenses.test'),
    () => import('./failures.test'),
    () => import('./mcp.test'),
  ];
  const failures = await runMocha(files, reportFile);
  if (failures > 0) throw new Error(`${failures} failed`);
}
