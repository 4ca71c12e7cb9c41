// A graphics card for machines that have none: Mesa's lavapipe, which computes Vulkan's shaders on the processor. Slow, but
// what runs there is what a card would run. It is unpacked beside the system and used by the tests that ask for it alone:
// were it installed, all that looks for a card would find one.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cache } from './paths.mjs';
import { unpackPackages } from './tools.mjs';

/** @returns the environment in which a process finds it; undefined where it cannot be had */
export async function softwareVulkan() {
  const folder = join(cache, 'lavapipe');
  if (process.platform !== 'linux' || !(await unpackPackages(folder, ['libvulkan1', 'mesa-vulkan-drivers']))) return undefined;
  const libraries = readdirSync(join(folder, 'usr/lib'))
    .map((name) => join(folder, 'usr/lib', name))
    .find((each) => existsSync(join(each, 'libvulkan_lvp.so')));
  if (!libraries) return undefined;
  const driver = join(folder, 'driver.json');
  const description = { library_path: join(libraries, 'libvulkan_lvp.so'), api_version: '1.3.0' };
  writeFileSync(driver, JSON.stringify({ file_format_version: '1.0.0', ICD: description }));
  return {
    VK_DRIVER_FILES: driver,
    VK_ICD_FILENAMES: driver, // its name before loader 1.3.207
    LD_LIBRARY_PATH: libraries,
    GGML_VK_VISIBLE_DEVICES: '0', // else ggml leaves out what computes on the processor
    LP_NUM_THREADS: '1',
  };
}
