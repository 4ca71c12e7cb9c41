// Whether a process is there, and the processes of one server, by its process group: a test may look only at what it
// started itself.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

function all() {
  if (!existsSync('/proc/self/stat')) {
    const lines = execFileSync('ps', ['-axo', 'pid=,pgid=,command='], { encoding: 'utf8' }).split('\n');
    return lines
      .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
      .filter(Boolean)
      .map(([, pid, group, command]) => ({ pid: +pid, group: +group, command }));
  }
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      // The second field is the name in parentheses and may hold blanks: what follows the last one is fixed.
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      if (fields[0] === 'Z') return [];
      return [
        { pid: Number(name), group: Number(fields[2]), command: readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ') },
      ];
    } catch {
      return []; // It ended while we looked.
    }
  });
}

/** Ids of the sidecars that run in a process group. (A shared one has a group of its own.) @param {number} group id of the server started with `detached` */
export const sidecarsOf = (group) =>
  all()
    .filter((process) => process.group === group && process.command.includes('dist/sidecar.mjs'))
    .map(({ pid }) => pid);

/** Whether a process with this id is there, whoever it belongs to. @param {number} pid */
export function alive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}
