/** What a client has of its sidecar, whether it is its own child process or one that it shares. */
import type { MessageConnection } from 'vscode-jsonrpc/node';

export interface ExitReport {
  /** Null, as `signal`, where it was not our child: how it ended is then unknown. */
  code: number | null;
  signal: string | null;
  /** Milliseconds from start to end; of a shared one, from when we connected. */
  lived: number;
  /** Last lines of stderr, oldest first. */
  lastLines: readonly string[];
}

export interface Sidecar {
  readonly connection: MessageConnection;
  /** Others may use it, too: `kill` then only disconnects. */
  readonly shared: boolean;
  /** Settles, without error, once it has ended, or is disconnected, and its connection is disposed. */
  readonly exited: Promise<ExitReport>;
  readonly pid: number | undefined;
  readonly alive: boolean;
  /** Whether the channel is closed, which comes a moment before the end. */
  readonly connectionLost: boolean;
  kill(): void;
}
