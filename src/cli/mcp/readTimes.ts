/** When the folders are read: as soon as the server runs, when something is asked, or never, so that what is saved has to do. */
export const readTimes = ['start', 'ask', 'never'] as const;
export type ReadTime = (typeof readTimes)[number];
