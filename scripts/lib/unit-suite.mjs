// The tests that need nothing but a build: unit, engine, sidecar.
import { softwareVulkan } from './software-vulkan.mjs';
import { runVitest } from './vitest-suite.mjs';

/** @returns {Promise<import('./report.mjs').Suite>} */
export async function runUnitSuite() {
  // Where packages cannot be fetched the tests of it are skipped, and counted as such.
  const vulkan = await softwareVulkan().catch((error) => console.log(`• No Vulkan to test with: ${error.message}`));
  return runVitest('unit', vulkan ? { BONSAI_TEST_VULKAN: JSON.stringify(vulkan) } : {});
}
