/** The page of what was measured. Medians and 95th percentiles; the typing beside the typing of the same run while Bonsai is idle. */
import { quantile } from 'simple-statistics';
import { machineName } from '../../../src/bench/machine';
import { markdownPage, markdownTable } from '../../../src/bench/report';
import type { Opening } from '../chatOpening';
import type { Activation } from './activations';
import type { Situation } from './situations';

export interface Measured {
  activations: Activation[];
  openings: { name: string; openings: Opening[] }[];
  /** The first is what the others are compared with. */
  typing: Situation[];
  machine: string;
  model: string;
}

/** To be asked at the start, for the load of the machine before anything of ours ran. */
export const machine = () => machineName('CPU');

const whole = (milliseconds: number) => milliseconds.toFixed(0);
const median = (values: number[]) => quantile(values, 0.5);

function openingRow({ name, openings }: Measured['openings'][number]): string[] {
  const of = (pick: (opening: Opening) => number) => whole(median(openings.map(pick)));
  return [
    name,
    String(openings.length),
    of(({ asked }) => asked),
    of(({ asked, loaded }) => loaded - asked),
    of(({ loaded, box }) => box - loaded),
    of(({ filled }) => filled),
    of(({ interactive }) => interactive),
    whole(Math.max(...openings.map(({ interactive }) => interactive))),
  ];
}

function typingRow({ name, keys, sidecarCores }: Situation, idle: readonly number[]): string[] {
  const latencies = keys.map(({ latency }) => latency);
  const figures = quantile(latencies, [0.5, 0.95]);
  const ratios = figures.map((figure, index) => `${(figure / (idle[index] ?? NaN)).toFixed(2)}x`);
  const [p50, p95] = figures.map((figure) => figure.toFixed(1));
  return [name, String(keys.length), p50 ?? '', ratios[0] ?? '', p95 ?? '', ratios[1] ?? '', sidecarCores.toFixed(2)];
}

export function page({ activations, openings, typing, machine, model }: Measured): string {
  const idle = quantile(
    (typing[0]?.keys ?? []).map(({ latency }) => latency),
    [0.5, 0.95],
  );
  const total = activations.map(({ milliseconds }) => milliseconds);
  const evaluating = activations.map(({ evaluating }) => evaluating);
  return markdownPage({
    title: 'Responsiveness',
    machine,
    model,
    commands: ['npm run responsiveness'],
    sections: [
      'The packaged extension in code-server, in a headless Chromium without a graphics card, the engine with one thread. Milliseconds. A machine that does other things as well adds to everything here, most of all to the largest values.',
      `## Activation\n\nFrom the first line of the bundle to the end of \`activate\`, in ${activations.length} windows: median ${whole(median(total))}, largest ${whole(Math.max(...total))}; of these to evaluate the bundle ${whole(median(evaluating))} and ${whole(Math.max(...evaluating))}.`,
      '## The chat view\n\nFrom the press on its icon until a typed character stands in its text box. The editor makes the frame and asks for the script (editor), the script comes (load), Bonsai evaluates it and draws the text box (ours). Filled: the welcome, or the newest messages, are there. Medians; each column from filled on counts from the press.',
      markdownTable(['opened', 'times', 'editor', 'load', 'ours', 'filled', 'takes a character', 'slowest'], openings.map(openingRow)),
      '## Typing\n\n200 characters at 10 a second, from the key event to the character in the rendered line, with the chat view in sight. While an answer streams only the keys count that one streamed under. The last column says how many cores the sidecar used.',
      markdownTable(
        ['while', 'keys', 'p50', 'to idle', 'p95', 'to idle', 'sidecar'],
        typing.map((situation) => typingRow(situation, idle)),
      ),
    ],
  });
}
