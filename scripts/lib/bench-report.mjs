// What the GPU benchmark's runs amount to: the median per length and library, their ratios, and whether the two libraries
// agree where nothing has to be forgotten.

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
const ratio = (ours, stock) => (ours === undefined || stock === undefined ? undefined : ours / stock);

/** Mean and largest distance of two lists of log-probabilities, in nats; `null` is no number. */
function distance(a, b) {
  const each = a.map((x, i) => (x === null || b[i] === null ? Infinity : Math.abs(x - b[i])));
  return { mean: each.reduce((sum, x) => sum + x, 0) / each.length, largest: Math.max(...each) };
}

/**
 * Log-probabilities of the same tokens below the budget. Stock read in batches of half the size differs from itself by
 * rounding alone (much, in a mixture of experts: a tie falls the other way); ours may differ from stock by no more than
 * twice that, on average and at worst.
 * @param stock two `scores` events: the batch size of the measurements, and half of it
 * @param bonsai one `scores` event
 */
export function compareScores(stock, bonsai) {
  const [whole, half] = stock.map(({ values }) => values);
  const difference = distance(whole, bonsai.values);
  const rounding = distance(whole, half);
  const within = (key) => Number.isFinite(difference[key]) && difference[key] <= Math.max(2 * rounding[key], 1e-6);
  return { tokens: whole.length, difference, rounding, equal: within('mean') && within('largest') };
}

/** One library at one length: medians over its rounds; `error` where one of them could not be measured. */
function summary(events, tokens) {
  const runs = events.filter((event) => event.tokens === tokens);
  if (runs.length === 0) return undefined;
  const error = runs.find((run) => run.error)?.error;
  if (error) return { error };
  const rates = (seconds, count) => runs.map((run) => run[count] / run[seconds]);
  const [last] = runs.slice(-1);
  return {
    prefillTokensPerSecond: median(rates('prefillSeconds', 'tokens')),
    decodeTokensPerSecond: median(rates('decodeSeconds', 'decodeTokens')),
    rounds: { prefillTokensPerSecond: rates('prefillSeconds', 'tokens'), decodeTokensPerSecond: rates('decodeSeconds', 'decodeTokens') },
    kvBytes: last.kvBytes,
    ...(last.deviceBytes === undefined ? {} : { deviceBytes: Math.max(...runs.map((run) => run.deviceBytes)) }),
    compactions: last.compactions,
    decodeCompactions: last.decodeCompactions,
  };
}

/** @returns per length both libraries and ours divided by stock */
export function compareLengths(lengths, events) {
  return lengths.map((tokens) => {
    const stock = summary(events.stock, tokens);
    const bonsai = summary(events.bonsai, tokens);
    const keys = ['prefillTokensPerSecond', 'decodeTokensPerSecond', 'kvBytes', 'deviceBytes'];
    return { tokens, stock, bonsai, ratios: Object.fromEntries(keys.map((key) => [key, ratio(bonsai?.[key], stock?.[key])])) };
  });
}

const count = (value) => (value === undefined ? '–' : value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 }));
const mb = (value) => (value === undefined ? '–' : `${count(value / 1e6)} MB`);
const times = (value) => (value === undefined ? '–' : `${value.toFixed(2)}×`);

const nats = ({ mean, largest }) => `${mean.toExponential(1)} nats on average, ${largest.toExponential(1)} at most`;

/** The report as Markdown. */
export function markdown({ machine, model, command, commit, settings, agreement, lengths, notes }) {
  const devices = lengths.some(({ bonsai, stock }) => (bonsai ?? stock)?.deviceBytes !== undefined);
  const columns = [
    ['prefill tokens/s', 'prefillTokensPerSecond', count],
    ['decode tokens/s', 'decodeTokensPerSecond', count],
    ['KV', 'kvBytes', mb],
    ...(devices ? [['device memory', 'deviceBytes', mb]] : []),
  ];
  const rows = lengths.map(({ tokens, stock, bonsai, ratios }) => [
    tokens.toLocaleString('en'),
    ...columns.flatMap(([, key, show]) => [
      stock?.error ? 'no room' : show(stock?.[key]),
      bonsai?.error ? 'no room' : show(bonsai?.[key]),
      times(ratios[key]),
    ]),
  ]);
  const head = ['tokens', ...columns.flatMap(([title]) => [`${title}: stock`, 'Bonsai', 'ratio'])];
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const said = agreement.equal ? 'the two agree' : '**the two do not agree**';
  return [
    `${machine.device}, ${machine.processor}; ${model.description}${model.random ? ' of random weights' : ''}; commit ${commit}.`,
    `Budget ${settings.budget}, policy ${settings.policy} (${settings['score-by']}), batches of ${settings.ubatch}, ${settings.decode} tokens decoded; the median of ${settings.rounds} round(s), each library in a process of its own.`,
    `Below the budget (${agreement.tokens} log-probabilities) ${said}: they differ by ${nats(agreement.difference)}; stock with half the batch differs from itself by ${nats(agreement.rounding)}.`,
    `\`${command}\``,
    '',
    line(head),
    line(head.map(() => '---:')),
    ...rows.map(line),
    ...notes.map((note) => `\n${note}`),
    '',
  ].join('\n');
}
