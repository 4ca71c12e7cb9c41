/** How the layers share the budget and what that was decided by: a sentence, the trial's numbers, and what would be better now. */
import { html, nothing } from 'lit';
import type { LayersSharing } from '../../protocol';
import { exactCount } from '../../protocol/numbers';
import { send } from '../shared/vscodeApi';
import { words, type Strings } from '../shared/words';
import { sharingName, triedAgainstEqual } from './layerShare';

export function sharingView(sharing: LayersSharing, strings: Strings) {
  const { trial, next, choice, trying } = sharing;
  const line = decision(sharing, strings);
  return html`<section class="sharing" data-testid="cache-sharing" data-choice=${choice}>
    ${line === '' ? nothing : html`<p class="hint" data-testid="cache-sharing-why">${line}</p>`}
    ${trying ? html`<p class="hint" role="status">${words(strings, 'trialRunning', trying.done, trying.total)}</p>` : nothing}
    ${
      next
        ? html`<p data-testid="cache-sharing-next">
            ${words(strings, 'nextSharing', sharingName(next, strings))}
            <button type="button" class="link" @click=${() => send({ type: 'command', command: 'readAgain' })}>
              ${strings['readAgain']}
            </button>
          </p>`
        : nothing
    }
    ${trial ? trialTable(trial, strings) : nothing}
  </section>`;
}

/** Why it is as it is; '' when somebody has chosen it by hand. */
export function decision({ choice, trial, trying }: LayersSharing, strings: Strings): string {
  if (choice !== 'auto') return '';
  if (!trial) return trying ? '' : (strings['trialPending'] ?? '');
  const won = trial.results[trial.best];
  return words(strings, trial.best === 0 ? 'trialKept' : 'trialWon', won ? sharingName(won, strings) : '', exactCount(trial.tokens));
}

function trialTable({ results, best }: NonNullable<LayersSharing['trial']>, strings: Strings) {
  return html`<table data-testid="cache-trial">
    <caption>
      ${strings['trialTable']}
    </caption>
    <thead>
      <tr>
        ${['trialWay', 'trialLoss', 'trialGain'].map((key) => html`<th scope="col">${strings[key]}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${results.map(
        (tried, place) =>
          html`<tr>
            <th scope="row">${sharingName(tried, strings)}${place === best ? html` <strong>(${strings['chosen']})</strong>` : nothing}</th>
            <td>${tried.loss.toFixed(3)}</td>
            <td>${triedAgainstEqual(tried, place, strings)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
