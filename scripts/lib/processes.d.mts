/** Ids of the sidecars that run in a process group; the group's id is that of the server started with `detached`. */
export function sidecarsOf(group: number): number[];
/** Whether a process with this id is there, whoever it belongs to. */
export function alive(pid: number): boolean;
