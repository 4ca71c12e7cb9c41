/** Imported before everything else, so that the activation time includes evaluating the bundle. */
export const bundleStarted = performance.now();
