/** Policy: whoever has to know how long a text is asks the engine; the model is loaded for it. */
import type { CancellationToken } from 'vscode-jsonrpc/node';
import * as messages from '../../protocol/messages';
import type { CountTokens } from '../util/cutToTokens';
import type { SidecarClient } from './sidecarClient';

/** @param token stops the counting */
export function countsOf(client: Pick<SidecarClient, 'request'>, token?: CancellationToken): CountTokens {
  return async (texts) => {
    const params = { texts: texts.map((text) => ({ text })) };
    const { tokens } = await client.request(token, 'explicit', true, (connection, inner) =>
      connection.sendRequest(messages.countTokens, params, inner),
    );
    return tokens;
  };
}
